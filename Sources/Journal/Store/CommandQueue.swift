import Autopilot
import FleetModel
import GRDB
import Glibc
import Synchronization

/// The table through which commands of other processes reach the living engine.
enum CommandQueue {
  /// Leaves a command; it is void after `expires`, so that none waits for an engine that starts days later.
  static func enqueue(_ db: Database, _ command: OperatorCommand, now: Instant, expires: Instant) throws -> Int64 {
    try db.execute(
      sql: "INSERT INTO commands (command, created_at, created_by, expires_at) VALUES (?, ?, ?, ?)",
      arguments: [try JournalText.json(command), now.milliseconds, getpid(), expires.milliseconds])
    return db.lastInsertedRowID
  }

  /// Marks what is waiting and still wanted as taken; each is returned once.
  static func take(_ db: Database, now: Instant) throws -> [QueuedCommand] {
    let rows = try Row.fetchAll(
      db, sql: "SELECT id, command, created_at, expires_at FROM commands WHERE taken_at IS NULL ORDER BY id")
    var commands: [QueuedCommand] = []
    for row in rows {
      let id: Int64 = row["id"]
      try db.execute(
        sql: "UPDATE commands SET taken_at = ? WHERE id = ?", arguments: [now.milliseconds, id])
      // A clock that was set back makes an old command look fresh: one from the future is void too.
      guard now.milliseconds < row["expires_at"], now.milliseconds > row["created_at"] - maximumSkew else { continue }
      if let command = JournalText.value(OperatorCommand.self, row["command"]) {
        commands.append(QueuedCommand(id: id, command: command))
      } else {
        let refusal = CommandRefusal("the engine does not know this command: it is older than the azlin that gave it")
        try answer(db, id: id, .refused(refusal), now: now)
      }
    }
    return commands
  }

  /// Writes the answer, and both into the audit.
  static func answer(_ db: Database, id: Int64, _ answer: CommandAnswer, now: Instant) throws {
    guard let row = try Row.fetchOne(db, sql: "SELECT command, created_by FROM commands WHERE id = ?", arguments: [id])
    else { return }
    try db.execute(
      sql: "UPDATE commands SET answer = ?, answered_at = ? WHERE id = ?",
      arguments: [try JournalText.json(answer), now.milliseconds, id])
    let outcome =
      switch answer {
      case .done(let text): text
      case .refused(let refusal): "refused: \(refusal.description)"
      }
    try AuditRow.insert(
      AuditEntry(
        at: now, actor: "command of process \(row["created_by"] as Int64)", deed: row["command"], outcome: outcome),
      into: db)
  }

  /// Takes a command back that no engine has begun.
  /// - Returns: whether it was still there to be taken back.
  static func withdraw(_ db: Database, id: Int64) throws -> Bool {
    try db.execute(sql: "DELETE FROM commands WHERE id = ? AND taken_at IS NULL", arguments: [id])
    return db.changesCount > 0
  }

  private static let maximumSkew: Int64 = 5_000
}

/// Asks for waiting commands only when another connection has written: SQLite's `data_version` tells that from
/// shared memory, without reading the table.
final class CommandWatch: Sendable {
  private let seen = Mutex<Int?>(nil)

  func take(_ db: Database, now: Instant) throws -> [QueuedCommand] {
    let version = try Int.fetchOne(db.cachedStatement(sql: "PRAGMA data_version"))
    guard seen.withLock({ $0 }) != version else { return [] }
    var commands: [QueuedCommand] = []
    let isAnyWaiting = try Bool.fetchOne(
      db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM commands WHERE taken_at IS NULL)"))
    if isAnyWaiting == true {
      try db.inTransaction(.immediate) {
        commands = try CommandQueue.take(db, now: now)
        return .commit
      }
    }
    // Only after success: a failed look is made again.
    seen.withLock { $0 = version }
    return commands
  }
}
