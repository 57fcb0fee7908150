import FleetModel
import GRDB

/// An operation of a control plane that goes on whether azlin lives or not, as the journal keeps it.
package struct KeptOperation: Hashable, Sendable {
  package var intent: IntentID
  package var machine: MachineID
  /// In the control plane's own words; it holds a signed URL, so it is as secret as the journal itself (0600).
  package var operation: String

  package init(intent: IntentID, machine: MachineID, operation: String) {
    self.intent = intent
    self.machine = machine
    self.operation = operation
  }
}

extension JournalStore {
  /// Keeps an operation under way; one of the same intent is replaced. When this returns it survives a crash of azlin.
  package func keep(_ kept: KeptOperation) async throws {
    let now = now()
    try await operations { db in
      try db.execute(
        sql: "INSERT OR REPLACE INTO operations (intent, machine, process, saved_at, operation) VALUES (?, ?, ?, ?, ?)",
        arguments: [
          JournalText.column(kept.intent.rawValue), JournalText.column(kept.machine.rawValue), Heartbeat.ownProcess,
          now.milliseconds, JournalText.column(kept.operation),
        ])
    }
  }

  /// Operations that nobody else is waiting for: this process's own, and those whose process is gone; oldest first.
  package func operations() async throws -> [KeptOperation] {
    try await operations { db in
      try Row.fetchAll(db, sql: "SELECT * FROM operations ORDER BY saved_at, intent").compactMap { row in
        let process: Int32 = row["process"]
        guard process == Heartbeat.ownProcess || !ProcessTable.isOneOfUs(process) else { return nil }
        return KeptOperation(
          intent: IntentID(JournalText.text(row, "intent") ?? ""),
          machine: MachineID(JournalText.text(row, "machine") ?? ""),
          operation: JournalText.text(row, "operation") ?? "")
      }
    }
  }

  /// The operation has ended, or nobody will ask for it again.
  package func forgetOperation(of intent: IntentID) async throws {
    try await operations { db in
      try db.execute(
        sql: "DELETE FROM operations WHERE intent = ?", arguments: [JournalText.column(intent.rawValue)])
    }
  }

  private func operations<Value: Sendable>(
    _ work: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    do { return try await perform(work) } catch { throw translated(error) }
  }
}
