/// Everything one probe of one machine found, as evidence: no judgement is in it.
public struct ProbeReport: Hashable, Sendable, Codable {
  public var startedAt: Instant
  public var finishedAt: Instant
  public var power: Reading<PowerState>
  /// ICMP echo from this monitor.
  public var echo: Reading<Witness>
  /// TCP handshake to the SSH port.
  public var tcp: Reading<Witness>
  /// The SSH rungs; not measured where the port is not open or the check is off.
  public var ssh: Reading<SSHRungs>
  /// What the probe script told; measured only over a live shell.
  public var guest: Reading<GuestReport>
  /// The address that was dialled, as text.
  public var path: String
  /// What the platform says of a machine that has no direct path; nil: it was not asked, outside witnesses do.
  public var platform: PlatformReport?

  public init(
    startedAt: Instant, finishedAt: Instant, power: Reading<PowerState> = .notMeasured(.notYet),
    echo: Reading<Witness> = .notMeasured(.notYet), tcp: Reading<Witness> = .notMeasured(.notYet),
    ssh: Reading<SSHRungs> = .notMeasured(.notYet), guest: Reading<GuestReport> = .notMeasured(.notYet),
    path: String = ""
  ) {
    self.startedAt = startedAt
    self.finishedAt = finishedAt
    self.power = power
    self.echo = echo
    self.tcp = tcp
    self.ssh = ssh
    self.guest = guest
    self.path = path
  }
}

/// What a network witness said.
public enum Witness: Hashable, Sendable, Codable {
  /// An echo reply or SYN-ACK: the host is up.
  case answered(latency: Duration)
  /// RST: the host is up, the port is closed.
  case refused(latency: Duration)
  /// Nothing within the time-out.
  case silent
  /// A router or the peer's network said it cannot be reached.
  case unreachable(String)

  /// SYN-ACK, RST or an echo reply prove that the host is up (semantics 2.2).
  public var provesHostUp: Bool {
    switch self {
    case .answered, .refused: true
    case .silent, .unreachable: false
    }
  }

  public var latency: Duration? {
    switch self {
    case .answered(let latency), .refused(let latency): latency
    case .silent, .unreachable: nil
    }
  }
}

/// The four rungs of an SSH check (semantics 2.3); the failing rung is the finding.
public enum SSHRung: Int, Hashable, Comparable, Sendable, Codable, CaseIterable {
  case port, banner, authentication, shell
  public static func < (a: SSHRung, b: SSHRung) -> Bool { a.rawValue < b.rawValue }
  public var word: String {
    switch self {
    case .port: "port"
    case .banner: "banner"
    case .authentication: "authentication"
    case .shell: "shell"
    }
  }
}

/// How far an SSH check came.
public struct SSHRungs: Hashable, Sendable, Codable {
  /// The highest rung that held; nil: not even the port.
  public var reached: SSHRung?
  /// Why the next rung failed; nil: none failed (a re-check may stop at the banner on purpose).
  public var failure: SSHFailure?
  /// The server's identification line, where it was seen.
  public var banner: String?
  /// From connect to the last rung reached.
  public var elapsed: Duration

  public init(reached: SSHRung?, failure: SSHFailure? = nil, banner: String? = nil, elapsed: Duration = .zero) {
    self.reached = reached
    self.failure = failure
    self.banner = banner
    self.elapsed = elapsed
  }
}

/// Why an SSH rung failed.
public enum SSHFailure: Hashable, Sendable, Codable {
  case portRefused
  case portSilent
  /// The port accepted, but no `SSH-2.0-` line came in time.
  case noBanner
  /// The offered key differs from the one in known_hosts; fingerprints as `SHA256:…`.
  case hostKeyChanged(known: String, offered: String)
  /// The key is unknown and the operator's `StrictHostKeyChecking` does not accept new ones.
  case hostKeyUnknown(offered: String)
  /// Authentication was refused; the methods the server offers.
  case authenticationRefused(methods: String)
  /// Logged in, but no command could be run, or it did not end in time.
  case shellFailed(String)
  /// The connection ended or stalled on the way to this rung.
  case interrupted(SSHRung, String)

  /// A sentence for an operator.
  public var explanation: String {
    switch self {
    case .portRefused: "connection refused"
    case .portSilent: "no answer from the SSH port"
    case .noBanner: "port open, but no SSH banner"
    case .hostKeyChanged(let known, let offered): "host key changed: known \(known), offered \(offered)"
    case .hostKeyUnknown(let offered): "host key unknown: \(offered)"
    case .authenticationRefused(let methods):
      methods.isEmpty ? "authentication refused" : "authentication refused (server offers \(methods))"
    case .shellFailed(let why): "no shell: \(why)"
    case .interrupted(let rung, let why): "failed at \(rung.word): \(why)"
    }
  }
}
