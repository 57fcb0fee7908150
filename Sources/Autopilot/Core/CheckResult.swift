import FleetModel

/// What one probe says of one check.
struct CheckResult: Hashable, Sendable {
  /// nil: unknown, which neither counts nor resets.
  var severity: Severity?
  /// Reading and rule, for an operator.
  var reason: String
  /// false: not applicable, or not reached because a lower rung failed; takes no part in the verdict.
  var participates: Bool

  static func healthy(_ reason: String) -> CheckResult {
    CheckResult(severity: .healthy, reason: reason, participates: true)
  }
  static func bad(_ severity: Severity, _ reason: String) -> CheckResult {
    CheckResult(severity: severity, reason: reason, participates: true)
  }
  static func unknown(_ reason: String) -> CheckResult {
    CheckResult(severity: nil, reason: reason, participates: true)
  }
  static func aside(_ reason: String) -> CheckResult {
    CheckResult(severity: nil, reason: reason, participates: false)
  }
}

/// Which witnesses have answered this monitor on this path within the last 7 days, and so may count against a
/// machine (semantics 2.2).
struct Baseline: Hashable, Sendable {
  var echo: Bool
  var tcp: Bool
  var banner: Bool

  static let lifetime = Duration.days(7)

  init(_ memory: MachineMemory, path: String, now: Instant) {
    func holds(_ instant: Instant?) -> Bool {
      guard let instant, memory.path == path || path.isEmpty else { return false }
      return now - instant <= Self.lifetime
    }
    echo = holds(memory.echoAnsweredAt)
    tcp = holds(memory.tcpAnsweredAt)
    banner = holds(memory.bannerSeenAt)
  }

  var any: Bool { echo || tcp || banner }
}

/// Turns the evidence of one probe into results: pure, one function a check.
enum CheckRules {
  static func power(_ power: Reading<PowerState>) -> CheckResult {
    switch power {
    case .value(.running): .healthy("power / running")
    case .value(let state) where state.isOff: .bad(.critical, "power / \(state.rawValue)")
    case .value(let state): .unknown("power / \(state.rawValue)")
    case .notMeasured(let why): .unknown("power / \(why.explanation)")
    case .notApplicable(let why): .aside(why)
    }
  }

  static func connectivity(_ report: ProbeReport, baseline: Baseline) -> CheckResult {
    if let power = report.power.value, power.isOff { return .aside("not reached: power is \(power.rawValue)") }
    if let platform = report.platform, case .notApplicable = report.tcp {
      return PlatformRules.connectivity(platform, at: report.finishedAt)
    }
    let witnesses = [("ICMP", report.echo, baseline.echo), ("TCP", report.tcp, baseline.tcp)]
    for (name, reading, _) in witnesses {
      if let witness = reading.value, witness.provesHostUp {
        let latency = witness.latency.map { " in \(latencyText($0))" } ?? ""
        return .healthy("connectivity / \(name) answers\(latency)")
      }
    }
    let heard = witnesses.filter { $0.1.value != nil }
    if heard.isEmpty {
      for (_, reading, _) in witnesses {
        if case .notMeasured(let why) = reading { return .unknown("connectivity / \(why.explanation)") }
      }
      if case .notApplicable(let why) = report.tcp { return .aside(why) }
      return .unknown("connectivity / not measured")
    }
    let against = heard.filter(\.2)
    guard !against.isEmpty else {
      return .bad(.warning, "connectivity / not yet reachable: it has never answered this monitor")
    }
    return .bad(.critical, "connectivity / no answer to \(against.map(\.0).joined(separator: " and "))")
  }

  /// - Parameter cameFromBanner: a re-check, which stops at the banner on purpose and so cannot clear a finding of
  ///   a higher rung.
  static func ssh(
    _ report: ProbeReport, baseline: Baseline, stopsAtBanner: Bool, findingIsAboveBanner: Bool
  ) -> CheckResult {
    if let power = report.power.value, power.isOff { return .aside("not reached: power is \(power.rawValue)") }
    switch report.ssh {
    case .notApplicable(let why): return .aside(why)
    case .notMeasured(.lowerRungFailed(let why)): return .aside("not reached: \(why)")
    case .notMeasured(let why): return .unknown("ssh / \(why.explanation)")
    case .value(let rungs):
      guard let failure = rungs.failure else {
        if stopsAtBanner, findingIsAboveBanner { return .unknown("ssh / banner seen; login not tried in a re-check") }
        return .healthy("ssh / \(rungs.reached == .shell ? "shell works" : "banner seen")")
      }
      switch failure {
      case .authenticationRefused, .hostKeyUnknown:
        return .bad(.warning, "ssh / \(failure.explanation)")
      case .hostKeyChanged:
        return .bad(.critical, "ssh / \(failure.explanation)")
      case .portSilent where report.echo.value?.provesHostUp != true && report.tcp.value?.provesHostUp != true:
        return .aside("not reached: the host does not answer")
      case .portRefused, .portSilent, .noBanner, .shellFailed, .interrupted:
        return baseline.banner
          ? .bad(.critical, "ssh / \(failure.explanation)")
          : .bad(.warning, "ssh / \(failure.explanation); it has never served SSH to this monitor")
      }
    }
  }

  static func disk(_ guest: Reading<GuestReport>, limits: Policy.Limits, current: Severity) -> CheckResult {
    measured(guest, "disk", \.mounts) { mounts in
      guard let fullest = mounts.max(by: { $0.worstPercent < $1.worstPercent }) else {
        return .aside("no real file system")
      }
      let percent = fullest.worstPercent
      let kind = (fullest.inodePercent ?? 0) > fullest.percent ? " inodes" : ""
      return level(percent, limits, current, label: "disk \(fullest.path)\(kind)")
    }
  }

  /// - Parameter platform: what counts where the guest itself was not asked.
  static func memory(
    _ guest: Reading<GuestReport>, platform: Reading<Double>?, limits: Policy.Limits, current: Severity
  ) -> CheckResult {
    if let platform, guest.value == nil {
      return share(platform, label: "memory", limits: limits, current: current)
    }
    return measured(guest, "memory", \.memory) { level($0.percent, limits, current, label: "memory") }
  }

  static func share(
    _ reading: Reading<Double>, label: String, limits: Policy.Limits, current: Severity
  ) -> CheckResult {
    switch reading {
    case .value(let percent): level(percent, limits, current, label: label)
    case .notMeasured(.lowerRungFailed(let why)): .aside("not reached: \(why)")
    case .notMeasured(let why): .unknown("\(label) / \(why.explanation)")
    case .notApplicable(let why): .aside(why)
    }
  }

  /// A read-only remount is critical, an out-of-memory kill a warning; error lines alone are shown, not judged.
  static func logs(_ guest: Reading<GuestReport>) -> CheckResult {
    measured(guest, "logs", \.logs) { counts in
      if counts.readOnlyRemounts > 0 { return .bad(.critical, "logs / a file system was remounted read-only") }
      if counts.outOfMemoryKills > 0 {
        return .bad(.warning, "logs / \(counts.outOfMemoryKills) out-of-memory kill(s)")
      }
      return .healthy("logs / \(counts.errors) new error line(s)")
    }
  }

  private static func measured<Value>(
    _ guest: Reading<GuestReport>, _ label: String, _ part: KeyPath<GuestReport, Reading<Value>>,
    _ judge: (Value) -> CheckResult
  ) -> CheckResult {
    switch guest {
    case .notApplicable(let why): return .aside(why)
    case .notMeasured(.lowerRungFailed(let why)): return .aside("not reached: \(why)")
    case .notMeasured(let why): return .unknown("\(label) / \(why.explanation)")
    case .value(let report):
      switch report[keyPath: part] {
      case .value(let value): return judge(value)
      case .notMeasured(let why): return .unknown("\(label) / \(why.explanation)")
      case .notApplicable(let why): return .aside(why)
      }
    }
  }

  /// Enters at ≥, leaves 3 points below (semantics 3.1).
  private static func level(
    _ percent: Double, _ limits: Policy.Limits, _ current: Severity, label: String
  ) -> CheckResult {
    let shown = Int(percent.rounded(.down))
    let (warning, critical) = (Double(limits.warning), Double(limits.critical))
    if percent >= critical { return .bad(.critical, "\(label) / \(shown) % ≥ \(limits.critical) %") }
    if current == .critical, percent > critical - 3 {
      return .bad(.critical, "\(label) / \(shown) %, not yet \(limits.critical - 3) % or less")
    }
    if percent >= warning { return .bad(.warning, "\(label) / \(shown) % ≥ \(limits.warning) %") }
    if current >= .warning, percent > warning - 3 {
      return .bad(.warning, "\(label) / \(shown) %, not yet \(limits.warning - 3) % or less")
    }
    return .healthy("\(label) / \(shown) %")
  }

  static func latencyText(_ latency: Duration) -> String {
    let microseconds = latency.components.seconds * 1_000_000 + latency.components.attoseconds / 1_000_000_000_000
    return microseconds < 10_000
      ? "\(microseconds / 1000).\(microseconds % 1000 / 100) ms" : "\(microseconds / 1000) ms"
  }
}
