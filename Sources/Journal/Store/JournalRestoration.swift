import Autopilot
import FleetModel
import GRDB

/// Reads what an engine starts with. A row that is not understood is left where it is and told as an event; it never
/// costs the rest.
struct JournalRestoration {
  let now: Instant
  private var strangers: [FleetEvent] = []

  /// Recoveries and events kept in memory, at most (`FleetSnapshot`).
  private static let newest = 500

  init(now: Instant) { self.now = now }

  /// - Parameter includesOpen: whether remedies without an outcome are this engine's to settle.
  static func read(_ db: Database, now: Instant, includesOpen: Bool) throws -> RestoredState {
    var restoration = JournalRestoration(now: now)
    var state = RestoredState(
      machines: try restoration.memories(db), fleet: try restoration.fleet(db),
      recoveries: try restoration.recoveries(db, includesOpen: includesOpen), events: try events(db),
      hookRuns: try hookRuns(db), samples: try samples(db))
    state.events.append(contentsOf: restoration.strangers)
    return state
  }

  private mutating func memories(_ db: Database) throws -> [MachineMemory] {
    try Row.fetchAll(db, sql: "SELECT machine, memory, incident FROM machine_memory ORDER BY machine").compactMap {
      row in
      let machine = MachineID(JournalText.text(row, "machine") ?? "")
      guard var memory = JournalText.value(MachineMemory.self, JournalText.text(row, "memory")) else {
        tell(machine, "what azlin remembered of this machine was written by a newer azlin and is not understood")
        return nil
      }
      if let incident = JournalText.text(row, "incident") {
        memory.incident = JournalText.value(IncidentMemory.self, incident)
        if memory.incident == nil {
          tell(machine, "the open incident was written by a newer azlin and is not understood: it begins anew")
        }
      }
      return memory
    }
  }

  private mutating func fleet(_ db: Database) throws -> FleetMemory {
    guard let json = try String.fetchOne(db, sql: "SELECT memory FROM fleet_memory") else { return FleetMemory() }
    if let memory = JournalText.value(FleetMemory.self, json) { return memory }
    // The budgets already used are unknown: the safe reading is that they are used up.
    var memory = FleetMemory()
    memory.powerLatched = true
    tell(nil, "the fleet's budgets were written by a newer azlin: automatic power remedies wait for a person")
    return memory
  }

  private mutating func recoveries(_ db: Database, includesOpen: Bool) throws -> [RecoveryRecord] {
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT * FROM recoveries WHERE seq IN (
          SELECT seq FROM (SELECT seq FROM recoveries ORDER BY started_at DESC, seq DESC LIMIT ?)
          UNION SELECT seq FROM recoveries WHERE settled = 0)
        ORDER BY started_at, seq
        """, arguments: [Self.newest])
    return rows.compactMap { row in
      guard let record = RecoveryRow.record(row) else {
        if row["settled"] == false {
          let machine = MachineID(JournalText.text(row, "machine") ?? "")
          tell(
            machine,
            "a remedy this azlin does not know (\(row["remedy"] as String)) was left without an outcome: "
              + "look at the machine")
        }
        return nil
      }
      return includesOpen || record.outcome.isSettled ? record : nil
    }
  }

  private static func events(_ db: Database) throws -> [FleetEvent] {
    try Row.fetchAll(db, sql: "SELECT * FROM events ORDER BY seq DESC LIMIT ?", arguments: [newest])
      .reversed().map { EventRow.event($0) }
  }

  private static func hookRuns(_ db: Database) throws -> [HookRun] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT * FROM hook_runs WHERE seq IN (SELECT max(seq) FROM hook_runs GROUP BY machine, event, path)
        ORDER BY seq
        """
    ).compactMap { HookRunRow.run($0) }
  }

  private static func samples(_ db: Database) throws -> [MachineID: [MetricSample]] {
    // The instant of the oldest sample wanted of each machine is one step in the index, so the whole table is never
    // read.
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT m.id, m.machine, s.at, s.cpu, s.memory, s.disk, s.io_wait, s.latency
        FROM machines m JOIN samples s ON s.machine = m.id AND s.at >= coalesce(
          (SELECT at FROM samples WHERE machine = m.id ORDER BY at DESC LIMIT 1 OFFSET ?), -9223372036854775808)
        ORDER BY m.id, s.at
        """, arguments: [MetricHistory.capacity - 1])
    var samples: [MachineID: [MetricSample]] = [:]
    var number: Int64?
    var machine = MachineID("")
    var collected: [MetricSample] = []
    while let row = try rows.next() {
      let next: Int64 = row[0]
      if next != number {
        if number != nil { samples[machine] = collected }
        number = next
        machine = MachineID(JournalText.text(row.copy(), "machine") ?? "")
        collected = []
      }
      collected.append(SampleRow.sample(row, from: 2))
    }
    if number != nil { samples[machine] = collected }
    return samples
  }

  private mutating func tell(_ machine: MachineID?, _ text: String) {
    let name = machine?.rawValue.split(separator: "/").last.map { String($0) }
    strangers.append(
      FleetEvent(at: now, machine: machine, machineName: name ?? "", severity: .warning, text: text))
  }
}
