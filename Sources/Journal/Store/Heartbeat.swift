import Autopilot
import FleetModel
import GRDB
import Glibc

/// The one row that says which engine keeps this journal, and that it is alive.
enum Heartbeat {
  /// A heartbeat older than this belongs to an engine that hangs or is gone.
  static let validity = Duration.seconds(10)

  static var ownProcess: Int32 { getpid() }

  static func read(_ db: Database) throws -> EngineHeartbeat? {
    guard let row = try Row.fetchOne(db, sql: "SELECT * FROM heartbeat") else { return nil }
    // A status of a newer azlin is not understood, but the engine is none the less alive.
    let status =
      JournalText.value(EngineStatus.self, JournalText.text(row, "status"))
      ?? EngineStatus(mode: .healing, context: "", notices: ["the engine is of a newer azlin"])
    return EngineHeartbeat(
      processID: row["process"], startedAt: Instant(milliseconds: row["started_at"]),
      at: Instant(milliseconds: row["at"]), status: status)
  }

  static func write(_ beat: EngineHeartbeat, into db: Database) throws {
    try db.cachedStatement(
      sql: "INSERT OR REPLACE INTO heartbeat (id, process, started_at, at, status) VALUES (1, ?, ?, ?, ?)"
    ).execute(arguments: [
      beat.processID, beat.startedAt.milliseconds, beat.at.milliseconds, try JournalText.json(beat.status),
    ])
  }

  /// Younger than 10 s, and its process exists. A clock set back makes no engine alive for longer than that.
  static func isAlive(_ beat: EngineHeartbeat, at now: Instant) -> Bool {
    let age = now - beat.at
    return age < validity && age > .zero - validity && ProcessTable.contains(beat.processID)
  }

  /// Whether the engine of `beat` meets another that goes before it: a living one, unless this one heals and that
  /// one does not.
  static func mustYield(_ db: Database, _ beat: EngineHeartbeat, now: Instant) throws -> Bool {
    guard let other = try read(db), other.processID != beat.processID, isAlive(other, at: now) else { return false }
    return beat.status.mode != .healing || other.status.mode == .healing
  }
}
