BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('v2.4.0.a');
CREATE TABLE studies (
	study_id INTEGER NOT NULL, 
	study_name VARCHAR(512) NOT NULL, 
	PRIMARY KEY (study_id)
);
INSERT INTO "studies" VALUES(1,'s');
INSERT INTO "studies" VALUES(2,'m');
CREATE TABLE study_directions (
	study_direction_id INTEGER NOT NULL, 
	direction VARCHAR(8) NOT NULL, 
	study_id INTEGER NOT NULL, 
	objective INTEGER NOT NULL, 
	PRIMARY KEY (study_direction_id), 
	UNIQUE (study_id, objective), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "study_directions" VALUES(1,'MAXIMIZE',1,0);
INSERT INTO "study_directions" VALUES(2,'MINIMIZE',2,0);
INSERT INTO "study_directions" VALUES(3,'MAXIMIZE',2,1);
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
CREATE TABLE trial_intermediate_values (
	trial_intermediate_value_id INTEGER NOT NULL, 
	trial_id INTEGER NOT NULL, 
	step INTEGER NOT NULL, 
	intermediate_value FLOAT NOT NULL, 
	PRIMARY KEY (trial_intermediate_value_id), 
	UNIQUE (trial_id, step), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_intermediate_values" VALUES(1,1,0,0.0);
INSERT INTO "trial_intermediate_values" VALUES(2,1,2,-0.165955990594852);
INSERT INTO "trial_intermediate_values" VALUES(3,2,0,1.0);
INSERT INTO "trial_intermediate_values" VALUES(4,2,2,0.33949207360696);
INSERT INTO "trial_intermediate_values" VALUES(5,3,0,2.0);
INSERT INTO "trial_intermediate_values" VALUES(6,3,2,-9.45224813604147673373e-01);
INSERT INTO "trial_intermediate_values" VALUES(7,4,0,3.0);
INSERT INTO "trial_intermediate_values" VALUES(8,4,2,6.01489137351073344106e-01);
INSERT INTO "trial_intermediate_values" VALUES(9,5,0,4.0);
INSERT INTO "trial_intermediate_values" VALUES(10,5,2,6.59206718788367229677e-01);
INSERT INTO "trial_intermediate_values" VALUES(11,6,0,5.0);
INSERT INTO "trial_intermediate_values" VALUES(12,6,2,3.83754227900946709439e-01);
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
INSERT INTO "trial_params" VALUES(3,1,'n',6.0,'{"name": "IntUniformDistribution", "attributes": {"low": 1, "high": 9, "step": 1}}');
INSERT INTO "trial_params" VALUES(4,1,'m',1.0,'{"name": "IntUniformDistribution", "attributes": {"low": 1, "high": 9, "step": 2}}');
INSERT INTO "trial_params" VALUES(5,1,'g',1.0,'{"name": "IntLogUniformDistribution", "attributes": {"low": 1, "high": 64, "step": 1}}');
INSERT INTO "trial_params" VALUES(6,1,'q',0.0,'{"name": "DiscreteUniformDistribution", "attributes": {"low": 0, "high": 1, "q": 0.25}}');
INSERT INTO "trial_params" VALUES(7,1,'c',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", null, true, 1.5]}}');
INSERT INTO "trial_params" VALUES(8,2,'x',0.33949207360696,'{"name": "UniformDistribution", "attributes": {"low": -1, "high": 1}}');
INSERT INTO "trial_params" VALUES(9,2,'l',6.40644662830393452068e-01,'{"name": "LogUniformDistribution", "attributes": {"low": 0.001, "high": 1}}');
INSERT INTO "trial_params" VALUES(10,2,'n',5.0,'{"name": "IntUniformDistribution", "attributes": {"low": 1, "high": 9, "step": 1}}');
INSERT INTO "trial_params" VALUES(11,2,'m',5.0,'{"name": "IntUniformDistribution", "attributes": {"low": 1, "high": 9, "step": 2}}');
INSERT INTO "trial_params" VALUES(12,2,'g',6.0,'{"name": "IntLogUniformDistribution", "attributes": {"low": 1, "high": 64, "step": 1}}');
INSERT INTO "trial_params" VALUES(13,2,'q',0.5,'{"name": "DiscreteUniformDistribution", "attributes": {"low": 0, "high": 1, "q": 0.25}}');
INSERT INTO "trial_params" VALUES(14,2,'c',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", null, true, 1.5]}}');
INSERT INTO "trial_params" VALUES(15,3,'x',-9.45224813604147673373e-01,'{"name": "UniformDistribution", "attributes": {"low": -1, "high": 1}}');
INSERT INTO "trial_params" VALUES(16,3,'l',1.02660300351642433391e-01,'{"name": "LogUniformDistribution", "attributes": {"low": 0.001, "high": 1}}');
INSERT INTO "trial_params" VALUES(17,3,'n',8.0,'{"name": "IntUniformDistribution", "attributes": {"low": 1, "high": 9, "step": 1}}');
INSERT INTO "trial_params" VALUES(18,3,'m',3.0,'{"name": "IntUniformDistribution", "attributes": {"low": 1, "high": 9, "step": 2}}');
INSERT INTO "trial_params" VALUES(19,3,'g',4.0,'{"name": "IntLogUniformDistribution", "attributes": {"low": 1, "high": 64, "step": 1}}');
INSERT INTO "trial_params" VALUES(20,3,'q',1.0,'{"name": "DiscreteUniformDistribution", "attributes": {"low": 0, "high": 1, "q": 0.25}}');
INSERT INTO "trial_params" VALUES(21,3,'c',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", null, true, 1.5]}}');
INSERT INTO "trial_params" VALUES(22,4,'x',6.01489137351073344106e-01,'{"name": "UniformDistribution", "attributes": {"low": -1, "high": 1}}');
INSERT INTO "trial_params" VALUES(23,4,'l',8.03127925811907839026e-01,'{"name": "LogUniformDistribution", "attributes": {"low": 0.001, "high": 1}}');
INSERT INTO "trial_params" VALUES(24,4,'n',7.0,'{"name": "IntUniformDistribution", "attributes": {"low": 1, "high": 9, "step": 1}}');
INSERT INTO "trial_params" VALUES(25,4,'m',3.0,'{"name": "IntUniformDistribution", "attributes": {"low": 1, "high": 9, "step": 2}}');
INSERT INTO "trial_params" VALUES(26,4,'g',35.0,'{"name": "IntLogUniformDistribution", "attributes": {"low": 1, "high": 64, "step": 1}}');
INSERT INTO "trial_params" VALUES(27,4,'q',1.0,'{"name": "DiscreteUniformDistribution", "attributes": {"low": 0, "high": 1, "q": 0.25}}');
INSERT INTO "trial_params" VALUES(28,4,'c',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", null, true, 1.5]}}');
INSERT INTO "trial_params" VALUES(29,5,'x',6.59206718788367229677e-01,'{"name": "UniformDistribution", "attributes": {"low": -1, "high": 1}}');
INSERT INTO "trial_params" VALUES(30,5,'l',6.59401487721583516588e-03,'{"name": "LogUniformDistribution", "attributes": {"low": 0.001, "high": 1}}');
INSERT INTO "trial_params" VALUES(31,5,'n',9.0,'{"name": "IntUniformDistribution", "attributes": {"low": 1, "high": 9, "step": 1}}');
INSERT INTO "trial_params" VALUES(32,5,'m',7.0,'{"name": "IntUniformDistribution", "attributes": {"low": 1, "high": 9, "step": 2}}');
INSERT INTO "trial_params" VALUES(33,5,'g',13.0,'{"name": "IntLogUniformDistribution", "attributes": {"low": 1, "high": 64, "step": 1}}');
INSERT INTO "trial_params" VALUES(34,5,'q',0.5,'{"name": "DiscreteUniformDistribution", "attributes": {"low": 0, "high": 1, "q": 0.25}}');
INSERT INTO "trial_params" VALUES(35,5,'c',3.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", null, true, 1.5]}}');
INSERT INTO "trial_params" VALUES(36,6,'x',3.83754227900946709439e-01,'{"name": "UniformDistribution", "attributes": {"low": -1, "high": 1}}');
INSERT INTO "trial_params" VALUES(37,6,'l',0.00884192634891773,'{"name": "LogUniformDistribution", "attributes": {"low": 0.001, "high": 1}}');
INSERT INTO "trial_params" VALUES(38,6,'n',5.0,'{"name": "IntUniformDistribution", "attributes": {"low": 1, "high": 9, "step": 1}}');
INSERT INTO "trial_params" VALUES(39,6,'m',1.0,'{"name": "IntUniformDistribution", "attributes": {"low": 1, "high": 9, "step": 2}}');
INSERT INTO "trial_params" VALUES(40,6,'g',1.0,'{"name": "IntLogUniformDistribution", "attributes": {"low": 1, "high": 64, "step": 1}}');
INSERT INTO "trial_params" VALUES(41,6,'q',0.75,'{"name": "DiscreteUniformDistribution", "attributes": {"low": 0, "high": 1, "q": 0.25}}');
INSERT INTO "trial_params" VALUES(42,6,'c',3.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", null, true, 1.5]}}');
INSERT INTO "trial_params" VALUES(43,8,'x',0.417022004702574,'{"name": "UniformDistribution", "attributes": {"low": 0, "high": 1}}');
INSERT INTO "trial_params" VALUES(44,9,'x',7.20324493442158098055e-01,'{"name": "UniformDistribution", "attributes": {"low": 0, "high": 1}}');
CREATE TABLE trial_system_attributes (
	trial_system_attribute_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	"key" VARCHAR(512), 
	value_json VARCHAR(2048), 
	PRIMARY KEY (trial_system_attribute_id), 
	UNIQUE (trial_id, "key"), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_system_attributes" VALUES(1,1,'s','1');
INSERT INTO "trial_system_attributes" VALUES(2,2,'s','1');
INSERT INTO "trial_system_attributes" VALUES(3,3,'s','1');
INSERT INTO "trial_system_attributes" VALUES(4,4,'s','1');
INSERT INTO "trial_system_attributes" VALUES(5,5,'s','1');
INSERT INTO "trial_system_attributes" VALUES(6,6,'s','1');
INSERT INTO "trial_system_attributes" VALUES(7,7,'fixed_params','{"x": 0.5}');
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
	trial_id INTEGER NOT NULL, 
	objective INTEGER NOT NULL, 
	value FLOAT NOT NULL, 
	PRIMARY KEY (trial_value_id), 
	UNIQUE (trial_id, objective), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_values" VALUES(1,1,0,-0.995735943569112);
INSERT INTO "trial_values" VALUES(2,2,0,0.33949207360696);
INSERT INTO "trial_values" VALUES(3,4,0,4.2104239614575131867e+00);
INSERT INTO "trial_values" VALUES(4,5,0,5.93286046909530462301e+00);
INSERT INTO "trial_values" VALUES(5,6,0,1.91877113950473354719e+00);
INSERT INTO "trial_values" VALUES(6,8,0,0.417022004702574);
INSERT INTO "trial_values" VALUES(7,8,1,2.0);
INSERT INTO "trial_values" VALUES(8,9,0,7.20324493442158098055e-01);
INSERT INTO "trial_values" VALUES(9,9,1,2.0);
CREATE TABLE trials (
	trial_id INTEGER NOT NULL, 
	number INTEGER, 
	study_id INTEGER, 
	state VARCHAR(8) NOT NULL, 
	datetime_start DATETIME, 
	datetime_complete DATETIME, 
	PRIMARY KEY (trial_id), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "trials" VALUES(1,0,1,'COMPLETE','2026-11-23 22:17:43.043391','2026-11-23 22:17:43.117508');
INSERT INTO "trials" VALUES(2,1,1,'PRUNED','2026-11-23 22:17:43.134721','2026-11-23 22:17:43.158305');
INSERT INTO "trials" VALUES(3,2,1,'FAIL','2026-11-23 22:17:43.167185','2026-11-23 22:17:43.188341');
INSERT INTO "trials" VALUES(4,3,1,'COMPLETE','2026-11-23 22:17:43.194910','2026-11-23 22:17:43.216954');
INSERT INTO "trials" VALUES(5,4,1,'COMPLETE','2026-11-23 22:17:43.225019','2026-11-23 22:17:43.248101');
INSERT INTO "trials" VALUES(6,5,1,'COMPLETE','2026-11-23 22:17:43.258177','2026-11-23 22:17:43.281264');
INSERT INTO "trials" VALUES(7,6,1,'WAITING','2026-11-23 22:17:43.286756',NULL);
INSERT INTO "trials" VALUES(8,0,2,'COMPLETE','2026-11-23 22:17:43.332634','2026-11-23 22:17:43.342304');
INSERT INTO "trials" VALUES(9,1,2,'COMPLETE','2026-11-23 22:17:43.353654','2026-11-23 22:17:43.357886');
CREATE TABLE version_info (
	version_info_id INTEGER NOT NULL, 
	schema_version INTEGER, 
	library_version VARCHAR(256), 
	PRIMARY KEY (version_info_id), 
	CHECK (version_info_id=1)
);
INSERT INTO "version_info" VALUES(1,12,'2.4.0');
CREATE UNIQUE INDEX ix_studies_study_name ON studies (study_name);
COMMIT;
