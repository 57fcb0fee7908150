import Autopilot
import FleetModel

extension SimulatedFleet {
  /// What the platform says when it is asked directly: Resource Health is a few minutes behind, the metrics one.
  package func inspect(_ machine: VirtualMachine, _ order: InspectionOrder, at now: Instant) -> PlatformReport {
    let arrival = now + .milliseconds(order.isThorough ? 700 : 250)
    guard let view = platformView(of: machine.id, at: now) else {
      let gone = Unmeasured.notReported("the simulated fleet has no \(machine.name)")
      return PlatformReport(askedAt: now, finishedAt: arrival, power: .notMeasured(gone))
    }
    var report = PlatformReport(askedAt: now, finishedAt: arrival, power: .value(view.power))
    report.agent = .value(view.agentWord(at: now))
    report.provisioning = .value(ProvisioningWord(state: "succeeded", at: nil))
    report.incarnation = machine.incarnation
    guard order.isThorough else { return report }
    report.host = .value(view.hostWord(at: now))
    let minute = Instant(milliseconds: now.milliseconds / 60_000 * 60_000) - .minutes(2)
    let busy = averages(of: .percentageCPU, on: machine.id, from: minute, count: 1, at: now).first ?? nil
    report.cpu = busy.map { .value($0) } ?? .notMeasured(.notReported("no value of that minute"))
    if order.wantsSerialLog {
      report.serialLog = serialLog(of: machine.id, at: now, behind: .minutes(1)).map { String($0.suffix(4096)) }
    }
    return report
  }
}

extension PlatformView {
  /// How far Resource Health is behind the truth.
  static let healthLag = Duration.minutes(4)

  /// A silent agent's last word stands: it still says ready.
  func agentWord(at now: Instant) -> AgentWord {
    switch agent {
    case .ready: AgentWord(isReady: true, at: now - .seconds(20))
    case .starting: AgentWord(isReady: false, at: nil)
    case .silent(let since): AgentWord(isReady: now - since < .minutes(5), at: since)
    }
  }

  func hostWord(at now: Instant) -> HostWord {
    if let since = unavailableSince, now - since >= Self.healthLag {
      return .platformFault("the host is in trouble; Azure is moving its VMs")
    }
    if power.isOff, isOffOnPurpose { return .userInitiated("stopped by a person") }
    return .available
  }
}
