BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('v0.9.0.a');
CREATE TABLE studies (
	study_id INTEGER NOT NULL, 
	study_name VARCHAR(512) NOT NULL, 
	direction VARCHAR(8) NOT NULL, 
	PRIMARY KEY (study_id)
);
INSERT INTO "studies" VALUES(1,'s','MAXIMIZE');
CREATE TABLE study_system_attributes (
	study_system_attribute_id INTEGER NOT NULL, 
	study_id INTEGER, 
	"key" VARCHAR(512), 
	value_json VARCHAR(2048), 
	PRIMARY KEY (study_system_attribute_id), 
	UNIQUE (study_id, "key"), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
CREATE TABLE study_user_attributes (
	study_user_attribute_id INTEGER NOT NULL, 
	study_id INTEGER, 
	"key" VARCHAR(512), 
	value_json VARCHAR(2048), 
	PRIMARY KEY (study_user_attribute_id), 
	UNIQUE (study_id, "key"), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "study_user_attributes" VALUES(1,1,'su','[1]');
CREATE TABLE trial_params (
	param_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	param_name VARCHAR(512), 
	param_value FLOAT, 
	distribution_json VARCHAR(2048), 
	PRIMARY KEY (param_id), 
	UNIQUE (trial_id, param_name), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_params" VALUES(1,1,'x',-0.165955990594852,'{"name": "UniformDistribution", "attributes": {"low": -1, "high": 1}}');
INSERT INTO "trial_params" VALUES(2,1,'l',1.44868338872393392913e-01,'{"name": "LogUniformDistribution", "attributes": {"low": 0.001, "high": 1}}');
INSERT INTO "trial_params" VALUES(3,1,'n',6.0,'{"name": "IntUniformDistribution", "attributes": {"low": 1, "high": 9}}');
INSERT INTO "trial_params" VALUES(4,1,'q',0.0,'{"name": "DiscreteUniformDistribution", "attributes": {"low": 0, "high": 1, "q": 0.25}}');
INSERT INTO "trial_params" VALUES(5,1,'c',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", null, true, 1.5]}}');
INSERT INTO "trial_params" VALUES(6,2,'x',-2.06838545407947771437e-01,'{"name": "UniformDistribution", "attributes": {"low": -1, "high": 1}}');
INSERT INTO "trial_params" VALUES(7,2,'l',1.45791506443175827162e-02,'{"name": "LogUniformDistribution", "attributes": {"low": 0.001, "high": 1}}');
INSERT INTO "trial_params" VALUES(8,2,'n',7.0,'{"name": "IntUniformDistribution", "attributes": {"low": 1, "high": 9}}');
INSERT INTO "trial_params" VALUES(9,2,'q',1.0,'{"name": "DiscreteUniformDistribution", "attributes": {"low": 0, "high": 1, "q": 0.25}}');
INSERT INTO "trial_params" VALUES(10,2,'c',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", null, true, 1.5]}}');
INSERT INTO "trial_params" VALUES(11,3,'x',-1.61610971193410390966e-01,'{"name": "UniformDistribution", "attributes": {"low": -1, "high": 1}}');
INSERT INTO "trial_params" VALUES(12,3,'l',1.13673308689562282958e-01,'{"name": "LogUniformDistribution", "attributes": {"low": 0.001, "high": 1}}');
INSERT INTO "trial_params" VALUES(13,3,'n',3.0,'{"name": "IntUniformDistribution", "attributes": {"low": 1, "high": 9}}');
INSERT INTO "trial_params" VALUES(14,3,'q',1.0,'{"name": "DiscreteUniformDistribution", "attributes": {"low": 0, "high": 1, "q": 0.25}}');
INSERT INTO "trial_params" VALUES(15,3,'c',3.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", null, true, 1.5]}}');
INSERT INTO "trial_params" VALUES(16,4,'x',1.17379656891503314497e-01,'{"name": "UniformDistribution", "attributes": {"low": -1, "high": 1}}');
INSERT INTO "trial_params" VALUES(17,4,'l',2.6373077790924604434e-03,'{"name": "LogUniformDistribution", "attributes": {"low": 0.001, "high": 1}}');
INSERT INTO "trial_params" VALUES(18,4,'n',1.0,'{"name": "IntUniformDistribution", "attributes": {"low": 1, "high": 9}}');
INSERT INTO "trial_params" VALUES(19,4,'q',0.75,'{"name": "DiscreteUniformDistribution", "attributes": {"low": 0, "high": 1, "q": 0.25}}');
INSERT INTO "trial_params" VALUES(20,4,'c',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", null, true, 1.5]}}');
INSERT INTO "trial_params" VALUES(21,5,'x',0.936523151438795,'{"name": "UniformDistribution", "attributes": {"low": -1, "high": 1}}');
INSERT INTO "trial_params" VALUES(22,5,'l',8.71510320597813741005e-03,'{"name": "LogUniformDistribution", "attributes": {"low": 0.001, "high": 1}}');
INSERT INTO "trial_params" VALUES(23,5,'n',7.0,'{"name": "IntUniformDistribution", "attributes": {"low": 1, "high": 9}}');
INSERT INTO "trial_params" VALUES(24,5,'q',0.5,'{"name": "DiscreteUniformDistribution", "attributes": {"low": 0, "high": 1, "q": 0.25}}');
INSERT INTO "trial_params" VALUES(25,5,'c',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", null, true, 1.5]}}');
INSERT INTO "trial_params" VALUES(26,6,'x',7.89213327007694642745e-01,'{"name": "UniformDistribution", "attributes": {"low": -1, "high": 1}}');
INSERT INTO "trial_params" VALUES(27,6,'l',1.79942037658498556022e-03,'{"name": "LogUniformDistribution", "attributes": {"low": 0.001, "high": 1}}');
INSERT INTO "trial_params" VALUES(28,6,'n',4.0,'{"name": "IntUniformDistribution", "attributes": {"low": 1, "high": 9}}');
INSERT INTO "trial_params" VALUES(29,6,'q',0.0,'{"name": "DiscreteUniformDistribution", "attributes": {"low": 0, "high": 1, "q": 0.25}}');
INSERT INTO "trial_params" VALUES(30,6,'c',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", null, true, 1.5]}}');
CREATE TABLE trial_system_attributes (
	trial_system_attribute_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	"key" VARCHAR(512), 
	value_json VARCHAR(2048), 
	PRIMARY KEY (trial_system_attribute_id), 
	UNIQUE (trial_id, "key"), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_system_attributes" VALUES(1,1,'_number','0');
INSERT INTO "trial_system_attributes" VALUES(2,1,'s','1');
INSERT INTO "trial_system_attributes" VALUES(3,2,'_number','1');
INSERT INTO "trial_system_attributes" VALUES(4,2,'s','1');
INSERT INTO "trial_system_attributes" VALUES(5,3,'_number','2');
INSERT INTO "trial_system_attributes" VALUES(6,3,'s','1');
INSERT INTO "trial_system_attributes" VALUES(7,3,'fail_reason','"Setting status of trial#2 as TrialState.FAIL because of the following error: ValueError()"');
INSERT INTO "trial_system_attributes" VALUES(8,4,'_number','3');
INSERT INTO "trial_system_attributes" VALUES(9,4,'s','1');
INSERT INTO "trial_system_attributes" VALUES(10,5,'_number','4');
INSERT INTO "trial_system_attributes" VALUES(11,5,'s','1');
INSERT INTO "trial_system_attributes" VALUES(12,6,'_number','5');
INSERT INTO "trial_system_attributes" VALUES(13,6,'s','1');
CREATE TABLE trial_user_attributes (
	trial_user_attribute_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	"key" VARCHAR(512), 
	value_json VARCHAR(2048), 
	PRIMARY KEY (trial_user_attribute_id), 
	UNIQUE (trial_id, "key"), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_user_attributes" VALUES(1,1,'u','{"k": [0]}');
INSERT INTO "trial_user_attributes" VALUES(2,2,'u','{"k": [1]}');
INSERT INTO "trial_user_attributes" VALUES(3,3,'u','{"k": [2]}');
INSERT INTO "trial_user_attributes" VALUES(4,4,'u','{"k": [3]}');
INSERT INTO "trial_user_attributes" VALUES(5,5,'u','{"k": [4]}');
INSERT INTO "trial_user_attributes" VALUES(6,6,'u','{"k": [5]}');
CREATE TABLE trial_values (
	trial_value_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	step INTEGER, 
	value FLOAT, 
	PRIMARY KEY (trial_value_id), 
	UNIQUE (trial_id, step), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_values" VALUES(1,1,0,0.0);
INSERT INTO "trial_values" VALUES(2,1,2,-0.165955990594852);
INSERT INTO "trial_values" VALUES(3,2,0,1.0);
INSERT INTO "trial_values" VALUES(4,2,2,-2.06838545407947771437e-01);
INSERT INTO "trial_values" VALUES(5,3,0,2.0);
INSERT INTO "trial_values" VALUES(6,3,2,-1.61610971193410390966e-01);
INSERT INTO "trial_values" VALUES(7,4,0,3.0);
INSERT INTO "trial_values" VALUES(8,4,2,1.17379656891503314497e-01);
INSERT INTO "trial_values" VALUES(9,4,3,NULL);
INSERT INTO "trial_values" VALUES(10,5,0,4.0);
INSERT INTO "trial_values" VALUES(11,5,2,0.936523151438795);
INSERT INTO "trial_values" VALUES(12,6,0,5.0);
INSERT INTO "trial_values" VALUES(13,6,2,7.89213327007694642745e-01);
CREATE TABLE trials (
	trial_id INTEGER NOT NULL, 
	study_id INTEGER, 
	state VARCHAR(8) NOT NULL, 
	value FLOAT, 
	datetime_start DATETIME, 
	datetime_complete DATETIME, 
	PRIMARY KEY (trial_id), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "trials" VALUES(1,1,'COMPLETE',-0.995735943569112,'2026-11-23 22:17:24.789368','2026-11-23 22:17:24.984567');
INSERT INTO "trials" VALUES(2,1,'PRUNED',-2.06838545407947771437e-01,'2026-11-23 22:17:25.003985','2026-11-23 22:17:25.109454');
INSERT INTO "trials" VALUES(3,1,'FAIL',-1.61610971193410390966e-01,'2026-11-23 22:17:25.165682','2026-11-23 22:17:25.267403');
INSERT INTO "trials" VALUES(4,1,'COMPLETE',1.17379656891503314497e-01,'2026-11-23 22:17:25.314850','2026-11-23 22:17:25.460351');
INSERT INTO "trials" VALUES(5,1,'COMPLETE',6.55566206007156537793e+00,'2026-11-23 22:17:25.473267','2026-11-23 22:17:25.590881');
INSERT INTO "trials" VALUES(6,1,'COMPLETE',3.15685330803077857098e+00,'2026-11-23 22:17:25.602220','2026-11-23 22:17:25.735819');
CREATE TABLE version_info (
	version_info_id INTEGER NOT NULL, 
	schema_version INTEGER, 
	library_version VARCHAR(256), 
	PRIMARY KEY (version_info_id), 
	CHECK (version_info_id=1)
);
INSERT INTO "version_info" VALUES(1,12,'1.0.0');
CREATE UNIQUE INDEX ix_studies_study_name ON studies (study_name);
COMMIT;
