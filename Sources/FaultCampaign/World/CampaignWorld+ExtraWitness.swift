import Autopilot
import FleetModel

// What a witness that does not see the truth adds to the world's answers.
extension CampaignWorld {
  private func has(_ witness: ExtraWitness, at place: Int) -> Bool {
    plan.extraWitness.map { $0.kind == witness && $0.place == place } ?? false
  }

  func witnessed(_ report: ProbeReport, _ request: ProbeRequest, _ place: Int, _ truth: Truth, at now: Instant)
    -> ProbeReport
  {
    if has(.neighbourUnmeasured, at: place) {
      let why = Unmeasured.monitor("no route to host")
      return ProbeReport(
        startedAt: now, finishedAt: now + .milliseconds(20), power: report.power, echo: .notMeasured(why),
        tcp: .notMeasured(why), ssh: .notMeasured(why), guest: .notMeasured(why), path: report.path)
    }
    guard has(.echoAnswers, at: place), truth.power == .running, report.echo == .value(.silent) else { return report }
    var report = report
    report.echo = .value(.answered(latency: .milliseconds(6)))
    if request.depth != .witnesses, request.checks.contains(.ssh), report.ssh.value == nil {
      report.ssh = .value(SSHRungs(reached: nil, failure: .portSilent))
    }
    return report
  }

  func witnessed(_ report: PlatformReport, _ place: Int, at now: Instant) -> PlatformReport {
    guard let extra = plan.extraWitness, extra.place == place else { return report }
    var report = report
    switch extra.kind {
    case .agentSpeaks: report.agent = .value(AgentWord(isReady: true, at: now - .seconds(5)))
    case .agentUntold: report.agent = .notMeasured(.notReported("no word of an agent"))
    case .isBusy: report.cpu = .value(99)
    default: break
    }
    return report
  }

  func witnessed(_ report: LookReport, _ place: Int) -> LookReport {
    guard let extra = plan.extraWitness, extra.place == place else { return report }
    switch extra.kind {
    case .lookAllWell:
      let found = LookFindings(
        bootID: "", linkUp: true, hasAddress: true, hasDefaultRoute: true, gatewayAnswers: true, sshListening: true,
        localBanner: true, sshConfigurationValid: true)
      return LookReport(finishedAt: report.finishedAt, outcome: .done(found))
    case .lookImpossible:
      return LookReport(finishedAt: report.finishedAt, outcome: .impossible("nothing can be run in the guest"))
    default: return report
    }
  }
}
