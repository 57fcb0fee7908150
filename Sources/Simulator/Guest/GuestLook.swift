import FleetModel
import Autopilot

/// What the read-only look finds, out of band.
extension SimulatedGuest {
  mutating func look(_ order: LookOrder, at start: Instant) -> LookReport {
    advance(to: start)
    var draw = Draw(profile.seed, at: start.milliseconds, .look)
    if let problem = agentProblem(at: start) {
      let wait = problem.isSilence ? order.timeout : draw.seconds(0.2, 0.8)
      return LookReport(finishedAt: start + wait, outcome: .silent(problem.text))
    }
    let network = fault(.networkDown)
    let form = network.map { $0.variant % 3 }
    let isServing = fault(.sshDown) == nil && fault(.sshConfigBroken) == nil
    let isBroken = fault(.sshConfigBroken) != nil
    let findings = LookFindings(
      bootID: bootID, linkUp: form != 0, hasAddress: network == nil || form == 2, hasDefaultRoute: network == nil,
      gatewayAnswers: network == nil || form == 2, sshListening: isServing,
      localBanner: isServing && fault(.sshHung) == nil, sshConfigurationValid: !isBroken,
      sshConfigurationError: isBroken ? brokenConfiguration : nil)
    return LookReport(
      finishedAt: start + min(draw.seconds(0.4, 2.2), order.timeout), outcome: .done(findings))
  }

  /// What `sshd -t` says of the broken configuration.
  var brokenConfiguration: String {
    let line = 30 + profile.seed % 90
    return "/etc/ssh/sshd_config line \(line): Bad configuration option: PermitRootLogni"
  }

  /// Why a shell that is open runs nothing now; nil: it does.
  var shellProblem: (text: String, isSilence: Bool)? {
    if boot == nil { return ("the VM is \(power.rawValue)", false) }
    return fault(.hung) != nil || fault(.platformUnavailable) != nil ? ("the guest does not answer", true) : nil
  }

  /// Why no script can be run in the guest through its agent now; nil: it can.
  func agentProblem(at now: Instant) -> (text: String, isSilence: Bool)? {
    guard let boot else { return ("the VM is \(power.rawValue)", false) }
    if fault(.hung) != nil || fault(.platformUnavailable) != nil || fault(.agentNotReady) != nil {
      return ("the guest agent does not answer", true)
    }
    if now < boot.portAt { return ("the guest agent is not up yet: the VM is booting", false) }
    return nil
  }
}
