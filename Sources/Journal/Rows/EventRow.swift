import FleetModel
import GRDB

/// `FleetEvent` as a row of `events`.
enum EventRow {
  static func insert(_ event: FleetEvent, into db: Database) throws {
    try db.cachedStatement(
      sql: "INSERT INTO events (at, machine, machine_name, severity, text) VALUES (?, ?, ?, ?, ?)"
    ).execute(arguments: [
      event.at.milliseconds, event.machine.map { JournalText.column($0.rawValue) },
      JournalText.column(event.machineName), event.severity.rawValue, JournalText.column(event.text),
    ])
  }

  /// The event of a row; a severity of a newer azlin counts as critical, so that it is not overlooked.
  static func event(_ row: Row) -> FleetEvent {
    FleetEvent(
      at: Instant(milliseconds: row["at"]), machine: JournalText.text(row, "machine").map { MachineID($0) },
      machineName: JournalText.text(row, "machine_name") ?? "",
      severity: Severity(rawValue: row["severity"]) ?? .critical, text: JournalText.text(row, "text") ?? "")
  }
}
