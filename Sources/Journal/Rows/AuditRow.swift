import FleetModel
import GRDB

/// One line of the audit: who did what, and what came of it.
package struct AuditEntry: Hashable, Sendable, Codable {
  package var at: Instant
  package var actor: String
  package var deed: String
  package var outcome: String

  package init(at: Instant, actor: String, deed: String, outcome: String) {
    self.at = at
    self.actor = actor
    self.deed = deed
    self.outcome = outcome
  }
}

/// `AuditEntry` as a row of `audit`.
enum AuditRow {
  static func insert(_ entry: AuditEntry, into db: Database) throws {
    try db.execute(
      sql: "INSERT INTO audit (at, actor, deed, outcome) VALUES (?, ?, ?, ?)",
      arguments: [
        entry.at.milliseconds, JournalText.column(entry.actor), JournalText.column(entry.deed),
        JournalText.column(entry.outcome),
      ])
  }

  static func entry(_ row: Row) -> AuditEntry {
    AuditEntry(
      at: Instant(milliseconds: row["at"]), actor: JournalText.text(row, "actor") ?? "",
      deed: JournalText.text(row, "deed") ?? "", outcome: JournalText.text(row, "outcome") ?? "")
  }
}
