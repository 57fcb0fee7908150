/// The kinds of test azlin makes of a machine (semantics 2), in order of the path they need.
public enum CheckKind: String, Hashable, Sendable, Codable, CaseIterable, CodingKeyRepresentable {
  case power, connectivity, ssh, disk, memory, cpu, iowait, logs

  /// Whether the check is about reaching the machine; such checks are re-checked after 10 s (semantics 2.6).
  public var isAvailability: Bool { self == .power || self == .connectivity || self == .ssh }

  /// Whether a bad reading must last 5 minutes before it is hard (semantics 3.1).
  public var isSustained: Bool { self == .cpu || self == .memory || self == .iowait }

  /// The name an operator reads (`SSH Access`).
  public var title: String {
    switch self {
    case .power: "Power State"
    case .connectivity: "Connectivity"
    case .ssh: "SSH Access"
    case .disk: "Disk Usage"
    case .memory: "Memory Usage"
    case .cpu: "CPU Usage"
    case .iowait: "I/O Wait"
    case .logs: "System Log"
    }
  }

  /// The one word of a table (`ssh`).
  public var label: String { self == .iowait ? "i/o wait" : rawValue }
}

/// How bad one reading is.
public enum Severity: Int, Hashable, Comparable, Sendable, Codable {
  case healthy, warning, critical

  public static func < (a: Severity, b: Severity) -> Bool { a.rawValue < b.rawValue }

  public var word: String {
    switch self {
    case .healthy: "healthy"
    case .warning: "warning"
    case .critical: "critical"
    }
  }
}

/// What azlin says of a machine as a whole (semantics 3.2).
public enum Verdict: String, Hashable, Sendable, Codable, CaseIterable {
  case healthy, warning, critical, unknown, off
  case notWatched = "not watched"

  /// Worst first, for sorting: critical, warning, unknown, healthy, off, not watched.
  public var rank: Int {
    switch self {
    case .critical: 0
    case .warning: 1
    case .unknown: 2
    case .healthy: 3
    case .off: 4
    case .notWatched: 5
    }
  }
}

/// Where one check of one machine stands: its last result, the streak behind it, and the level in force.
public struct CheckStatus: Hashable, Sendable, Codable {
  public var kind: CheckKind
  /// The level in force: what a streak of results has confirmed.
  public var hard: Severity
  /// What the last result said; nil: unknown.
  public var last: Severity?
  /// How many bad results in a row stand behind a soft state, and how many make it hard ("2 of 3").
  public var streak: Int
  public var confirm: Int
  /// Reading and rule, for an operator: `disk / 96 % ≥ 95 %`.
  public var reason: String
  public var measuredAt: Instant?
  /// When the level in force began.
  public var since: Instant?
  public var isFlapping: Bool

  public init(
    kind: CheckKind, hard: Severity = .healthy, last: Severity? = nil, streak: Int = 0, confirm: Int = 3,
    reason: String = "", measuredAt: Instant? = nil, since: Instant? = nil, isFlapping: Bool = false
  ) {
    self.kind = kind
    self.hard = hard
    self.last = last
    self.streak = streak
    self.confirm = confirm
    self.reason = reason
    self.measuredAt = measuredAt
    self.since = since
    self.isFlapping = isFlapping
  }

  /// A bad result that is not confirmed yet.
  public var isSoft: Bool { streak > 0 && (last ?? .healthy) > hard }
}
