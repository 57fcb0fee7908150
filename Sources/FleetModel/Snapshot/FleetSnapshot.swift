/// The immutable state of the fleet at one instant: all that a front end ever sees.
public struct FleetSnapshot: Sendable {
  /// Grows by one with each snapshot of one engine.
  public var sequence: UInt64
  public var at: Instant
  /// In order of qualified name; rows that did not change are the same objects as in the snapshot before.
  public var machines: [MachineSnapshot]
  /// The latest remedies, oldest first (at most 500).
  public var recoveries: [RecoveryRecord]
  /// What happened, oldest first (at most 500).
  public var events: [FleetEvent]
  public var engine: EngineStatus

  public init(
    sequence: UInt64 = 0, at: Instant, machines: [MachineSnapshot] = [], recoveries: [RecoveryRecord] = [],
    events: [FleetEvent] = [], engine: EngineStatus
  ) {
    self.sequence = sequence
    self.at = at
    self.machines = machines
    self.recoveries = recoveries
    self.events = events
    self.engine = engine
  }

  /// The machine of this id.
  public func machine(_ id: MachineID) -> MachineSnapshot? { machines.first { $0.id == id } }
}

/// How the engine itself is doing.
public struct EngineStatus: Hashable, Sendable, Codable {
  public enum Mode: String, Hashable, Sendable, Codable {
    /// Watches; remedies only by the operator's hand (semantics 1.4).
    case observing
    case healing
    /// Everything runs, effects are only written down.
    case dryRun = "dry run"
  }
  public var mode: Mode
  /// What is watched, for the environment band (`demo`, `hosts`, a context's name).
  public var context: String
  /// Fleet-wide pause; `distantFuture`: until resumed.
  public var pausedUntil: Instant?
  /// Fleet-wide holds (storm, blind, budgets).
  public var holds: [Hold]
  /// What an operator should know about the monitor itself, and what to do (`ICMP is off: …`).
  public var notices: [String]
  /// Probes under way.
  public var probing: Int
  /// Probes that started later than planned since the start.
  public var lateProbes: Int
  public var probesDone: Int

  public init(
    mode: Mode, context: String, pausedUntil: Instant? = nil, holds: [Hold] = [], notices: [String] = [],
    probing: Int = 0, lateProbes: Int = 0, probesDone: Int = 0
  ) {
    self.mode = mode
    self.context = context
    self.pausedUntil = pausedUntil
    self.holds = holds
    self.notices = notices
    self.probing = probing
    self.lateProbes = lateProbes
    self.probesDone = probesDone
  }
}

/// One line of the event log.
public struct FleetEvent: Hashable, Sendable, Codable {
  public var at: Instant
  public var machine: MachineID?
  public var machineName: String
  public var severity: Severity
  public var text: String

  public init(at: Instant, machine: MachineID? = nil, machineName: String = "", severity: Severity, text: String) {
    self.at = at
    self.machine = machine
    self.machineName = machineName
    self.severity = severity
    self.text = text
  }
}
