/// Names one remedy about to run, for ever: the journal's key for it.
public struct IntentID: Hashable, Sendable, Codable {
  /// Unique within a journal; made from the instant, the machine and a counter.
  public let rawValue: String
  public init(_ rawValue: String) { self.rawValue = rawValue }
  public init(from decoder: any Decoder) throws {
    rawValue = try decoder.singleValueContainer().decode(String.self)
  }
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(rawValue)
  }
}

/// Who asked for a remedy.
public enum Initiator: String, Hashable, Sendable, Codable { case autopilot, `operator` }

/// How a remedy stands or ended.
public enum RecoveryOutcome: Hashable, Sendable, Codable {
  /// The intent is on disk; the effect may have happened.
  case running
  /// The effect was accepted; outside probes have not confirmed yet.
  case verifying
  /// A fresh outside probe confirmed, this long after the effect began; still within the 15 minutes it must hold.
  case verified(after: Duration)
  /// Confirmed, and held 15 minutes.
  case held(after: Duration)
  /// Confirmed, but bad again within 15 minutes.
  case relapsed
  case failed(String)
  /// Past its deadline, or azlin died: nobody knows whether it took effect.
  case unknown(String)
  /// The machine was well again before the effect.
  case recoveredByItself
  /// Nothing reached the machine: refused, throttled, or the journal could not be written.
  case notBegun(String)
  /// Not done: a pre-hook said no.
  case vetoed(String)
  /// Observe mode or dry run.
  case wouldHave
  /// The machine no longer exists.
  case gone

  /// Whether the remedy is over as far as its effect goes.
  public var isSettled: Bool {
    switch self {
    case .running, .verifying: false
    default: true
    }
  }

  /// true: verified success; false: known failure; nil: neither (semantics 5.10: such remedies do not count).
  public var success: Bool? {
    switch self {
    case .verified, .held: true
    case .failed, .relapsed: false
    default: nil
    }
  }
}

/// One remedy of one incident, as the recovery log shows it.
public struct RecoveryRecord: Hashable, Sendable, Codable, Identifiable {
  public let id: IntentID
  public var machine: MachineID
  public var machineName: String
  public var incarnation: String
  /// One incident's climb of the ladder shares it.
  public var incident: String
  public var diagnosis: Diagnosis
  public var remedy: Remedy
  public var initiator: Initiator
  /// What was found (`SSH connection refused (port 22)`).
  public var issue: String
  /// What was done, exactly (`systemctl restart ssh`); filled in when known.
  public var action: String
  /// What came of it in the remedy's own words (`disk usage reduced to 72 %, 1.2 GiB freed`).
  public var detail: String
  public var startedAt: Instant
  public var endedAt: Instant?
  public var outcome: RecoveryOutcome
  /// 1 for the first rung of an incident.
  public var attempt: Int
  /// What was captured before a power action: the end of the serial log, safe to show.
  public var evidence: String?

  public init(
    id: IntentID, machine: MachineID, machineName: String, incarnation: String, incident: String,
    diagnosis: Diagnosis, remedy: Remedy, initiator: Initiator, issue: String, action: String = "",
    detail: String = "", startedAt: Instant, endedAt: Instant? = nil, outcome: RecoveryOutcome = .running,
    attempt: Int
  ) {
    self.id = id
    self.machine = machine
    self.machineName = machineName
    self.incarnation = incarnation
    self.incident = incident
    self.diagnosis = diagnosis
    self.remedy = remedy
    self.initiator = initiator
    self.issue = issue
    self.action = action
    self.detail = detail
    self.startedAt = startedAt
    self.endedAt = endedAt
    self.outcome = outcome
    self.attempt = attempt
  }
}

/// A rule that may hold a remedy back (semantics 6), by name.
public enum Guard: String, Hashable, Sendable, Codable, CaseIterable {
  case notWatched = "not watched"
  case observing = "engine observes only"
  case healingDisabled = "self-healing disabled"
  case observeMode = "observe mode"
  case toggle = "switched off in policy"
  case notPossible = "not possible here"
  case paused
  case acknowledged
  case flapping
  case noBaseline = "no healthy baseline"
  case oneRemedyPerMachine = "one remedy per VM"
  case powerConcurrency = "power remedies at once"
  case powerBudget = "power budget"
  case storm
  case neighbours = "neighbours fail too"
  case noIndependentWitness = "no independent witness"
  case attempts = "attempts used up"
  case settling = "settling after a change"
  case journal = "journal not writable"
  case thisMachine = "the machine azlin runs on"
  case veto = "vetoed by a hook"
  case offOnPurpose = "off on purpose"
  case offReason = "who turned it off"
  case look = "the look does not show the fault"
  case recoveryDelay = "recovery delay"
  case blind = "monitor blind"
  case unconfirmed = "not confirmed by its control plane"
  case identity = "another machine of this name"
  case powerAfter = "not down for long enough"
  case failures = "failed on other machines"
  case window = "outside its window"
  case shielded = "never for this machine"

  /// Whether a hold without an end goes when its cause does, without a person.
  public var endsByItself: Bool {
    switch self {
    case .flapping, .noBaseline, .oneRemedyPerMachine, .powerConcurrency, .neighbours, .settling, .journal, .look,
      .recoveryDelay, .offReason, .storm, .noIndependentWitness, .blind, .unconfirmed, .identity, .powerAfter,
      .failures, .window:
      true
    default: false
    }
  }
}

/// One guard holding one remedy back: which, why, until when.
public struct Hold: Hashable, Sendable, Codable {
  public var by: Guard
  public var why: String
  /// nil: until a person acts.
  public var until: Instant?

  public init(by: Guard, why: String, until: Instant? = nil) {
    self.by = by
    self.why = why
    self.until = until
  }
}

/// The ladder for one machine as it stands now, with what each guard says: what the recover dialog shows.
public struct RecoveryPlan: Hashable, Sendable, Codable {
  /// One remedy of the plan.
  public struct Rung: Hashable, Sendable, Codable {
    public var remedy: Remedy
    /// On the automatic ladder of the diagnosis in force.
    public var isAutomatic: Bool
    /// Exactly what would happen (`runs on the guest through its run command: systemctl restart ssh`).
    public var effect: String
    /// Guards that hold it back now; an operator may override those in `overridable`.
    public var holds: [Hold]
    /// Guards an operator's own command never passes (semantics 6.11).
    public var blocked: [Hold]

    public init(remedy: Remedy, isAutomatic: Bool, effect: String, holds: [Hold], blocked: [Hold]) {
      self.remedy = remedy
      self.isAutomatic = isAutomatic
      self.effect = effect
      self.holds = holds
      self.blocked = blocked
    }
  }

  public var machine: MachineID
  public var diagnosis: Diagnosis
  public var reason: String
  public var rungs: [Rung]

  public init(machine: MachineID, diagnosis: Diagnosis, reason: String, rungs: [Rung]) {
    self.machine = machine
    self.diagnosis = diagnosis
    self.reason = reason
    self.rungs = rungs
  }
}
