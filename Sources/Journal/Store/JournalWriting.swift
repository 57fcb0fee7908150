import Autopilot
import FleetModel
import GRDB

/// Writes a batch of entries, in order, inside a transaction of the caller's.
struct JournalWriting {
  private let db: Database
  /// Looked up once a batch: a rolled back number must not outlive its transaction.
  private var numbers: [MachineID: Int64] = [:]

  init(_ db: Database) { self.db = db }

  mutating func write(_ entries: [JournalEntry]) throws {
    for entry in entries {
      switch entry {
      case .recovery(let record): try RecoveryRow.upsert(record, into: db)
      case .memory(let memory): try write(memory)
      case .fleet(let memory): try write(memory)
      case .event(let event): try EventRow.insert(event, into: db)
      case .sample(let machine, let sample): try write(sample, of: machine)
      case .status(let status, let at): try write(status, at: at)
      case .hookRun(let run): try HookRunRow.insert(run, into: db)
      case .forget(let machine): try forget(machine)
      }
    }
  }

  /// The incident has a column of its own, so that one of a newer azlin does not take the rest with it.
  private func write(_ memory: MachineMemory) throws {
    var rest = memory
    rest.incident = nil
    try db.cachedStatement(
      sql: "INSERT OR REPLACE INTO machine_memory (machine, memory, incident) VALUES (?, ?, ?)"
    ).execute(arguments: [
      JournalText.column(memory.machine.rawValue), try JournalText.json(rest),
      try memory.incident.map { try JournalText.json($0) },
    ])
  }

  private func write(_ memory: FleetMemory) throws {
    try db.cachedStatement(sql: "INSERT OR REPLACE INTO fleet_memory (id, memory) VALUES (1, ?)")
      .execute(arguments: [try JournalText.json(memory)])
  }

  private mutating func write(_ sample: MetricSample, of machine: MachineID) throws {
    let number = try numbers[machine] ?? SampleRow.number(of: machine, in: db)
    numbers[machine] = number
    try SampleRow.insert(sample, of: number, into: db)
  }

  private func write(_ status: MachineStatus, at: Instant) throws {
    try db.cachedStatement(
      sql: "INSERT OR REPLACE INTO statuses (machine, machine_name, verdict, at, status) VALUES (?, ?, ?, ?, ?)"
    ).execute(arguments: [
      JournalText.column(status.machine.id.rawValue), JournalText.column(status.machine.name),
      status.verdict.rawValue, at.milliseconds, try JournalText.json(status),
    ])
  }

  private func forget(_ machine: MachineID) throws {
    let text = JournalText.column(machine.rawValue)
    try db.cachedStatement(sql: "DELETE FROM machine_memory WHERE machine = ?").execute(arguments: [text])
    try db.cachedStatement(sql: "DELETE FROM statuses WHERE machine = ?").execute(arguments: [text])
  }
}
