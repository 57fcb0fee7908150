import FleetModel

/// What the platform's words say of a machine that no witness from outside can reach (semantics 2.2): silence of its
/// agent alone proves nothing, two independent sources do.
enum PlatformRules {
  /// An agent that has not spoken for so long is silent: it reports several times a minute, and the lists that tell of
  /// it are up to two minutes old.
  static let agentPatience = Duration.minutes(5)
  /// Percent: processors that do less do nothing at all; an idle Linux with a living agent uses more.
  static let flatCPU = 0.1

  static func connectivity(_ platform: PlatformReport, at now: Instant) -> CheckResult {
    switch platform.host.value {
    case .platformFault(let why): return .bad(.critical, "platform / host unavailable: \(why)")
    case .evicted: return .bad(.critical, "platform / the Spot machine was evicted")
    case .userInitiated, .available, .unknown, nil: break
    }
    guard case .value(let agent) = platform.agent else { return .unknown("platform / \(absence(platform))") }
    guard agent.isReady || agent.at != nil else {
      return .unknown("platform / its agent has not spoken yet\(host(platform))")
    }
    if agent.isReady, agent.at == nil { return .unknown("platform / its agent does not tell when it spoke last") }
    let age = agent.at.map { now - $0 } ?? .zero
    if agent.isReady, age <= agentPatience {
      return .healthy("platform / agent ready \(ageText(age)) ago\(host(platform))")
    }
    // A machine that has just been started, or changed, has an agent that has just begun.
    if let changed = platform.provisioning.value?.at, now - changed < agentPatience {
      return .unknown("platform / agent not ready, the machine was changed \(ageText(now - changed)) ago")
    }
    let silence = agent.isReady ? "agent silent for \(ageText(age))" : "agent not ready"
    guard let cpu = platform.cpu.value else { return .bad(.warning, "platform / \(silence)\(host(platform))") }
    if cpu <= flatCPU { return .bad(.critical, "platform / \(silence), and its processors do nothing") }
    return .bad(.warning, "platform / \(silence), processors at \(Int(cpu.rounded())) %\(host(platform))")
  }

  /// The figures of the last script stand with their age, and are no new result.
  static func standing(
    _ kind: CheckKind, _ readings: MachineReadings, measuredAt: Instant?, at now: Instant
  ) -> CheckResult {
    guard let measuredAt, let figure = figure(kind, readings) else {
      return .unknown("\(kind.label) / not measured yet: its script is under way, or due")
    }
    return .unknown("\(figure), by Run Command \(ageText(now - measuredAt)) ago")
  }

  private static func figure(_ kind: CheckKind, _ readings: MachineReadings) -> String? {
    switch kind {
    case .disk: readings.disk.value.map { "disk \($0.path) / \(Int($0.worstPercent.rounded(.down))) %" }
    case .iowait: readings.ioWait.value.map { "i/o wait / \(Int($0.rounded(.down))) %" }
    case .logs: readings.logs.value.map { "logs / \($0.errors) new error line(s)" }
    case .power, .connectivity, .ssh, .memory, .cpu: nil
    }
  }

  private static func absence(_ platform: PlatformReport) -> String {
    switch platform.agent {
    case .notMeasured(let why): why.explanation
    case .notApplicable(let why): why
    case .value: ""
    }
  }

  private static func host(_ platform: PlatformReport) -> String {
    platform.host.value == .available ? ", host available" : ""
  }

  /// One unit: `40 s`, `12 min`, `3 h`.
  private static func ageText(_ age: Duration) -> String {
    let seconds = max(age.components.seconds, 0)
    if seconds < 120 { return "\(seconds) s" }
    return seconds < 7200 ? "\(seconds / 60) min" : "\(seconds / 3600) h"
  }
}

extension ProbeReport {
  /// Its guest is measured by scripts of the control plane, half an hour apart, and none has ended since the last probe.
  var isBetweenScripts: Bool {
    guard platform != nil, case .notMeasured(.notYet) = guest else { return false }
    return true
  }
}
