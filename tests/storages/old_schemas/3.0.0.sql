BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('v3.0.0.d');
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
	value_json TEXT, 
	PRIMARY KEY (study_system_attribute_id), 
	UNIQUE (study_id, "key"), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
CREATE TABLE study_user_attributes (
	study_user_attribute_id INTEGER NOT NULL, 
	study_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (study_user_attribute_id), 
	UNIQUE (study_id, "key"), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "study_user_attributes" VALUES(1,1,'su','[1]');
CREATE TABLE trial_heartbeats (
	trial_heartbeat_id INTEGER NOT NULL, 
	trial_id INTEGER NOT NULL, 
	heartbeat DATETIME NOT NULL, 
	PRIMARY KEY (trial_heartbeat_id), 
	UNIQUE (trial_id), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
CREATE TABLE trial_intermediate_values (
	trial_intermediate_value_id INTEGER NOT NULL, 
	trial_id INTEGER NOT NULL, 
	step INTEGER NOT NULL, 
	intermediate_value FLOAT, 
	intermediate_value_type VARCHAR(7) NOT NULL, 
	PRIMARY KEY (trial_intermediate_value_id), 
	UNIQUE (trial_id, step), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_intermediate_values" VALUES(1,1,0,0.0,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(2,1,2,-0.165955990594852,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(3,2,0,1.0,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(4,2,2,-2.0646505153866012705e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(5,3,0,2.0,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(6,3,2,-1.65390395265746059649e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(7,4,0,3.0,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(8,4,2,7.52778304592076619172e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(9,4,3,NULL,'NAN');
INSERT INTO "trial_intermediate_values" VALUES(10,5,0,4.0,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(11,5,2,9.15779060301003866584e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(12,5,3,NULL,'INF_POS');
INSERT INTO "trial_intermediate_values" VALUES(13,6,0,5.0,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(14,6,2,9.77722177812989423628e-01,'FINITE');
CREATE TABLE trial_params (
	param_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	param_name VARCHAR(512), 
	param_value FLOAT, 
	distribution_json TEXT, 
	PRIMARY KEY (param_id), 
	UNIQUE (trial_id, param_name), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_params" VALUES(1,1,'x',-0.165955990594852,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -1.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(2,1,'l',1.44868338872393420668e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 1.0, "log": true}}');
INSERT INTO "trial_params" VALUES(3,1,'n',1.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 9}}');
INSERT INTO "trial_params" VALUES(4,1,'q',0.25,'{"name": "FloatDistribution", "attributes": {"step": 0.25, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(5,1,'c',3.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", null, true, 1.5]}}');
INSERT INTO "trial_params" VALUES(6,2,'x',-2.0646505153866012705e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -1.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(7,2,'l',4.13475900783471933541e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 1.0, "log": true}}');
INSERT INTO "trial_params" VALUES(8,2,'n',4.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 9}}');
INSERT INTO "trial_params" VALUES(9,2,'q',0.75,'{"name": "FloatDistribution", "attributes": {"step": 0.25, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(10,2,'c',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", null, true, 1.5]}}');
INSERT INTO "trial_params" VALUES(11,3,'x',-1.65390395265746059649e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -1.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(12,3,'l',4.74317868104631931713e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 1.0, "log": true}}');
INSERT INTO "trial_params" VALUES(13,3,'n',2.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 9}}');
INSERT INTO "trial_params" VALUES(14,3,'q',0.0,'{"name": "FloatDistribution", "attributes": {"step": 0.25, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(15,3,'c',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", null, true, 1.5]}}');
INSERT INTO "trial_params" VALUES(16,4,'x',7.52778304592076619172e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -1.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(17,4,'l',4.82858621855446257242e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 1.0, "log": true}}');
INSERT INTO "trial_params" VALUES(18,4,'n',1.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 9}}');
INSERT INTO "trial_params" VALUES(19,4,'q',0.0,'{"name": "FloatDistribution", "attributes": {"step": 0.25, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(20,4,'c',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", null, true, 1.5]}}');
INSERT INTO "trial_params" VALUES(21,5,'x',9.15779060301003866584e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -1.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(22,5,'l',3.9764530117000415621e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 1.0, "log": true}}');
INSERT INTO "trial_params" VALUES(23,5,'n',7.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 9}}');
INSERT INTO "trial_params" VALUES(24,5,'q',0.25,'{"name": "FloatDistribution", "attributes": {"step": 0.25, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(25,5,'c',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", null, true, 1.5]}}');
INSERT INTO "trial_params" VALUES(26,6,'x',9.77722177812989423628e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -1.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(27,6,'l',1.75588861587737454783e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 1.0, "log": true}}');
INSERT INTO "trial_params" VALUES(28,6,'n',3.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 9}}');
INSERT INTO "trial_params" VALUES(29,6,'q',0.75,'{"name": "FloatDistribution", "attributes": {"step": 0.25, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(30,6,'c',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", null, true, 1.5]}}');
INSERT INTO "trial_params" VALUES(31,8,'x',0.417022004702574,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(32,9,'x',7.20324493442158098055e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
CREATE TABLE trial_system_attributes (
	trial_system_attribute_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
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
	value_json TEXT, 
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
	value FLOAT, 
	value_type VARCHAR(7) NOT NULL, 
	PRIMARY KEY (trial_value_id), 
	UNIQUE (trial_id, objective), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_values" VALUES(1,1,0,-0.165955990594852,'FINITE');
INSERT INTO "trial_values" VALUES(2,2,0,-2.0646505153866012705e-01,'FINITE');
INSERT INTO "trial_values" VALUES(3,4,0,7.52778304592076619172e-01,'FINITE');
INSERT INTO "trial_values" VALUES(4,5,0,NULL,'INF_POS');
INSERT INTO "trial_values" VALUES(5,6,0,2.93316653343896849293e+00,'FINITE');
INSERT INTO "trial_values" VALUES(6,8,0,0.417022004702574,'FINITE');
INSERT INTO "trial_values" VALUES(7,8,1,2.0,'FINITE');
INSERT INTO "trial_values" VALUES(8,9,0,7.20324493442158098055e-01,'FINITE');
INSERT INTO "trial_values" VALUES(9,9,1,2.0,'FINITE');
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
INSERT INTO "trials" VALUES(1,0,1,'COMPLETE','2026-11-23 22:17:40.851236','2026-11-23 22:17:40.898846');
INSERT INTO "trials" VALUES(2,1,1,'PRUNED','2026-11-23 22:17:40.912418','2026-11-23 22:17:40.955327');
INSERT INTO "trials" VALUES(3,2,1,'FAIL','2026-11-23 22:17:40.963976','2026-11-23 22:17:41.001827');
INSERT INTO "trials" VALUES(4,3,1,'COMPLETE','2026-11-23 22:17:41.008724','2026-11-23 22:17:41.055741');
INSERT INTO "trials" VALUES(5,4,1,'COMPLETE','2026-11-23 22:17:41.064033','2026-11-23 22:17:41.104029');
INSERT INTO "trials" VALUES(6,5,1,'COMPLETE','2026-11-23 22:17:41.113045','2026-11-23 22:17:41.155961');
INSERT INTO "trials" VALUES(7,6,1,'WAITING',NULL,NULL);
INSERT INTO "trials" VALUES(8,0,2,'COMPLETE','2026-11-23 22:17:41.224274','2026-11-23 22:17:41.236709');
INSERT INTO "trials" VALUES(9,1,2,'COMPLETE','2026-11-23 22:17:41.247597','2026-11-23 22:17:41.257421');
CREATE TABLE version_info (
	version_info_id INTEGER NOT NULL, 
	schema_version INTEGER, 
	library_version VARCHAR(256), 
	PRIMARY KEY (version_info_id), 
	CHECK (version_info_id=1)
);
INSERT INTO "version_info" VALUES(1,12,'3.0.0');
CREATE UNIQUE INDEX ix_studies_study_name ON studies (study_name);
COMMIT;
