/// One VM at one instant. Immutable and shared: a snapshot of the fleet holds the same object as the one before it
/// for every row that did not change.
public final class MachineSnapshot: Sendable, Identifiable {
  public let status: MachineStatus
  public let history: MetricHistory
  public let policy: EffectivePolicy
  public let hooks: [HookStatus]
  public let isProbing: Bool

  public init(
    status: MachineStatus, history: MetricHistory, policy: EffectivePolicy, hooks: [HookStatus], isProbing: Bool
  ) {
    self.status = status
    self.history = history
    self.policy = policy
    self.hooks = hooks
    self.isProbing = isProbing
  }

  public var id: MachineID { status.machine.id }
  public var machine: VirtualMachine { status.machine }
  public var verdict: Verdict { status.verdict }
}

/// What azlin says of one VM: the part of a snapshot that is also kept in the journal, so that a command in another
/// process can show it with its age.
public struct MachineStatus: Hashable, Sendable, Codable {
  public var machine: VirtualMachine
  public var watch: WatchState
  public var verdict: Verdict
  /// Why the verdict is what it is, for the table's last column and the pane (`disk / 96 % ≥ 95 %, 2 of 3`).
  public var reason: String
  public var readings: MachineReadings
  /// One per check in force, in the order of `CheckKind.allCases`.
  public var checks: [CheckStatus]
  public var diagnosis: Diagnosis
  /// The open incident's climb; nil: none open.
  public var incident: IncidentSnapshot?
  /// Pauses, acknowledgements and other holds on this machine as a whole.
  public var holds: [Hold]
  public var lastProbe: Instant?
  public var nextProbe: Instant?

  public init(
    machine: VirtualMachine, watch: WatchState = .notWatched, verdict: Verdict = .notWatched, reason: String = "",
    readings: MachineReadings = MachineReadings(), checks: [CheckStatus] = [], diagnosis: Diagnosis = .none,
    incident: IncidentSnapshot? = nil, holds: [Hold] = [], lastProbe: Instant? = nil, nextProbe: Instant? = nil
  ) {
    self.machine = machine
    self.watch = watch
    self.verdict = verdict
    self.reason = reason
    self.readings = readings
    self.checks = checks
    self.diagnosis = diagnosis
    self.incident = incident
    self.holds = holds
    self.lastProbe = lastProbe
    self.nextProbe = nextProbe
  }
}

/// Whether and how a machine is watched (semantics 1.3–1.5).
public enum WatchState: Hashable, Sendable, Codable {
  /// Listed with its power state; never probed in the guest, never healed.
  case notWatched
  /// Probed; remedies are only written down as "would have", or done by the operator's hand.
  case observing
  case healing
}

/// The latest readings of one machine.
public struct MachineReadings: Hashable, Sendable, Codable {
  public var power: Reading<PowerState> = .notMeasured(.notYet)
  /// Best latency of the witnesses that answered.
  public var latency: Reading<Duration> = .notMeasured(.notYet)
  public var echo: Reading<Witness> = .notMeasured(.notYet)
  public var tcp: Reading<Witness> = .notMeasured(.notYet)
  public var ssh: Reading<SSHRungs> = .notMeasured(.notYet)
  /// The fullest mount.
  public var disk: Reading<MountUsage> = .notMeasured(.notYet)
  public var mounts: [MountUsage] = []
  /// 0–100.
  public var memory: Reading<Double> = .notMeasured(.notYet)
  public var memoryUsage: MemoryUsage?
  public var cpu: Reading<Double> = .notMeasured(.notYet)
  public var ioWait: Reading<Double> = .notMeasured(.notYet)
  public var pressure: Reading<Pressure> = .notMeasured(.notYet)
  public var logs: Reading<LogCounts> = .notMeasured(.notYet)
  public var uptime: Reading<Duration> = .notMeasured(.notYet)
  public var bootID: String?
  public var distribution: String?
  public var load: Double?
  public var processors: Int?
  /// The address that was dialled.
  public var path = ""
  public init() {}
}

/// The open incident of one machine.
public struct IncidentSnapshot: Hashable, Sendable, Codable {
  public var id: String
  public var openedAt: Instant
  public var diagnosis: Diagnosis
  public var phase: IncidentPhase
  public var attempts: Int
  public var maxAttempts: Int
  /// The rung that is under way or comes next.
  public var remedy: Remedy?

  public init(
    id: String, openedAt: Instant, diagnosis: Diagnosis, phase: IncidentPhase, attempts: Int,
    maxAttempts: Int, remedy: Remedy?
  ) {
    self.id = id
    self.openedAt = openedAt
    self.diagnosis = diagnosis
    self.phase = phase
    self.attempts = attempts
    self.maxAttempts = maxAttempts
    self.remedy = remedy
  }
}

/// Where an incident's climb stands.
public enum IncidentPhase: Hashable, Sendable, Codable {
  /// Nothing automatic applies: alert only.
  case watching
  /// The next rung starts at this instant.
  case waiting(until: Instant)
  /// Fresh probes, the look, hooks before a rung.
  case preparing(String)
  case acting(since: Instant)
  /// Waiting for an outside probe to confirm, until this instant.
  case verifying(until: Instant)
  /// Well again; closes at this instant if it stays so.
  case settling(until: Instant)
  case held(Hold)
  case needsHuman(String)
}

/// A registered hook and its last run.
public struct HookStatus: Hashable, Sendable, Codable {
  public var event: HookEvent
  public var registration: HookRegistration
  public var lastRun: HookRun?
  /// Why it would be refused (semantics 8.3); nil: it can run.
  public var problem: String?

  public init(event: HookEvent, registration: HookRegistration, lastRun: HookRun? = nil, problem: String? = nil) {
    self.event = event
    self.registration = registration
    self.lastRun = lastRun
    self.problem = problem
  }
}
