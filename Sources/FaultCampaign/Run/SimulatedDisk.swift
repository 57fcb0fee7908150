import Autopilot
import FleetModel

/// The journal of one engine on a simulated disk: what a next engine would find, and when it was written.
package struct SimulatedDisk: Sendable {
  private var memories: [MachineID: MachineMemory] = [:]
  private var fleet = FleetMemory()
  private var recoveries: [IntentID: RecoveryRecord] = [:]
  private var order: [IntentID] = []
  /// Everything that was written about remedies, in order.
  package private(set) var writes: [Write] = []
  package private(set) var alerts: [FleetEvent] = []
  /// Every line of the event log.
  package private(set) var story: [FleetEvent] = []
  package private(set) var tally = DiskTally()
  var isFull = false

  package struct Write: Sendable {
    package var at: Instant
    package var record: RecoveryRecord
    /// Written alone and durably, before the effect.
    package var isIntent: Bool
  }

  mutating func write(intent record: RecoveryRecord, at now: Instant) {
    keep(record)
    writes.append(Write(at: now, record: record, isIntent: true))
  }

  mutating func append(_ entries: [JournalEntry], at now: Instant, names: (MachineID) -> Int?) {
    for entry in entries {
      switch entry {
      case .recovery(let record):
        keep(record)
        writes.append(Write(at: now, record: record, isIntent: false))
      case .memory(let memory):
        if let incident = memory.incident { tally.note(incident, of: memory.machine, at: now) }
        memories[memory.machine] = memory
      case .fleet(let fleet): self.fleet = fleet
      case .forget(let machine): memories[machine] = nil
      case .event(let event):
        tally.note(event)
        story.append(event)
        if event.severity == .critical { alerts.append(event) }
      case .hookRun, .sample, .status: break
      }
    }
  }

  private mutating func keep(_ record: RecoveryRecord) {
    if recoveries.updateValue(record, forKey: record.id) == nil { order.append(record.id) }
  }

  /// Everything an engine reads when it starts.
  package func restore() -> RestoredState {
    var state = RestoredState()
    state.machines = memories.values.sorted { $0.machine < $1.machine }
    state.fleet = fleet
    let open = order.filter { recoveries[$0].map { !$0.outcome.isSettled } ?? false }
    let newest = Set(order.suffix(500)).union(open)
    state.recoveries = order.filter { newest.contains($0) }.compactMap { recoveries[$0] }
    return state
  }

  /// The open incident of a machine, as the next engine would find it.
  func openIncident(of machine: MachineID) -> IncidentMemory? { memories[machine]?.incident }

  /// How each remedy stands.
  package var records: [RecoveryRecord] { order.compactMap { recoveries[$0] } }
}

/// How often guards held and diagnoses were made, counted from what was written down.
package struct DiskTally: Sendable {
  package private(set) var guards: [Guard: Int] = [:]
  /// Each diagnosis with the instant it was first written for its incident.
  package private(set) var diagnoses: [Finding] = []
  private var last: [String: Diagnosis] = [:]
  /// Incident ids seen, and how often a person was called for each machine.
  package private(set) var incidents: Set<String> = []
  package private(set) var humanCalls: [String: Int] = [:]
  /// The most attempts that an incident was ever written down with.
  package private(set) var mostAttempts: [String: Int] = [:]
  private var incidentOf: [String: String] = [:]

  package struct Finding: Sendable {
    package var at: Instant
    package var machine: MachineID
    package var diagnosis: Diagnosis
  }

  mutating func note(_ incident: IncidentMemory, of machine: MachineID, at now: Instant) {
    incidents.insert(incident.id)
    incidentOf[machine.rawValue] = incident.id
    if incident.attempts > mostAttempts[incident.id, default: 0] { mostAttempts[incident.id] = incident.attempts }
    guard last[incident.id] != incident.diagnosis else { return }
    last[incident.id] = incident.diagnosis
    diagnoses.append(Finding(at: now, machine: machine, diagnosis: incident.diagnosis))
  }

  mutating func note(_ event: FleetEvent) {
    let text = event.text
    if text.hasPrefix("needs a human: "), let machine = event.machine, let incident = incidentOf[machine.rawValue],
      !text.hasPrefix("needs a human: held for")
    {
      humanCalls[incident, default: 0] += 1
    }
    guard text.hasPrefix("held: ") || text.hasPrefix("needs a human: ") || text.hasPrefix("still needs a human: ")
    else {
      if text.hasPrefix("would have: ") { guards[.observeMode, default: 0] += 1 }
      if text.contains(" vetoed by ") { guards[.veto, default: 0] += 1 }
      if text == "incident closed: off on purpose", let machine = event.machine {
        diagnoses.append(Finding(at: event.at, machine: machine, diagnosis: .offOnPurpose))
      }
      if text.hasSuffix(": left alone") { guards[.offOnPurpose, default: 0] += 1 }
      if text.contains("journal not writable") { guards[.journal, default: 0] += 1 }
      return
    }
    let words = text.drop { $0 != ":" }.dropFirst(2)
    for rule in Guard.allCases where words.hasPrefix(rule.rawValue) { guards[rule, default: 0] += 1 }
  }
}
