/// The configuration in force for one VM: typed, complete, checked. `PolicyKey` is the table that names each field,
/// its flag, its range and its default.
public struct Policy: Hashable, Sendable {
  public var monitoring = Monitoring()
  public var thresholds = Thresholds()
  public var healing = Healing()
  public var notifications = Notifications()
  public var hooks: [HookEvent: [HookRegistration]] = [:]
  public var maintenance = Maintenance()
  public var access = Access()
  public var debugLogging = false
  /// The same for every machine.
  public var fleet = FleetSettings()

  public init() {}

  /// What is checked, and how often.
  public struct Monitoring: Hashable, Sendable {
    public var enabled = false
    public var level = MonitoringLevel.standard
    public var interval = MonitoringLevel.standard.interval
    public var checks = MonitoringLevel.standard.checks
    public var connectivityTimeout = Duration.seconds(5)
    public var sshTimeout = Duration.seconds(15)
    /// Bad results in a row that make a finding hard, 1–10.
    public var confirm = 3
    public var runCommandChecks = false
    public init() {}
  }

  /// Percentages, 1–100; a reading enters a level at ≥ and leaves it 3 points below (semantics 3.1).
  public struct Thresholds: Hashable, Sendable {
    public var disk = Limits(warning: 80, critical: 95)
    public var memory = Limits(warning: 85, critical: 95)
    public var cpu = Limits(warning: 90, critical: 98)
    public var ioWait = Limits(warning: 30, critical: 60)
    public var cleanup = 75
    public init() {}
  }

  /// A pair of thresholds; warning < critical.
  public struct Limits: Hashable, Sendable, Codable {
    public var warning: Int
    public var critical: Int
    public init(warning: Int, critical: Int) {
      self.warning = warning
      self.critical = critical
    }
  }

  /// What may be done about a finding.
  public struct Healing: Hashable, Sendable {
    public var enabled = true
    public var mode = HealingMode.heal
    /// Attempts an incident, 1–10.
    public var maxAttempts = 3
    public var recoveryDelay = Duration.seconds(30)
    public var restartDelay = Duration.minutes(2)
    public var powerAfter = Duration.minutes(5)
    public var bootTimeout = Duration.minutes(10)
    public var autoRestart = true
    public var autoCleanup = true
    public var networkReset = true
    public var startStopped = StartStopped.unexpected
    public var allowRedeploy = false
    public var allowRestartForSSH = false
    public var allowConfigReset = false
    public var startEvicted = false
    public var onlyInWindow = false
    public var temporaryFileAge = Duration.days(7)
    public init() {}
  }

  /// Who is told.
  public struct Notifications: Hashable, Sendable {
    public var email: [String] = []
    /// Secret references or literals (semantics 9.3): never printed.
    public var slack: String?
    public var webhook: String?
    public var alertmanager: String?
    public var level = NotificationLevel.warnings
    public init() {}
  }

  /// Scheduled and preventive work.
  public struct Maintenance: Hashable, Sendable {
    /// Five-field cron.
    public var schedule: String?
    /// Minutes after midnight UTC, 0–1439.
    public var windowStart: Int?
    public var windowEnd: Int?
    public var timeZone = "UTC"
    public var cleanup = false
    public var updates = false
    public var restart = false
    public var updateScope = UpdateScope.security
    public var logRotation = false
    public var packageCleanup = false
    public var temporaryCleanup = false
    public init() {}
  }

  /// How the guest is reached; nil: what the provider and `ssh -G` say.
  public struct Access: Hashable, Sendable {
    public var user: String?
    public var port: Int?
    public var identity: String?
    /// `public`, `private`, or a literal address.
    public var address: String?
    public var proxy: String?
    public init() {}
  }
}

/// A named set of checks and an interval (semantics 1.2).
public enum MonitoringLevel: String, Hashable, Sendable, Codable, CaseIterable {
  case basic, standard, advanced

  public var checks: Set<CheckKind> {
    switch self {
    case .basic: [.power, .connectivity]
    case .standard: [.power, .connectivity, .ssh, .disk]
    case .advanced: [.power, .connectivity, .ssh, .disk, .memory, .cpu, .iowait, .logs]
    }
  }

  public var interval: Duration {
    switch self {
    case .basic: .minutes(10)
    case .standard: .minutes(5)
    case .advanced: .minutes(2)
    }
  }
}

/// Whether findings are acted on, or only written down as "would have" (semantics 1.5).
public enum HealingMode: String, Hashable, Sendable, Codable, CaseIterable { case heal, observe }

/// Which stops azlin may undo (semantics 5.6).
public enum StartStopped: String, Hashable, Sendable, Codable, CaseIterable { case unexpected, always, never }

/// From what severity on a person is told (semantics 9.1).
public enum NotificationLevel: String, Hashable, Sendable, Codable, CaseIterable {
  case all, warnings, errors, critical
}

/// Which updates maintenance installs (semantics 7.3).
public enum UpdateScope: String, Hashable, Sendable, Codable, CaseIterable { case security, all }
