import GRDB

/// The tables of the journal, as numbered steps that are only ever appended to.
///
/// The number stands in SQLite's own `user_version`, so that any tool can read it and the check and the steps share
/// one transaction. A step adds tables, columns or indexes and never changes old ones: an older engine that still
/// runs must not break.
enum JournalSchema {
  /// `azln`: tells the journal from any other SQLite file.
  static let applicationID: Int32 = 0x617A_6C6E

  /// The step that makes version 1 is the first, and so on.
  static let steps: [@Sendable (Database) throws -> Void] = [
    { try $0.execute(sql: version1) },
    { try $0.execute(sql: version2) },
    { try $0.execute(sql: version3) },
    { try $0.execute(sql: version4) },
  ]

  static var version: Int { steps.count }

  /// Carries out the steps that are missing, all or none.
  /// - Throws: `UnknownVersion` if the file is newer than this program.
  static func migrate(_ db: Database, steps: [@Sendable (Database) throws -> Void] = steps) throws {
    try db.inTransaction(.immediate) {
      let found = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
      guard found <= steps.count else { throw UnknownVersion(found: found) }
      guard found < steps.count else { return .rollback }
      for step in steps[found...] { try step(db) }
      try db.execute(sql: "PRAGMA user_version = \(steps.count)")
      return .commit
    }
  }

  struct UnknownVersion: Error { let found: Int }

  // Times are milliseconds since 1970 UTC. Samples are thousandths of a percent and microseconds; NULL: not measured.
  private static let version1 = """
    CREATE TABLE recoveries (
      seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, machine TEXT NOT NULL,
      machine_name TEXT NOT NULL, incarnation TEXT NOT NULL, incident TEXT NOT NULL, diagnosis TEXT NOT NULL,
      remedy TEXT NOT NULL, initiator TEXT NOT NULL, attempt INTEGER NOT NULL, issue TEXT NOT NULL,
      action TEXT NOT NULL, detail TEXT NOT NULL, started_at INTEGER NOT NULL, ended_at INTEGER,
      outcome TEXT NOT NULL, outcome_text TEXT, outcome_ms INTEGER, settled INTEGER NOT NULL);
    CREATE INDEX recoveries_by_time ON recoveries (started_at);
    CREATE INDEX recoveries_by_machine ON recoveries (machine, started_at);
    CREATE INDEX recoveries_unsettled ON recoveries (seq) WHERE settled = 0;

    CREATE TABLE machine_memory (machine TEXT PRIMARY KEY, memory TEXT NOT NULL, incident TEXT) WITHOUT ROWID;
    CREATE TABLE fleet_memory (id INTEGER PRIMARY KEY CHECK (id = 1), memory TEXT NOT NULL);
    CREATE TABLE statuses (
      machine TEXT PRIMARY KEY, machine_name TEXT NOT NULL, verdict TEXT NOT NULL, at INTEGER NOT NULL,
      status TEXT NOT NULL);

    CREATE TABLE events (
      seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, machine TEXT, machine_name TEXT NOT NULL,
      severity INTEGER NOT NULL, text TEXT NOT NULL);
    CREATE INDEX events_by_machine ON events (machine, seq);

    CREATE TABLE machines (
      id INTEGER PRIMARY KEY, machine TEXT NOT NULL UNIQUE, thinned_until INTEGER NOT NULL DEFAULT 0);
    CREATE TABLE samples (
      machine INTEGER NOT NULL, at INTEGER NOT NULL, cpu INTEGER, memory INTEGER, disk INTEGER, io_wait INTEGER,
      latency INTEGER, PRIMARY KEY (machine, at)) WITHOUT ROWID;

    CREATE TABLE hook_runs (
      seq INTEGER PRIMARY KEY AUTOINCREMENT, machine TEXT NOT NULL, machine_name TEXT NOT NULL, event TEXT NOT NULL,
      path TEXT NOT NULL, started_at INTEGER NOT NULL, elapsed_ms INTEGER NOT NULL, result TEXT NOT NULL,
      result_code INTEGER, result_text TEXT, output TEXT NOT NULL, error_output TEXT NOT NULL);
    CREATE INDEX hook_runs_by_hook ON hook_runs (machine, event, path);

    CREATE TABLE commands (
      id INTEGER PRIMARY KEY AUTOINCREMENT, command TEXT NOT NULL, created_at INTEGER NOT NULL,
      created_by INTEGER NOT NULL, expires_at INTEGER NOT NULL, taken_at INTEGER, answer TEXT, answered_at INTEGER);
    CREATE INDEX commands_waiting ON commands (id) WHERE taken_at IS NULL;

    CREATE TABLE heartbeat (
      id INTEGER PRIMARY KEY CHECK (id = 1), process INTEGER NOT NULL, started_at INTEGER NOT NULL,
      at INTEGER NOT NULL, status TEXT NOT NULL);
    """

  private static let version2 = """
    CREATE TABLE audit (
      seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, actor TEXT NOT NULL, deed TEXT NOT NULL,
      outcome TEXT NOT NULL);
    """

  // Operations of a control plane that were under way when this was written, in the control plane's own words.
  private static let version3 = """
    CREATE TABLE operations (
      intent TEXT PRIMARY KEY, machine TEXT NOT NULL, process INTEGER NOT NULL, saved_at INTEGER NOT NULL,
      operation TEXT NOT NULL) WITHOUT ROWID;
    """

  // What was captured before a power action.
  private static let version4 = "ALTER TABLE recoveries ADD COLUMN evidence TEXT;"
}
