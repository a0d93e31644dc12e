BEGIN TRANSACTION;
CREATE TABLE nas_alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT nas_alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "nas_alembic_version" VALUES('0004');
CREATE TABLE nas_architectures (
	search_id INTEGER NOT NULL, 
	canonical_key TEXT NOT NULL, 
	first_number INTEGER NOT NULL, 
	trainings INTEGER NOT NULL, 
	reward_sum DOUBLE NOT NULL, 
	mean_reward DOUBLE NOT NULL, 
	parameters INTEGER, 
	multiply_adds INTEGER, 
	CONSTRAINT pk_nas_architectures PRIMARY KEY (search_id, canonical_key), 
	CONSTRAINT fk_nas_architectures_search_id FOREIGN KEY(search_id) REFERENCES nas_searches (search_id), 
	CONSTRAINT ck_nas_architectures_trainings CHECK (trainings > 0)
)
 WITHOUT ROWID

;
INSERT INTO "nas_architectures" VALUES(1,'key0',0,1,0.0,0.0,1000,1099511627776);
INSERT INTO "nas_architectures" VALUES(1,'key1',1,1,0.7,0.7,1001,1099511627776);
INSERT INTO "nas_architectures" VALUES(1,'key2',2,2,1.20000000000000017763e+00,6.00000000000000088817e-01,1004,1099511627776);
INSERT INTO "nas_architectures" VALUES(1,'key5',5,1,0.5,0.5,1005,1099511627776);
INSERT INTO "nas_architectures" VALUES(2,'key0',0,1,0.25,0.25,1000,1099511627776);
INSERT INTO "nas_architectures" VALUES(2,'key1',1,1,0.375,0.375,1001,1099511627776);
INSERT INTO "nas_architectures" VALUES(2,'key2',2,1,0.5,0.5,1002,1099511627776);
CREATE TABLE nas_attempts (
	trial_id INTEGER NOT NULL, 
	attempt INTEGER NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	token VARCHAR(64) NOT NULL, 
	worker TEXT NOT NULL, 
	started_at DOUBLE NOT NULL, 
	ended_at DOUBLE, 
	last_epoch INTEGER NOT NULL, 
	progress_at DOUBLE, 
	failure VARCHAR(32), 
	error_text TEXT NOT NULL, 
	CONSTRAINT pk_nas_attempts PRIMARY KEY (trial_id, attempt), 
	CONSTRAINT fk_nas_attempts_trial_id FOREIGN KEY(trial_id) REFERENCES nas_trials (trial_id), 
	CONSTRAINT ck_nas_attempts_state CHECK (state IN ('running', 'completed', 'failed', 'lost', 'preempted', 'cancelled', 'fenced')), 
	CONSTRAINT ck_nas_attempts_ended CHECK ((state = 'running') = (ended_at IS NULL)), 
	CONSTRAINT ck_nas_attempts_attempt CHECK (attempt > 0)
)
 WITHOUT ROWID

;
INSERT INTO "nas_attempts" VALUES(1,1,'completed','1.1','host7:42:cpu',1.79528244859436154371e+09,1.79528244859611845014e+09,2,NULL,NULL,'');
INSERT INTO "nas_attempts" VALUES(2,1,'lost','2.1','host7:41:cpu',1.79528244860386848452e+09,1.79528244860482978821e+09,2,1.79528244860409927361e+09,'worker_lost','');
INSERT INTO "nas_attempts" VALUES(2,2,'completed','2.2','host7:42:cpu',1.79528244860591864586e+09,1.7952824486061580181e+09,2,NULL,NULL,'');
INSERT INTO "nas_attempts" VALUES(3,1,'completed','3.1','host7:42:cpu',1.79528244860750555997e+09,1.79528244860774469377e+09,2,NULL,NULL,'');
INSERT INTO "nas_attempts" VALUES(4,1,'failed','4.1','',1.7952824486087460518e+09,1.79528244860907983775e+09,0,NULL,'diverged','loss is NaN – ä');
INSERT INTO "nas_attempts" VALUES(5,1,'completed','5.1','host7:42:cpu',1.79528244861074805262e+09,1.79528244861095142366e+09,2,NULL,NULL,'');
INSERT INTO "nas_attempts" VALUES(6,1,'completed','6.1','host7:42:cpu',1.7952824486120316982e+09,1.79528244861223292352e+09,2,NULL,NULL,'');
INSERT INTO "nas_attempts" VALUES(9,1,'completed','9.1','host7:42:cpu',1.79528244867061471936e+09,1.79528244867090868951e+09,2,NULL,NULL,'');
INSERT INTO "nas_attempts" VALUES(10,1,'completed','10.1','host7:42:cpu',1.79528244867137432103e+09,1795282448.67166,2,NULL,NULL,'');
INSERT INTO "nas_attempts" VALUES(11,1,'completed','11.1','host7:42:cpu',1.79528244867197322846e+09,1.79528244867218017576e+09,2,NULL,NULL,'');
INSERT INTO "nas_attempts" VALUES(12,1,'failed','12.1','',1.79528244867948436743e+09,1.79528244867971730229e+09,0,NULL,'out_of_memory','loss is NaN – ä');
INSERT INTO "nas_attempts" VALUES(13,1,'lost','13.1','host7:41:cpu',1.79528244868299317361e+09,1.7952824486834766865e+09,2,1.7952824486832056046e+09,'worker_lost','');
INSERT INTO "nas_attempts" VALUES(13,2,'running','13.2','host7:42:cpu',1.79528244868372511859e+09,NULL,2,1.79528244868407630915e+09,NULL,'');
INSERT INTO "nas_attempts" VALUES(14,1,'running','14.1','',1.79528244868391203877e+09,NULL,0,NULL,NULL,'');
CREATE TABLE nas_audit (
	audit_id INTEGER NOT NULL, 
	at DOUBLE NOT NULL, 
	actor TEXT NOT NULL, 
	action TEXT NOT NULL, 
	search TEXT, 
	detail TEXT NOT NULL, 
	uid VARCHAR(32) DEFAULT '' NOT NULL, 
	CONSTRAINT pk_nas_audit PRIMARY KEY (audit_id)
);
INSERT INTO "nas_audit" VALUES(1,1.79528244858736443518e+09,'me@host7','create','paused','','226cd83ac6c1e0362c5e40d217c908b6');
INSERT INTO "nas_audit" VALUES(2,1.79528244861312174791e+09,'you@host8','ask','paused','stop','208c5cd1a4f22e454f2348df0f753445');
INSERT INTO "nas_audit" VALUES(3,1.79528244861505389216e+09,'me@host7','extend','paused','50 trials and 3.5 s','92297f60e2f3b8eec1ff11b42568e66e');
INSERT INTO "nas_audit" VALUES(4,1.79528244861669445038e+09,'you@host8','ask','paused','stop','bb3ae438d07b8085e91b4623a03228c1');
INSERT INTO "nas_audit" VALUES(5,1.79528244861709070211e+09,'me@host7','create','completed','','41bab0d6daefdaa09bbe610b289ddd56');
INSERT INTO "nas_audit" VALUES(6,1.79528244867528319361e+09,'me@host7','train','completed','trial 2: 350 of 360 test pictures','2c7966f421f9e293359eb3e1923d0ae0');
INSERT INTO "nas_audit" VALUES(7,1.79528244867629909516e+09,'me@host7','read','completed','trial 2, final figures: 350 of 360 test pictures','a58db9e4866286e9f325d82955169b4d');
INSERT INTO "nas_audit" VALUES(8,1.79528244867727351189e+09,'me@host7','export','completed','trial 2 to /home/me/out','28f7f6723510c8eaa3ad7d3d8507f15c');
INSERT INTO "nas_audit" VALUES(9,1.7952824486778035164e+09,'me@host7','create','failed','','90fe9d07efd9fd410adca4c20c044306');
INSERT INTO "nas_audit" VALUES(10,1.79528244868059539797e+09,'me@host7','create','created','','44dc674d2b40f133841a3b2b83417928');
INSERT INTO "nas_audit" VALUES(11,1.79528244868150758744e+09,'me@host7','create','crashed','','b8d8b4d89ac1e4b687dfc693e5b9a540');
CREATE TABLE nas_checkpoints (
	search_id INTEGER NOT NULL, 
	event INTEGER NOT NULL, 
	state BLOB NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	created_at DOUBLE NOT NULL, 
	CONSTRAINT pk_nas_checkpoints PRIMARY KEY (search_id, event), 
	CONSTRAINT fk_nas_checkpoints_search_id FOREIGN KEY(search_id) REFERENCES nas_searches (search_id)
);
INSERT INTO "nas_checkpoints" VALUES(1,6,X'000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F404142434445464748494A4B4C4D4E4F505152535455565758595A5B5C5D5E5F606162636465666768696A6B6C6D6E6F707172737475767778797A7B7C7D7E7F808182838485868788898A8B8C8D8E8F909192939495969798999A9B9C9D9E9FA0A1A2A3A4A5A6A7A8A9AAABACADAEAFB0B1B2B3B4B5B6B7B8B9BABBBCBDBEBFC0C1C2C3C4C5C6C7C8C9CACBCCCDCECFD0D1D2D3D4D5D6D7D8D9DADBDCDDDEDFE0E1E2E3E4E5E6E7E8E9EAEBECEDEEEFF0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF02','ad5000145f740d8a56e3e7f84613e872316b933db4c0f4b60f35e587cb50a7b1',1.79528244860824465756e+09);
INSERT INTO "nas_checkpoints" VALUES(1,8,X'000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F404142434445464748494A4B4C4D4E4F505152535455565758595A5B5C5D5E5F606162636465666768696A6B6C6D6E6F707172737475767778797A7B7C7D7E7F808182838485868788898A8B8C8D8E8F909192939495969798999A9B9C9D9E9FA0A1A2A3A4A5A6A7A8A9AAABACADAEAFB0B1B2B3B4B5B6B7B8B9BABBBCBDBEBFC0C1C2C3C4C5C6C7C8C9CACBCCCDCECFD0D1D2D3D4D5D6D7D8D9DADBDCDDDEDFE0E1E2E3E4E5E6E7E8E9EAEBECEDEEEFF0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF03','b8e015f1dde61de5b8694553b56a80108fd7a003a4fc7162bc9489073342b6ab',1.79528244861023044583e+09);
INSERT INTO "nas_checkpoints" VALUES(1,10,X'000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F404142434445464748494A4B4C4D4E4F505152535455565758595A5B5C5D5E5F606162636465666768696A6B6C6D6E6F707172737475767778797A7B7C7D7E7F808182838485868788898A8B8C8D8E8F909192939495969798999A9B9C9D9E9FA0A1A2A3A4A5A6A7A8A9AAABACADAEAFB0B1B2B3B4B5B6B7B8B9BABBBCBDBEBFC0C1C2C3C4C5C6C7C8C9CACBCCCDCECFD0D1D2D3D4D5D6D7D8D9DADBDCDDDEDFE0E1E2E3E4E5E6E7E8E9EAEBECEDEEEFF0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF04','d43a8cc790997037db9572cc5772a4c49c8b9cd5df7df9310f383b62fe620246',1.79528244861151432994e+09);
CREATE TABLE nas_commands (
	command_id INTEGER NOT NULL, 
	search_id INTEGER NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	issued_by TEXT NOT NULL, 
	issued_at DOUBLE NOT NULL, 
	answer TEXT, 
	answered_at DOUBLE, 
	uid VARCHAR(32) DEFAULT '' NOT NULL, 
	CONSTRAINT pk_nas_commands PRIMARY KEY (command_id), 
	CONSTRAINT fk_nas_commands_search_id FOREIGN KEY(search_id) REFERENCES nas_searches (search_id), 
	CONSTRAINT ck_nas_commands_kind CHECK (kind IN ('stop')), 
	CONSTRAINT ck_nas_commands_answer CHECK ((answer IS NULL) = (answered_at IS NULL))
);
INSERT INTO "nas_commands" VALUES(1,1,'stop','you@host8',1.79528244861273908613e+09,'stopping',1.79528244861395716667e+09,'2253ca33e98477b11b6f2fc741cd10b6');
INSERT INTO "nas_commands" VALUES(2,1,'stop','you@host8',1.79528244861638188356e+09,NULL,NULL,'29fe489b4933611505337dbdc5c8663b');
CREATE TABLE nas_epochs (
	trial_id INTEGER NOT NULL, 
	epoch INTEGER NOT NULL, 
	train_loss DOUBLE NOT NULL, 
	validation_loss DOUBLE, 
	validation_accuracy DOUBLE, 
	seconds DOUBLE NOT NULL, 
	CONSTRAINT pk_nas_epochs PRIMARY KEY (trial_id, epoch), 
	CONSTRAINT fk_nas_epochs_trial_id FOREIGN KEY(trial_id) REFERENCES nas_trials (trial_id), 
	CONSTRAINT ck_nas_epochs_epoch CHECK (epoch > 0)
)
 WITHOUT ROWID

;
INSERT INTO "nas_epochs" VALUES(13,1,2.3025,3.33333333333333314829e-01,0.1,0.001);
INSERT INTO "nas_epochs" VALUES(13,2,4.94065645841247e-324,1.5e+308,0.7,6.66666666666666629659e-01);
CREATE TABLE nas_events (
	search_id INTEGER NOT NULL, 
	event_id INTEGER NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	at DOUBLE NOT NULL, 
	number INTEGER, 
	attempt INTEGER, 
	text TEXT NOT NULL, 
	CONSTRAINT pk_nas_events PRIMARY KEY (search_id, event_id), 
	CONSTRAINT fk_nas_events_search_id FOREIGN KEY(search_id) REFERENCES nas_searches (search_id), 
	CONSTRAINT ck_nas_events_kind CHECK (kind IN ('created', 'taken', 'extended', 'released', 'started', 'finished', 'requeued', 'fenced', 'noted'))
)
 WITHOUT ROWID

;
INSERT INTO "nas_events" VALUES(1,1,'created',1.79528244858984422681e+09,NULL,NULL,'');
INSERT INTO "nas_events" VALUES(1,2,'taken',1795282448.59224,NULL,NULL,'host7:1:1');
INSERT INTO "nas_events" VALUES(1,3,'started',1.79528244859596514699e+09,0,1,'');
INSERT INTO "nas_events" VALUES(1,4,'finished',1.79528244860015892981e+09,0,1,'reward 0');
INSERT INTO "nas_events" VALUES(1,5,'started',1.79528244860400938991e+09,1,1,'');
INSERT INTO "nas_events" VALUES(1,6,'requeued',1.79528244860582327849e+09,1,1,'worker_lost');
INSERT INTO "nas_events" VALUES(1,7,'started',1.79528244860605335235e+09,1,2,'');
INSERT INTO "nas_events" VALUES(1,8,'finished',1.79528244860656094553e+09,1,2,'reward 0.7');
INSERT INTO "nas_events" VALUES(1,9,'started',1.79528244860764431951e+09,2,1,'');
INSERT INTO "nas_events" VALUES(1,10,'finished',1.79528244860795783998e+09,2,1,'reward 0.4');
INSERT INTO "nas_events" VALUES(1,11,'started',1.79528244860885500904e+09,3,1,'');
INSERT INTO "nas_events" VALUES(1,12,'finished',1.79528244860992360117e+09,3,1,'diverged: loss is NaN – ä');
INSERT INTO "nas_events" VALUES(1,13,'started',1.795282448610861063e+09,4,1,'');
INSERT INTO "nas_events" VALUES(1,14,'finished',1795282448.61119,4,1,'reward 0.8');
INSERT INTO "nas_events" VALUES(1,15,'started',1.7952824486121416092e+09,5,1,'');
INSERT INTO "nas_events" VALUES(1,16,'finished',1.79528244861241674428e+09,5,1,'reward 0.5');
INSERT INTO "nas_events" VALUES(1,17,'noted',1.79528244861448287961e+09,NULL,NULL,'noted');
INSERT INTO "nas_events" VALUES(1,18,'extended',1.79528244861496424672e+09,NULL,NULL,'50 trials and 3.5 s');
INSERT INTO "nas_events" VALUES(1,19,'released',1.79528244861630487442e+09,NULL,NULL,'paused');
INSERT INTO "nas_events" VALUES(2,1,'created',1.79528244861768293376e+09,NULL,NULL,'');
INSERT INTO "nas_events" VALUES(2,2,'taken',1.79528244867004680633e+09,NULL,NULL,'host7:1:1');
INSERT INTO "nas_events" VALUES(2,3,'started',1.79528244867078185086e+09,0,1,'');
INSERT INTO "nas_events" VALUES(2,4,'finished',1.7952824486712679863e+09,0,1,'reward 0.25');
INSERT INTO "nas_events" VALUES(2,5,'started',1.79528244867155146601e+09,1,1,'');
INSERT INTO "nas_events" VALUES(2,6,'finished',1.79528244867188048364e+09,1,1,'reward 0.375');
INSERT INTO "nas_events" VALUES(2,7,'started',1.79528244867208719255e+09,2,1,'');
INSERT INTO "nas_events" VALUES(2,8,'finished',1.79528244867236566541e+09,2,1,'reward 0.5');
INSERT INTO "nas_events" VALUES(2,9,'released',1.79528244867298126218e+09,NULL,NULL,'completed');
INSERT INTO "nas_events" VALUES(3,1,'created',1.79528244867843198777e+09,NULL,NULL,'');
INSERT INTO "nas_events" VALUES(3,2,'taken',1.79528244867910981175e+09,NULL,NULL,'host7:1:1');
INSERT INTO "nas_events" VALUES(3,3,'started',1795282448.67963,0,1,'');
INSERT INTO "nas_events" VALUES(3,4,'finished',1.79528244867992115016e+09,0,1,'out_of_memory: loss is NaN – ä');
INSERT INTO "nas_events" VALUES(3,5,'released',1.79528244868045473098e+09,NULL,NULL,'failed: all fail');
INSERT INTO "nas_events" VALUES(4,1,'created',1.79528244868123555179e+09,NULL,NULL,'');
INSERT INTO "nas_events" VALUES(5,1,'created',1.79528244868200874328e+09,NULL,NULL,'');
INSERT INTO "nas_events" VALUES(5,2,'taken',1.7952824486825118065e+09,NULL,NULL,'gone:4:4');
INSERT INTO "nas_events" VALUES(5,3,'started',1.79528244868311834337e+09,0,1,'');
INSERT INTO "nas_events" VALUES(5,4,'requeued',1.7952824486836431026e+09,0,1,'worker_lost');
INSERT INTO "nas_events" VALUES(5,5,'started',1.79528244868384718891e+09,0,2,'');
INSERT INTO "nas_events" VALUES(5,6,'started',1.79528244868400621418e+09,1,1,'');
CREATE TABLE nas_exports (
	export_id INTEGER NOT NULL, 
	search_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	directory TEXT NOT NULL, 
	created_at DOUBLE NOT NULL, uid VARCHAR(32) DEFAULT '' NOT NULL, 
	CONSTRAINT pk_nas_exports PRIMARY KEY (export_id), 
	CONSTRAINT fk_nas_exports_search_id_number FOREIGN KEY(search_id, number) REFERENCES nas_trials (search_id, number)
);
INSERT INTO "nas_exports" VALUES(1,2,2,'/home/me/out',1.79528244867651748653e+09,'c699e4ad9cfd36d63ddebefdcb0a7508');
CREATE TABLE nas_failures (
	search_id INTEGER NOT NULL, 
	kind VARCHAR(32) NOT NULL, 
	trials INTEGER NOT NULL, 
	CONSTRAINT pk_nas_failures PRIMARY KEY (search_id, kind), 
	CONSTRAINT fk_nas_failures_search_id FOREIGN KEY(search_id) REFERENCES nas_searches (search_id), 
	CONSTRAINT ck_nas_failures_trials CHECK (trials > 0)
);
INSERT INTO "nas_failures" VALUES(1,'diverged',1);
INSERT INTO "nas_failures" VALUES(3,'out_of_memory',1);
CREATE TABLE nas_history (
	search_id INTEGER NOT NULL, 
	stretch INTEGER NOT NULL, 
	trials INTEGER NOT NULL, 
	rewarded INTEGER NOT NULL, 
	best DOUBLE, 
	reward_sum DOUBLE NOT NULL, 
	CONSTRAINT pk_nas_history PRIMARY KEY (search_id, stretch), 
	CONSTRAINT fk_nas_history_search_id FOREIGN KEY(search_id) REFERENCES nas_searches (search_id), 
	CONSTRAINT ck_nas_history_trials CHECK (rewarded BETWEEN 0 AND trials AND trials BETWEEN 1 AND 100), 
	CONSTRAINT ck_nas_history_best CHECK ((rewarded = 0) = (best IS NULL))
)
 WITHOUT ROWID

;
INSERT INTO "nas_history" VALUES(1,0,5,4,0.8,1.90000000000000013322e+00);
INSERT INTO "nas_history" VALUES(2,0,3,3,0.5,1.125);
INSERT INTO "nas_history" VALUES(3,0,1,0,NULL,0.0);
CREATE TABLE nas_meta (
	"key" VARCHAR(40) NOT NULL, 
	value TEXT NOT NULL, 
	CONSTRAINT pk_nas_meta PRIMARY KEY ("key")
);
INSERT INTO "nas_meta" VALUES('written_by','0.1.0');
INSERT INTO "nas_meta" VALUES('written_at','2026-11-21T17:34:08+00:00');
CREATE TABLE nas_saved_trainings (
	trial_id INTEGER NOT NULL, 
	epoch INTEGER NOT NULL, 
	state BLOB NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	created_at DOUBLE NOT NULL, 
	CONSTRAINT pk_nas_saved_trainings PRIMARY KEY (trial_id), 
	CONSTRAINT fk_nas_saved_trainings_trial_id FOREIGN KEY(trial_id) REFERENCES nas_trials (trial_id)
);
INSERT INTO "nas_saved_trainings" VALUES(13,2,X'7374617465','4ba69735ca53765ed6a709edb56c6ea236b7193a3b29a6b390c346f0f4340e4e',1.79528244868407630915e+09);
CREATE TABLE nas_searches (
	search_id INTEGER NOT NULL, 
	name VARCHAR(80) NOT NULL, 
	config TEXT NOT NULL, 
	space TEXT NOT NULL, 
	strategy TEXT NOT NULL, 
	dataset TEXT NOT NULL, 
	dataset_fingerprint TEXT NOT NULL, 
	seed INTEGER NOT NULL, 
	trial_budget INTEGER, 
	time_budget_seconds DOUBLE, 
	state VARCHAR(16) NOT NULL, 
	event INTEGER NOT NULL, 
	created INTEGER NOT NULL, 
	completed INTEGER NOT NULL, 
	failed INTEGER NOT NULL, 
	spent_seconds DOUBLE NOT NULL, 
	best_number INTEGER, 
	best_reward DOUBLE, 
	created_at DOUBLE NOT NULL, 
	updated_at DOUBLE NOT NULL, 
	error_text TEXT NOT NULL, 
	epoch INTEGER NOT NULL, 
	owner VARCHAR(300), 
	lease_until DOUBLE, 
	renewed_at DOUBLE, image TEXT, classes INTEGER, space_fingerprint TEXT DEFAULT '' NOT NULL, uid VARCHAR(32) DEFAULT '' NOT NULL, writes INTEGER DEFAULT '0' NOT NULL, told INTEGER DEFAULT 0 NOT NULL CONSTRAINT ck_nas_searches_told CHECK (told >= 0), log INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_nas_searches PRIMARY KEY (search_id), 
	CONSTRAINT uq_nas_searches_name UNIQUE (name), 
	CONSTRAINT ck_nas_searches_state CHECK (state IN ('created', 'running', 'paused', 'completed', 'failed')), 
	CONSTRAINT ck_nas_searches_counters CHECK (completed >= 0 AND failed >= 0 AND completed + failed <= created), 
	CONSTRAINT ck_nas_searches_best CHECK (best_number IS NULL OR completed > 0), 
	CONSTRAINT ck_nas_searches_lease CHECK ((state = 'running') = (owner IS NOT NULL))
);
INSERT INTO "nas_searches" VALUES(1,'paused','{"name":"paused","recipe":{"epochs":3,"learning_rate":0.30000000000000004}}','cell','reinforce','digits','ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',2147483647,50,3.5,'paused',12,8,5,1,2.29745459946570917963e-02,4,0.8,1.79528244858713078493e+09,1.79528244861535525318e+09,'',2,NULL,NULL,NULL,'[3,32,40]',10,'eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee','8f211641d1837551a9afd9d7b546c83c',36,5,19);
INSERT INTO "nas_searches" VALUES(2,'completed','{"name":"completed","recipe":{"epochs":3,"learning_rate":0.30000000000000004}}','cell','reinforce','digits','ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',2147483647,40,3.5,'completed',2,3,3,0,2.48834100057138130068e-03,2,0.5,1.79528244861703920368e+09,1.79528244867269420621e+09,'',2,NULL,NULL,NULL,'[3,32,40]',10,'eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee','add7670d6f595cc2e19b7f9db1d66163',9,3,9);
INSERT INTO "nas_searches" VALUES(3,'failed','{"name":"failed","recipe":{"epochs":3,"learning_rate":0.30000000000000004}}','cell','reinforce','digits','ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',2147483647,40,3.5,'failed',2,1,0,1,9.95553004031535238027e-04,NULL,NULL,1.79528244867752122876e+09,1.79528244868022561074e+09,'all fail',2,NULL,NULL,NULL,'[3,32,40]',10,'eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee','ca2ee01e48519b0a561f992d45360448',5,1,5);
INSERT INTO "nas_searches" VALUES(4,'created','{"name":"created","recipe":{"epochs":3,"learning_rate":0.30000000000000004}}','cell','reinforce','digits','ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',2147483647,40,3.5,'created',0,0,0,0,0.0,NULL,NULL,1.79528244868054389954e+09,1.79528244868054389954e+09,'',0,NULL,NULL,NULL,'[3,32,40]',10,'eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee','7d3737dfde06e5adacf355b26563eda7',0,0,1);
INSERT INTO "nas_searches" VALUES(5,'crashed','{"name":"crashed","recipe":{"epochs":3,"learning_rate":0.30000000000000004}}','cell','reinforce','digits','ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',2147483647,40,3.5,'running',1,3,0,0,0.0,NULL,NULL,1.79528244868146681784e+09,1.79528244868411016466e+09,'',1,'gone:4:4',1.79528244868300104145e+09,1.79528244868200111388e+09,'[3,32,40]',10,'eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee','c314c8589dc3c2b73949866d49e3d7a5',7,0,6);
CREATE TABLE nas_test_readings (
	reading_id INTEGER NOT NULL, 
	search_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	purpose TEXT NOT NULL, 
	dataset_fingerprint TEXT NOT NULL, 
	correct INTEGER NOT NULL, 
	total INTEGER NOT NULL, 
	at DOUBLE NOT NULL, 
	uid VARCHAR(32) DEFAULT '' NOT NULL, 
	CONSTRAINT pk_nas_test_readings PRIMARY KEY (reading_id), 
	CONSTRAINT fk_nas_test_readings_search_id_number FOREIGN KEY(search_id, number) REFERENCES nas_trials (search_id, number), 
	CONSTRAINT ck_nas_test_readings_correct CHECK (correct BETWEEN 0 AND total)
);
INSERT INTO "nas_test_readings" VALUES(1,2,2,'full training','ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',350,360,1.79528244867307043078e+09,'0e94d9499ba05bcf86f331cfc81a4829');
INSERT INTO "nas_test_readings" VALUES(2,2,2,'final figures','ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',350,360,1.79528244867575764655e+09,'7078dc3de4f05f9d53a9d1d2d1f7e07d');
CREATE TABLE nas_trainings (
	training_id INTEGER NOT NULL, 
	search_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	seed INTEGER NOT NULL, 
	recipe TEXT NOT NULL, 
	test_correct INTEGER NOT NULL, 
	test_total INTEGER NOT NULL, 
	train_images INTEGER NOT NULL, 
	train_seconds DOUBLE NOT NULL, 
	parameters INTEGER NOT NULL, 
	multiply_adds INTEGER NOT NULL, 
	device TEXT NOT NULL, 
	versions TEXT NOT NULL, 
	weights BLOB NOT NULL, 
	created_at DOUBLE NOT NULL, uid VARCHAR(32) DEFAULT '' NOT NULL, 
	CONSTRAINT pk_nas_trainings PRIMARY KEY (training_id), 
	CONSTRAINT fk_nas_trainings_search_id_number FOREIGN KEY(search_id, number) REFERENCES nas_trials (search_id, number), 
	CONSTRAINT ck_nas_trainings_test CHECK (test_correct BETWEEN 0 AND test_total)
);
INSERT INTO "nas_trainings" VALUES(1,2,2,5,'{"epochs":40,"learning_rate":0.3333333333333333}',350,360,1437,12.25,1099511627776,4611686018427387904,'cuda:0','{"nas":"0.1.0","torch":"2.13.0"}',X'000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F404142434445464748494A4B4C4D4E4F505152535455565758595A5B5C5D5E5F606162636465666768696A6B6C6D6E6F707172737475767778797A7B7C7D7E7F808182838485868788898A8B8C8D8E8F909192939495969798999A9B9C9D9E9FA0A1A2A3A4A5A6A7A8A9AAABACADAEAFB0B1B2B3B4B5B6B7B8B9BABBBCBDBEBFC0C1C2C3C4C5C6C7C8C9CACBCCCDCECFD0D1D2D3D4D5D6D7D8D9DADBDCDDDEDFE0E1E2E3E4E5E6E7E8E9EAEBECEDEEEFF0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF',1.79528244867307043078e+09,'8b52d00901d07c62ac03bc02f91d98bf');
CREATE TABLE nas_trials (
	trial_id INTEGER NOT NULL, 
	search_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	architecture TEXT NOT NULL, 
	canonical_key TEXT NOT NULL, 
	seed INTEGER NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	asked_event INTEGER NOT NULL, 
	told_event INTEGER, 
	log_probability DOUBLE, 
	policy_version INTEGER, 
	reward DOUBLE, 
	baseline DOUBLE, 
	attempts INTEGER NOT NULL, 
	infrastructure_failures INTEGER NOT NULL, 
	validation_accuracy DOUBLE, 
	validation_loss DOUBLE, 
	parameters INTEGER, 
	multiply_adds INTEGER, 
	train_seconds DOUBLE NOT NULL, 
	curve TEXT NOT NULL, 
	failure VARCHAR(32), 
	error_text TEXT NOT NULL, 
	worker TEXT NOT NULL, 
	created_at DOUBLE NOT NULL, 
	started_at DOUBLE, 
	finished_at DOUBLE, repeat INTEGER DEFAULT '0' NOT NULL, objectives TEXT DEFAULT '[]' NOT NULL, latency_ms DOUBLE, token VARCHAR(64) CONSTRAINT ck_nas_trials_token CHECK ((state = 'running') = (token IS NOT NULL)), own_failures INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_nas_trials PRIMARY KEY (trial_id), 
	CONSTRAINT uq_nas_trials_search_id_number UNIQUE (search_id, number), 
	CONSTRAINT fk_nas_trials_search_id FOREIGN KEY(search_id) REFERENCES nas_searches (search_id), 
	CONSTRAINT ck_nas_trials_state CHECK (state IN ('waiting', 'running', 'completed', 'failed')), 
	CONSTRAINT ck_nas_trials_reward CHECK ((state = 'completed') = (reward IS NOT NULL)), 
	CONSTRAINT ck_nas_trials_failure CHECK ((state = 'failed') = (failure IS NOT NULL)), 
	CONSTRAINT ck_nas_trials_told CHECK (told_event IS NULL OR state IN ('completed', 'failed')), 
	CONSTRAINT ck_nas_trials_number CHECK (number >= 0)
);
INSERT INTO "nas_trials" VALUES(1,1,0,'{"space": "cell", "tokens": [0, 3, 1]}','key0',1000,'completed',1,2,-3.33333333333333314829e-01,0,0.0,NULL,1,0,0.0,3.33333333333333314829e-01,1000,1099511627776,1.5,'[[1,2.3025,0.3333333333333333,0.1,0.001],[2,5e-324,1.5e+308,0.7,0.6666666666666666]]',NULL,'','host7:42:cpu',1.79528244859235095974e+09,1.79528244859436154371e+09,1.79528244859611845014e+09,0,'[0.0,-1000.0]',0.3,NULL,0);
INSERT INTO "nas_trials" VALUES(2,1,1,'{"space": "cell", "tokens": [1, 3, 1]}','key1',1001,'completed',3,4,-1.33333333333333325931e+00,0,0.7,0.5,2,1,0.7,3.33333333333333314829e-01,1001,1099511627776,1.5,'[[1,2.3025,0.3333333333333333,0.1,0.001],[2,5e-324,1.5e+308,0.7,0.6666666666666666]]',NULL,'','host7:42:cpu',1.79528244860352540011e+09,1.79528244860591864586e+09,1.7952824486061580181e+09,1,'[0.7,-1001.0]',0.3,NULL,0);
INSERT INTO "nas_trials" VALUES(3,1,2,'{"space": "cell", "tokens": [2, 3, 1]}','key2',1002,'completed',5,6,-2.33333333333333348136e+00,1,0.4,0.5,1,0,0.4,3.33333333333333314829e-01,1002,1099511627776,1.5,'[[1,2.3025,0.3333333333333333,0.1,0.001],[2,5e-324,1.5e+308,0.7,0.6666666666666666]]',NULL,'','host7:42:cpu',1.7952824486072378159e+09,1.79528244860750555997e+09,1.79528244860774469377e+09,0,'[0.4,-1002.0]',0.3,NULL,0);
INSERT INTO "nas_trials" VALUES(4,1,3,'{"space": "cell", "tokens": [3, 3, 1]}','key3',1003,'failed',7,8,-3.33333333333333348136e+00,1,NULL,0.5,1,0,NULL,NULL,NULL,NULL,0.5,'[]','diverged','loss is NaN – ä','',1795282448.60855,1.7952824486087460518e+09,1.79528244860907983775e+09,1,'[]',NULL,NULL,0);
INSERT INTO "nas_trials" VALUES(5,1,4,'{"space": "cell", "tokens": [4, 3, 1]}','key2',1004,'completed',9,10,-4.33333333333333303727e+00,2,0.8,0.5,1,0,0.8,3.33333333333333314829e-01,1004,1099511627776,1.5,'[[1,2.3025,0.3333333333333333,0.1,0.001],[2,5e-324,1.5e+308,0.7,0.6666666666666666]]',NULL,'','host7:42:cpu',1.79528244861053943638e+09,1.79528244861074805262e+09,1.79528244861095142366e+09,0,'[0.8,-1004.0]',0.3,NULL,0);
INSERT INTO "nas_trials" VALUES(6,1,5,'{"space": "cell", "tokens": [5, 3, 1]}','key5',1005,'completed',11,NULL,-5.33333333333333303727e+00,2,0.5,NULL,1,0,0.5,3.33333333333333314829e-01,1005,1099511627776,1.5,'[[1,2.3025,0.3333333333333333,0.1,0.001],[2,5e-324,1.5e+308,0.7,0.6666666666666666]]',NULL,'','host7:42:cpu',1.79528244861183428763e+09,1.7952824486120316982e+09,1.79528244861223292352e+09,1,'[0.5,-1005.0]',0.3,NULL,0);
INSERT INTO "nas_trials" VALUES(7,1,6,'{"space": "cell", "tokens": [6, 3, 1]}','key6',1006,'waiting',12,NULL,-6.33333333333333303727e+00,3,NULL,NULL,0,0,NULL,NULL,NULL,NULL,0.0,'[]',NULL,'','',1.79528244861251211166e+09,NULL,NULL,0,'[]',NULL,NULL,0);
INSERT INTO "nas_trials" VALUES(8,1,7,'{"space": "cell", "tokens": [7, 3, 1]}','key7',1007,'waiting',12,NULL,-7.33333333333333303727e+00,3,NULL,NULL,0,0,NULL,NULL,NULL,NULL,0.0,'[]',NULL,'','',1.79528244861251211166e+09,NULL,NULL,1,'[]',NULL,NULL,0);
INSERT INTO "nas_trials" VALUES(9,2,0,'{"space": "cell", "tokens": [0, 3, 1]}','key0',1000,'completed',1,2,-3.33333333333333314829e-01,0,0.25,NULL,1,0,0.25,3.33333333333333314829e-01,1000,1099511627776,1.5,'[[1,2.3025,0.3333333333333333,0.1,0.001],[2,5e-324,1.5e+308,0.7,0.6666666666666666]]',NULL,'','host7:42:cpu',1.79528244867019534116e+09,1.79528244867061471936e+09,1.79528244867090868951e+09,0,'[0.25,-1000.0]',0.3,NULL,0);
INSERT INTO "nas_trials" VALUES(10,2,1,'{"space": "cell", "tokens": [1, 3, 1]}','key1',1001,'completed',1,2,-1.33333333333333325931e+00,0,0.375,NULL,1,0,0.375,3.33333333333333314829e-01,1001,1099511627776,1.5,'[[1,2.3025,0.3333333333333333,0.1,0.001],[2,5e-324,1.5e+308,0.7,0.6666666666666666]]',NULL,'','host7:42:cpu',1.79528244867019534116e+09,1.79528244867137432103e+09,1795282448.67166,1,'[0.375,-1001.0]',0.3,NULL,0);
INSERT INTO "nas_trials" VALUES(11,2,2,'{"space": "cell", "tokens": [2, 3, 1]}','key2',1002,'completed',1,2,-2.33333333333333348136e+00,1,0.5,NULL,1,0,0.5,3.33333333333333314829e-01,1002,1099511627776,1.5,'[[1,2.3025,0.3333333333333333,0.1,0.001],[2,5e-324,1.5e+308,0.7,0.6666666666666666]]',NULL,'','host7:42:cpu',1.79528244867019534116e+09,1.79528244867197322846e+09,1.79528244867218017576e+09,0,'[0.5,-1002.0]',0.3,NULL,0);
INSERT INTO "nas_trials" VALUES(12,3,0,'{"space": "cell", "tokens": [0, 3, 1]}','key0',1000,'failed',1,2,-3.33333333333333314829e-01,0,NULL,NULL,1,0,NULL,NULL,NULL,NULL,0.5,'[]','out_of_memory','loss is NaN – ä','',1.7952824486791956424e+09,1.79528244867948436743e+09,1.79528244867971730229e+09,0,'[]',NULL,NULL,0);
INSERT INTO "nas_trials" VALUES(13,5,0,'{"space": "cell", "tokens": [0, 3, 1]}','key0',1000,'running',1,NULL,-3.33333333333333314829e-01,0,NULL,NULL,2,1,NULL,NULL,NULL,NULL,0.0,'[]',NULL,'','',1.79528244868267655371e+09,1.79528244868372511859e+09,NULL,0,'[]',NULL,'13.2',0);
INSERT INTO "nas_trials" VALUES(14,5,1,'{"space": "cell", "tokens": [1, 3, 1]}','key1',1001,'running',1,NULL,-1.33333333333333325931e+00,0,NULL,NULL,1,0,NULL,NULL,NULL,NULL,0.0,'[]',NULL,'','',1.79528244868267655371e+09,1.79528244868391203877e+09,NULL,1,'[]',NULL,'14.1',0);
INSERT INTO "nas_trials" VALUES(15,5,2,'{"space": "cell", "tokens": [2, 3, 1]}','key2',1002,'waiting',1,NULL,-2.33333333333333348136e+00,1,NULL,NULL,0,0,NULL,NULL,NULL,NULL,0.0,'[]',NULL,'','',1.79528244868267655371e+09,NULL,NULL,0,'[]',NULL,NULL,0);
CREATE TABLE nas_updates (
	search_id INTEGER NOT NULL, 
	version INTEGER NOT NULL, 
	event INTEGER NOT NULL, 
	samples TEXT NOT NULL, 
	loss DOUBLE NOT NULL, 
	entropy DOUBLE NOT NULL, 
	gradient_norm DOUBLE NOT NULL, kl DOUBLE, imagined INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_nas_updates PRIMARY KEY (search_id, version), 
	CONSTRAINT fk_nas_updates_search_id FOREIGN KEY(search_id) REFERENCES nas_searches (search_id)
);
INSERT INTO "nas_updates" VALUES(1,1,2,'{"advantages":[0.6],"baselines":[0.30000000000000004],"importance_weights":[1.25],"new_log_probabilities":[-12.25],"old_log_probabilities":[-12.5],"scores":[0.9],"staleness":[3],"trials":[0]}',7.1,3.3,0.01,0.02,32);
INSERT INTO "nas_updates" VALUES(1,2,4,'{"advantages":[0.6],"baselines":[0.30000000000000004],"importance_weights":[1.25],"new_log_probabilities":[-12.25],"old_log_probabilities":[-12.5],"scores":[0.9],"staleness":[3],"trials":[1]}',7.1,3.3,0.01,0.02,32);
INSERT INTO "nas_updates" VALUES(1,3,6,'{"advantages":[0.6],"baselines":[0.30000000000000004],"importance_weights":[1.25],"new_log_probabilities":[-12.25],"old_log_probabilities":[-12.5],"scores":[0.9],"staleness":[3],"trials":[2]}',7.1,3.3,0.01,0.02,32);
INSERT INTO "nas_updates" VALUES(1,4,8,'{"advantages":[0.6],"baselines":[0.30000000000000004],"importance_weights":[1.25],"new_log_probabilities":[-12.25],"old_log_probabilities":[-12.5],"scores":[0.9],"staleness":[3],"trials":[3]}',7.1,3.3,0.01,0.02,32);
INSERT INTO "nas_updates" VALUES(1,5,10,'{"advantages":[0.6],"baselines":[0.30000000000000004],"importance_weights":[1.25],"new_log_probabilities":[-12.25],"old_log_probabilities":[-12.5],"scores":[0.9],"staleness":[3],"trials":[4]}',7.1,3.3,0.01,0.02,32);
CREATE TABLE nas_workers (
	search_id INTEGER NOT NULL, 
	worker VARCHAR(300) NOT NULL, 
	node TEXT NOT NULL, 
	number INTEGER, 
	memory_bytes INTEGER NOT NULL, 
	gpu_memory_bytes INTEGER, 
	started_at DOUBLE NOT NULL, 
	beat_at DOUBLE NOT NULL, 
	CONSTRAINT pk_nas_workers PRIMARY KEY (search_id, worker), 
	CONSTRAINT fk_nas_workers_search_id FOREIGN KEY(search_id) REFERENCES nas_searches (search_id)
)
 WITHOUT ROWID

;
INSERT INTO "nas_workers" VALUES(5,'host7:41:cpu','',0,0,NULL,0.0,0.0);
INSERT INTO "nas_workers" VALUES(5,'host7:42:cpu','host7',0,1073741824,NULL,1.5,2.5);
CREATE INDEX ix_nas_trials_reward ON nas_trials (search_id, reward DESC, number) WHERE reward IS NOT NULL;
CREATE INDEX ix_nas_trainings_search_id_number ON nas_trainings (search_id, number);
CREATE INDEX ix_nas_exports_search_id_number ON nas_exports (search_id, number);
CREATE TRIGGER nas_trials_told BEFORE UPDATE OF told_event, baseline ON nas_trials WHEN OLD.told_event IS NOT NULL BEGIN SELECT RAISE(ABORT, 'a finished trial never changes'); END;
CREATE UNIQUE INDEX ix_nas_attempts_running ON nas_attempts (trial_id) WHERE ended_at IS NULL;
CREATE INDEX ix_nas_commands_search_id_command_id ON nas_commands (search_id, command_id);
CREATE INDEX ix_nas_test_readings_search_id_number ON nas_test_readings (search_id, number);
CREATE INDEX ix_nas_trials_open ON nas_trials (search_id, number) WHERE told_event IS NULL;
CREATE INDEX ix_nas_trials_completed ON nas_trials (search_id, number) WHERE reward IS NOT NULL;
CREATE INDEX ix_nas_trials_failed ON nas_trials (search_id, number) WHERE failure IS NOT NULL;
CREATE INDEX ix_nas_architectures_mean_reward ON nas_architectures (search_id, mean_reward DESC, first_number);
CREATE UNIQUE INDEX ix_nas_trainings_uid ON nas_trainings (uid);
CREATE UNIQUE INDEX ix_nas_exports_uid ON nas_exports (uid);
CREATE UNIQUE INDEX ix_nas_commands_uid ON nas_commands (uid);
CREATE UNIQUE INDEX ix_nas_test_readings_uid ON nas_test_readings (uid);
CREATE UNIQUE INDEX ix_nas_audit_uid ON nas_audit (uid);
CREATE TRIGGER nas_trials_finished BEFORE UPDATE OF trial_id, search_id, number, architecture, canonical_key, seed, state, asked_event, log_probability, policy_version, reward, attempts, infrastructure_failures, validation_accuracy, validation_loss, parameters, multiply_adds, train_seconds, curve, failure, error_text, worker, created_at, started_at, finished_at, repeat, objectives, latency_ms, token, own_failures ON nas_trials WHEN (OLD.state IN ('completed', 'failed')) BEGIN SELECT RAISE(ABORT, 'a finished trial never changes'); END;
CREATE TRIGGER nas_trials_kept BEFORE DELETE ON nas_trials WHEN (OLD.state IN ('completed', 'failed')) BEGIN SELECT RAISE(ABORT, 'a finished trial never changes'); END;
CREATE TRIGGER nas_trials_steps BEFORE UPDATE OF state ON nas_trials WHEN (OLD.state = 'waiting' AND NEW.state IN ('completed', 'failed')) BEGIN SELECT RAISE(ABORT, 'a trial goes from waiting to running and from there to an end, or back'); END;
CREATE TRIGGER nas_attempts_ended BEFORE UPDATE OF trial_id, attempt, token, worker, started_at, ended_at, last_epoch, progress_at, failure, error_text ON nas_attempts WHEN (OLD.state <> 'running') BEGIN SELECT RAISE(ABORT, 'an attempt that has ended never changes'); END;
CREATE TRIGGER nas_attempts_kept BEFORE DELETE ON nas_attempts WHEN (OLD.state <> 'running') BEGIN SELECT RAISE(ABORT, 'an attempt that has ended never changes'); END;
CREATE TRIGGER nas_attempts_steps BEFORE UPDATE OF state ON nas_attempts WHEN ((OLD.state <> 'running' OR NEW.state = 'fenced') AND NOT (OLD.state IN ('lost', 'preempted', 'cancelled', 'fenced') AND NEW.state = 'fenced')) BEGIN SELECT RAISE(ABORT, 'an attempt that has ended never changes'); END;
CREATE TRIGGER nas_searches_steps BEFORE UPDATE OF state ON nas_searches WHEN (NEW.state <> OLD.state AND NEW.state <> 'running' AND (OLD.state <> 'running' OR NEW.state = 'created')) BEGIN SELECT RAISE(ABORT, 'a search goes from running to another state, and from that to running'); END;
CREATE TRIGGER nas_searches_epoch BEFORE UPDATE OF epoch ON nas_searches WHEN (NEW.epoch < OLD.epoch) BEGIN SELECT RAISE(ABORT, 'an epoch never returns'); END;
CREATE TRIGGER nas_events_kept BEFORE UPDATE ON nas_events BEGIN SELECT RAISE(ABORT, 'what happened never changes'); END;
CREATE TRIGGER nas_commands_answered BEFORE UPDATE ON nas_commands WHEN (OLD.answer IS NOT NULL) BEGIN SELECT RAISE(ABORT, 'an answer never changes'); END;
CREATE TRIGGER nas_audit_update BEFORE UPDATE ON nas_audit BEGIN SELECT RAISE(ABORT, 'rows of nas_audit are only added'); END;
CREATE TRIGGER nas_audit_delete BEFORE DELETE ON nas_audit BEGIN SELECT RAISE(ABORT, 'rows of nas_audit are only added'); END;
CREATE TRIGGER nas_test_readings_update BEFORE UPDATE ON nas_test_readings BEGIN SELECT RAISE(ABORT, 'rows of nas_test_readings are only added'); END;
CREATE TRIGGER nas_test_readings_delete BEFORE DELETE ON nas_test_readings BEGIN SELECT RAISE(ABORT, 'rows of nas_test_readings are only added'); END;
CREATE TRIGGER nas_updates_update BEFORE UPDATE ON nas_updates BEGIN SELECT RAISE(ABORT, 'rows of nas_updates are only added'); END;
CREATE TRIGGER nas_updates_delete BEFORE DELETE ON nas_updates BEGIN SELECT RAISE(ABORT, 'rows of nas_updates are only added'); END;
COMMIT;
