-- A journal of schema 1, as azlin wrote it. Never renewed: it shows that old files are still understood.
PRAGMA application_id = 1635413102;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE commands (
  id INTEGER PRIMARY KEY AUTOINCREMENT, command TEXT NOT NULL, created_at INTEGER NOT NULL,
  created_by INTEGER NOT NULL, expires_at INTEGER NOT NULL, taken_at INTEGER, answer TEXT, answered_at INTEGER);
CREATE TABLE events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, machine TEXT, machine_name TEXT NOT NULL,
  severity INTEGER NOT NULL, text TEXT NOT NULL);
INSERT INTO "events" VALUES(1,1764763200000,'hosts/web/web-1','web-1',2,'SSH down');
CREATE TABLE fleet_memory (id INTEGER PRIMARY KEY CHECK (id = 1), memory TEXT NOT NULL);
INSERT INTO "fleet_memory" VALUES(1,'{"powerLatched":true,"powerActions":[{"at":1764763200000,"machine":"hosts/web/web-1"}]}');
CREATE TABLE heartbeat (
  id INTEGER PRIMARY KEY CHECK (id = 1), process INTEGER NOT NULL, started_at INTEGER NOT NULL,
  at INTEGER NOT NULL, status TEXT NOT NULL);
INSERT INTO "heartbeat" VALUES(1,11929,1764763200000,1764763200000,'{"probing":0,"notices":[],"lateProbes":0,"context":"hosts","mode":"healing","holds":[],"probesDone":0}');
CREATE TABLE hook_runs (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, machine TEXT NOT NULL, machine_name TEXT NOT NULL, event TEXT NOT NULL,
  path TEXT NOT NULL, started_at INTEGER NOT NULL, elapsed_ms INTEGER NOT NULL, result TEXT NOT NULL,
  result_code INTEGER, result_text TEXT, output TEXT NOT NULL, error_output TEXT NOT NULL);
INSERT INTO "hook_runs" VALUES(1,'hosts/web/web-1','web-1','on-failure','/hooks/alert.sh',1764763200000,1200,'timed out',NULL,NULL,'sending
','');
CREATE TABLE machine_memory (machine TEXT PRIMARY KEY, memory TEXT NOT NULL, incident TEXT) WITHOUT ROWID;
INSERT INTO "machine_memory" VALUES('hosts/web/web-1','{"incarnation":"i-1","baselineAt":1764763200000,"startsAt":[],"cleanUpsAt":[],"machine":"hosts/web/web-1","path":"10.0.0.4","attempts":[1764763200000,1764763260000],"logCursor":""}','{"id":"incident-web-1","diagnosis":"SSH down","attempts":0,"openedAt":1764763200000,"failureHookRan":false,"issue":"refused","recoveryHookRan":false}');
CREATE TABLE machines (
  id INTEGER PRIMARY KEY, machine TEXT NOT NULL UNIQUE, thinned_until INTEGER NOT NULL DEFAULT 0);
INSERT INTO "machines" VALUES(1,'hosts/web/web-1',0);
CREATE TABLE recoveries (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, machine TEXT NOT NULL,
  machine_name TEXT NOT NULL, incarnation TEXT NOT NULL, incident TEXT NOT NULL, diagnosis TEXT NOT NULL,
  remedy TEXT NOT NULL, initiator TEXT NOT NULL, attempt INTEGER NOT NULL, issue TEXT NOT NULL,
  action TEXT NOT NULL, detail TEXT NOT NULL, started_at INTEGER NOT NULL, ended_at INTEGER,
  outcome TEXT NOT NULL, outcome_text TEXT, outcome_ms INTEGER, settled INTEGER NOT NULL);
INSERT INTO "recoveries" VALUES(1,'open','hosts/web/web-1','web-1','i-1','incident-web-1','SSH down','restart-ssh','autopilot',1,'SSH connection refused (port 22)','','',1764763200000,NULL,'running',NULL,NULL,0);
INSERT INTO "recoveries" VALUES(2,'held','hosts/web/web-1','web-1','i-1','incident-web-1','SSH down','restart-ssh','autopilot',1,'SSH connection refused (port 22)','','',1764763200000,NULL,'held',NULL,5000,1);
INSERT INTO "recoveries" VALUES(3,'failed','hosts/web/web-1','web-1','i-1','incident-web-1','SSH down','restart-ssh','autopilot',1,'SSH connection refused (port 22)','','',1764763200000,NULL,'failed','exit 1',NULL,1);
CREATE TABLE samples (
  machine INTEGER NOT NULL, at INTEGER NOT NULL, cpu INTEGER, memory INTEGER, disk INTEGER, io_wait INTEGER,
  latency INTEGER, PRIMARY KEY (machine, at)) WITHOUT ROWID;
INSERT INTO "samples" VALUES(1,1764763200000,41500,62000,NULL,NULL,12000);
CREATE TABLE statuses (
  machine TEXT PRIMARY KEY, machine_name TEXT NOT NULL, verdict TEXT NOT NULL, at INTEGER NOT NULL,
  status TEXT NOT NULL);
INSERT INTO "statuses" VALUES('hosts/web/web-1','web-1','critical',1764763200000,'{"incident":{"id":"incident-web-1","openedAt":1764763200000,"phase":{"waiting":{"until":1764763230000}},"remedy":"restart-ssh","attempts":1,"diagnosis":"SSH down","maxAttempts":3},"holds":[{"why":"5 of 9","until":1764763500000,"by":"storm"}],"verdict":"critical","reason":"ssh refused","machine":{"name":"web-1","region":"","size":"","incarnation":"","id":"hosts/web/web-1","provider":"hosts","system":"linux","abilities":0,"group":"web","tags":{}},"watch":{"healing":{}},"readings":{"power":{"value":{"_0":"running"}},"memory":{"notMeasured":{"_0":{"lowerRungFailed":{"_0":"no shell"}}}},"pressure":{"notMeasured":{"_0":{"notYet":{}}}},"ioWait":{"notMeasured":{"_0":{"notYet":{}}}},"latency":{"notMeasured":{"_0":{"notYet":{}}}},"uptime":{"notMeasured":{"_0":{"notYet":{}}}},"logs":{"notApplicable":{"_0":"Windows guest"}},"path":"","ssh":{"value":{"_0":{"failure":{"portRefused":{}},"elapsed":[0,0]}}},"mounts":[],"tcp":{"notMeasured":{"_0":{"notYet":{}}}},"cpu":{"value":{"_0":41.5}},"echo":{"notMeasured":{"_0":{"notYet":{}}}},"disk":{"value":{"_0":{"used":96,"available":4,"inodePercent":12.5,"path":"/","type":"ext4"}}}},"diagnosis":"SSH down","checks":[{"kind":"ssh","isFlapping":false,"hard":2,"reason":"refused","confirm":3,"streak":3,"last":2}]}');
CREATE INDEX recoveries_by_time ON recoveries (started_at);
CREATE INDEX recoveries_by_machine ON recoveries (machine, started_at);
CREATE INDEX recoveries_unsettled ON recoveries (seq) WHERE settled = 0;
CREATE INDEX events_by_machine ON events (machine, seq);
CREATE INDEX hook_runs_by_hook ON hook_runs (machine, event, path);
CREATE INDEX commands_waiting ON commands (id) WHERE taken_at IS NULL;
COMMIT;
