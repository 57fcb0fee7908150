/// What the probe script found inside a guest, in one round trip.
public struct GuestReport: Hashable, Sendable, Codable {
  /// `/proc/sys/kernel/random/boot_id`: a new one is a new boot.
  public var bootID: String
  /// Seconds since boot.
  public var uptime: Duration
  /// The guest's own clock when the script ran.
  public var clock: Instant?
  /// `PRETTY_NAME` of os-release.
  public var distribution: String?
  public var cpu: Reading<CPUCounters>
  /// A sample at least 1 s earlier, taken on a first probe only.
  public var earlierCPU: CPUCounters?
  public var memory: Reading<MemoryUsage>
  public var mounts: Reading<[MountUsage]>
  public var pressure: Reading<Pressure>
  public var logs: Reading<LogCounts>
  /// 1-minute load average; nil where not told.
  public var load: Double?
  /// Number of processors online; nil where not told.
  public var processors: Int?
  /// A package manager holds its lock in the guest (semantics 6.6).
  public var packageManagerRuns: Bool

  public init(
    bootID: String, uptime: Duration, clock: Instant? = nil, distribution: String? = nil,
    cpu: Reading<CPUCounters> = .notMeasured(.notYet), earlierCPU: CPUCounters? = nil,
    memory: Reading<MemoryUsage> = .notMeasured(.notYet), mounts: Reading<[MountUsage]> = .notMeasured(.notYet),
    pressure: Reading<Pressure> = .notMeasured(.notYet), logs: Reading<LogCounts> = .notMeasured(.notYet),
    load: Double? = nil, processors: Int? = nil, packageManagerRuns: Bool = false
  ) {
    self.bootID = bootID
    self.uptime = uptime
    self.clock = clock
    self.distribution = distribution
    self.cpu = cpu
    self.earlierCPU = earlierCPU
    self.memory = memory
    self.mounts = mounts
    self.pressure = pressure
    self.logs = logs
    self.load = load
    self.processors = processors
    self.packageManagerRuns = packageManagerRuns
  }
}

/// The `cpu` line of `/proc/stat`, in clock ticks since boot.
public struct CPUCounters: Hashable, Sendable, Codable {
  /// All ticks (guest time is already inside user time and is not added again).
  public var total: UInt64
  public var idle: UInt64
  public var ioWait: UInt64

  public init(total: UInt64, idle: UInt64, ioWait: UInt64) {
    self.total = total
    self.idle = idle
    self.ioWait = ioWait
  }

  /// Shares in percent (0–100) of the time since `earlier`; nil where no time passed or the counters ran backwards.
  public func shares(since earlier: CPUCounters) -> (busy: Double, ioWait: Double)? {
    guard total > earlier.total, idle >= earlier.idle, ioWait >= earlier.ioWait else { return nil }
    let span = Double(total - earlier.total)
    let waiting = Double(ioWait - earlier.ioWait) / span * 100
    let busy = 100 - Double(idle - earlier.idle) / span * 100 - waiting
    return (min(max(busy, 0), 100), min(max(waiting, 0), 100))
  }
}

/// Bytes of memory; usage is 1 − available/total (semantics 2.4).
public struct MemoryUsage: Hashable, Sendable, Codable {
  public var total: UInt64
  /// `MemAvailable`, or free + buffers + cached on kernels without it.
  public var available: UInt64

  public init(total: UInt64, available: UInt64) {
    self.total = total
    self.available = available
  }

  /// 0–100.
  public var percent: Double { total == 0 ? 0 : 100 * (1 - Double(min(available, total)) / Double(total)) }
}

/// One mounted file system.
public struct MountUsage: Hashable, Sendable, Codable {
  public var path: String
  public var type: String
  /// Bytes used, and bytes available to ordinary users.
  public var used: UInt64
  public var available: UInt64
  /// Inodes in use in percent; nil: the file system has none.
  public var inodePercent: Double?

  public init(path: String, type: String, used: UInt64, available: UInt64, inodePercent: Double? = nil) {
    self.path = path
    self.type = type
    self.used = used
    self.available = available
    self.inodePercent = inodePercent
  }

  /// used / (used + available), 0–100, as `df` prints it.
  public var percent: Double {
    used + available == 0 ? 0 : 100 * Double(used) / Double(used + available)
  }

  /// The worse of space and inodes, 0–100.
  public var worstPercent: Double { max(percent, inodePercent ?? 0) }
}

/// Pressure stall information: the `avg60` shares in percent.
public struct Pressure: Hashable, Sendable, Codable {
  public var cpu: Double
  public var memory: Double
  public var io: Double
  public init(cpu: Double, memory: Double, io: Double) {
    self.cpu = cpu
    self.memory = memory
    self.io = io
  }
}

/// What is new in the guest's journal since the last probe.
public struct LogCounts: Hashable, Sendable, Codable {
  /// Lines of priority error or worse.
  public var errors: Int
  public var outOfMemoryKills: Int
  public var readOnlyRemounts: Int
  /// Where the next probe goes on.
  public var cursor: String

  public init(errors: Int, outOfMemoryKills: Int, readOnlyRemounts: Int, cursor: String) {
    self.errors = errors
    self.outOfMemoryKills = outOfMemoryKills
    self.readOnlyRemounts = readOnlyRemounts
    self.cursor = cursor
  }
}

/// What the read-only look found inside a guest, out of band (semantics 5.3).
public struct LookReport: Hashable, Sendable, Codable {
  /// Whether the script could be run at all; a run that fails or times out is a silent agent.
  public enum Outcome: Hashable, Sendable, Codable {
    case done(LookFindings)
    /// The machine's provider has no out-of-band way in.
    case impossible(String)
    /// The way in exists, but did not answer.
    case silent(String)
  }
  public var finishedAt: Instant
  public var outcome: Outcome
  public init(finishedAt: Instant, outcome: Outcome) {
    self.finishedAt = finishedAt
    self.outcome = outcome
  }
}

/// The facts of a look; nil: the guest has no means to tell.
public struct LookFindings: Hashable, Sendable, Codable {
  public var bootID: String
  /// A link other than loopback is up.
  public var linkUp: Bool?
  /// Such a link has an address.
  public var hasAddress: Bool?
  public var hasDefaultRoute: Bool?
  public var gatewayAnswers: Bool?
  /// Something listens on the SSH port.
  public var sshListening: Bool?
  /// `SSH-2.0-` came from it over loopback.
  public var localBanner: Bool?
  /// `sshd -t` accepts the configuration; with its complaint where not.
  public var sshConfigurationValid: Bool?
  public var sshConfigurationError: String?

  public init(
    bootID: String, linkUp: Bool? = nil, hasAddress: Bool? = nil, hasDefaultRoute: Bool? = nil,
    gatewayAnswers: Bool? = nil, sshListening: Bool? = nil, localBanner: Bool? = nil,
    sshConfigurationValid: Bool? = nil, sshConfigurationError: String? = nil
  ) {
    self.bootID = bootID
    self.linkUp = linkUp
    self.hasAddress = hasAddress
    self.hasDefaultRoute = hasDefaultRoute
    self.gatewayAnswers = gatewayAnswers
    self.sshListening = sshListening
    self.localBanner = localBanner
    self.sshConfigurationValid = sshConfigurationValid
    self.sshConfigurationError = sshConfigurationError
  }
}
