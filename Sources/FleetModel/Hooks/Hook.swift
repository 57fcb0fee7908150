/// The events of a VM's life that scripts can be hung on (semantics 8.1).
public enum HookEvent: String, Hashable, Sendable, Codable, CaseIterable, CodingKeyRepresentable {
  case preStart = "pre-start"
  case postStart = "post-start"
  case preStop = "pre-stop"
  case postStop = "post-stop"
  case onFailure = "on-failure"
  case onRecovery = "on-recovery"

  /// The key under `hooks:` in a policy file (`pre_start`).
  public var key: String { String(rawValue.map { $0 == "-" ? "_" : $0 }) }

  /// Whether a failing hook holds the action back (semantics 8.2).
  public var canVeto: Bool { self == .preStart || self == .preStop }
}

/// One script registered for one event.
public struct HookRegistration: Hashable, Sendable, Codable {
  /// As written in the file; `~` is expanded when it runs.
  public var path: String
  /// At most 30 s unless the operator says otherwise.
  public var timeout: Duration
  /// Whether failure of a pre-* hook holds the action back.
  public var veto: Bool
  /// Registered for all VMs, in defaults.yaml.
  public var isGlobal: Bool

  public init(path: String, timeout: Duration = .seconds(30), veto: Bool = true, isGlobal: Bool = false) {
    self.path = path
    self.timeout = timeout
    self.veto = veto
    self.isGlobal = isGlobal
  }
}

/// What a hook is told: argv is VM name, reason, RFC 3339 time; the rest goes into the environment.
public struct HookOccasion: Hashable, Sendable, Codable {
  public var event: HookEvent
  public var machine: VirtualMachine
  public var reason: String
  public var at: Instant
  public var verdict: Verdict
  /// 0 where no remedy has been tried.
  public var attempt: Int

  public init(
    event: HookEvent, machine: VirtualMachine, reason: String, at: Instant, verdict: Verdict, attempt: Int = 0
  ) {
    self.event = event
    self.machine = machine
    self.reason = reason
    self.at = at
    self.verdict = verdict
    self.attempt = attempt
  }
}

/// One run of one hook, ended.
public struct HookRun: Hashable, Sendable, Codable {
  public var machine: MachineID
  public var machineName: String
  public var event: HookEvent
  public var path: String
  public var startedAt: Instant
  public var elapsed: Duration
  public var result: HookResult
  /// At most 64 KiB a stream; longer output is cut and says so.
  public var output: String
  public var errorOutput: String

  public init(
    machine: MachineID, machineName: String, event: HookEvent, path: String, startedAt: Instant,
    elapsed: Duration, result: HookResult, output: String = "", errorOutput: String = ""
  ) {
    self.machine = machine
    self.machineName = machineName
    self.event = event
    self.path = path
    self.startedAt = startedAt
    self.elapsed = elapsed
    self.result = result
    self.output = output
    self.errorOutput = errorOutput
  }
}

/// How a hook ended.
public enum HookResult: Hashable, Sendable, Codable {
  /// 0: success.
  case exited(Int32)
  case killed(signal: Int32)
  case timedOut
  /// Not run at all: the refusal rules of semantics 8.3, or it could not be started.
  case refused(String)

  public var succeeded: Bool { self == .exited(0) }

  /// `exit 0`, `timed out`, …
  public var text: String {
    switch self {
    case .exited(let code): "exit \(code)"
    case .killed(let signal): "killed by signal \(signal)"
    case .timedOut: "timed out"
    case .refused(let why): "refused: \(why)"
    }
  }
}
