/// What the platform below a machine says of it when it is asked directly, each word with its own age (semantics 4): in
/// Azure the instance view, Resource Health and the platform's metrics.
public struct PlatformReport: Hashable, Sendable, Codable {
  public var askedAt: Instant
  public var finishedAt: Instant
  public var presence = MachinePresence.notTold
  public var power: Reading<PowerState>
  public var agent: Reading<AgentWord>
  public var host: Reading<HostWord>
  /// Percent of its processors that it used lately, as the hypervisor counts it, 0–100.
  public var cpu: Reading<Double>
  /// Percent of its memory that is used, as the platform counts it, 0–100.
  public var memory: Reading<Double>
  public var provisioning: Reading<ProvisioningWord>
  /// Tells a machine re-created under the same name apart; nil: not told.
  public var incarnation: String?
  /// When it was made; nil: not told.
  public var createdAt: Instant?
  /// The end of its serial log, safe to show, at most 4 KiB; nil: not asked for, or there is none.
  public var serialLog: String?

  public init(
    askedAt: Instant, finishedAt: Instant, power: Reading<PowerState> = .notApplicable("nobody tells it"),
    agent: Reading<AgentWord> = .notApplicable("no guest agent"),
    host: Reading<HostWord> = .notApplicable("nobody tells it"), cpu: Reading<Double> = .notApplicable("no metrics"),
    memory: Reading<Double> = .notApplicable("no metrics"),
    provisioning: Reading<ProvisioningWord> = .notApplicable("nobody tells it"), incarnation: String? = nil,
    createdAt: Instant? = nil, serialLog: String? = nil
  ) {
    self.askedAt = askedAt
    self.finishedAt = finishedAt
    self.power = power
    self.agent = agent
    self.host = host
    self.cpu = cpu
    self.memory = memory
    self.provisioning = provisioning
    self.incarnation = incarnation
    self.createdAt = createdAt
    self.serialLog = serialLog
  }
}

/// Whether the platform still knows the machine.
public enum MachinePresence: Hashable, Sendable, Codable {
  case notTold, present
  /// It says outright that there is no such machine.
  case gone
  /// This identity may not see it: that says nothing of the machine.
  case notVisible
}

/// The guest agent's last word. A ready agent is judged by its time: it still says ready on a stopped VM.
public struct AgentWord: Hashable, Sendable, Codable {
  public var isReady: Bool
  /// When it last spoke; nil: never, or not told.
  public var at: Instant?
  public init(isReady: Bool, at: Instant?) {
    self.isReady = isReady
    self.at = at
  }
}

/// What the platform says of the host below a machine.
public enum HostWord: Hashable, Sendable, Codable {
  case available
  /// At fault, or under maintenance: it heals it already. A sentence, safe to show.
  case platformFault(String)
  /// A person, or a rule of theirs, made it unavailable. A sentence, safe to show.
  case userInitiated(String)
  /// A Spot machine lost its place.
  case evicted
  case unknown
}

/// What the control plane's last operation left.
public struct ProvisioningWord: Hashable, Sendable, Codable {
  /// Azure's word in lower case (`succeeded`, `updating`, `failed`…).
  public var state: String
  /// Since when; nil: not told.
  public var at: Instant?
  public init(state: String, at: Instant?) {
    self.state = state
    self.at = at
  }
}
