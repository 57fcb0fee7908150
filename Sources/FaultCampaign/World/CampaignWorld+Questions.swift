import Autopilot
import FleetModel
import Simulator

// What the world answers when it is asked.
extension CampaignWorld {
  /// - Parameter machine: as the asking engine knows it.
  mutating func probe(_ machine: VirtualMachine, _ request: ProbeRequest, at now: Instant) -> ProbeReport {
    questions.probes += 1
    guard let place = place(of: machine.id) else {
      let gone = Unmeasured.monitor("no such machine")
      return ProbeReport(
        startedAt: now, finishedAt: now, power: .notMeasured(gone), echo: .notMeasured(gone),
        tcp: .notMeasured(gone), ssh: .notMeasured(gone), guest: .notMeasured(gone))
    }
    let truth = truth(of: place, at: now)
    var report = witnessed(outside(place, request, truth, at: now), request, place, truth, at: now)
    if request.depth != .witnesses, request.checks.contains(.power) {
      report.power = listedPower(place, truth, at: now)
    } else if request.depth == .witnesses {
      report.power = .notMeasured(.notYet)
    }
    note(report, place, truth, isWhole: request.depth != .witnesses, at: now)
    return report
  }

  private func outside(_ place: Int, _ request: ProbeRequest, _ truth: Truth, at now: Instant) -> ProbeReport {
    if has(.probesFail) || members[place].has(.probesFail) {
      let why = Unmeasured.monitor("no route to host")
      return ProbeReport(
        startedAt: now, finishedAt: now + .milliseconds(20), power: .notMeasured(why), echo: .notMeasured(why),
        tcp: .notMeasured(why), ssh: .notMeasured(why), guest: .notMeasured(why),
        path: members[place].machine.address?.host ?? "")
    }
    let isDark =
      truth.has(.pathBlocked, .subnetBlocked, .allBlocked, .vpnLost, .networkLost)
      || (truth.power == .running && isSlowlyBooting(place, at: now))
    if isDark { return dark(place, request, echoAnswers: false, at: now) }
    if truth.has(.banned) { return dark(place, request, echoAnswers: truth.power == .running, at: now) }
    if truth.power == .running, truth.has(.stalls, .halfOpen), !truth.isBooting,
      !truth.has(.hangs, .networkDown, .hostFault)
    {
      return mute(place, request, at: now)
    }
    var report = fleet.probe(members[place].machine, request, at: now)
    if members[place].has(.packageManager), case .value(var guest) = report.guest {
      guest.packageManagerRuns = true
      report.guest = .value(guest)
    }
    return report
  }

  private func dark(_ place: Int, _ request: ProbeRequest, echoAnswers: Bool, at now: Instant) -> ProbeReport {
    var report = ProbeReport(
      startedAt: now, finishedAt: now + request.connectivityTimeout, path: members[place].machine.address?.host ?? "")
    report.echo = .value(echoAnswers ? .answered(latency: .milliseconds(9)) : .silent)
    report.tcp = .value(.silent)
    let why = "no answer from the SSH port"
    let checksSSH = request.checks.contains(.ssh) && request.depth != .witnesses
    report.ssh =
      !checksSSH
      ? .notMeasured(.switchedOff)
      : echoAnswers ? .value(SSHRungs(reached: nil, failure: .portSilent)) : .notMeasured(.lowerRungFailed(why))
    report.guest = request.depth == .full ? .notMeasured(.lowerRungFailed(why)) : .notMeasured(.notYet)
    return report
  }

  /// The port opens, and nothing follows.
  private func mute(_ place: Int, _ request: ProbeRequest, at now: Instant) -> ProbeReport {
    var report = ProbeReport(
      startedAt: now, finishedAt: now + .milliseconds(12), path: members[place].machine.address?.host ?? "")
    report.echo = .value(.answered(latency: .milliseconds(9)))
    report.tcp = .value(.answered(latency: .milliseconds(9)))
    guard request.depth != .witnesses else { return report }
    report.finishedAt = now + request.sshTimeout
    report.ssh =
      request.checks.contains(.ssh)
      ? .value(SSHRungs(reached: .port, failure: .noBanner, elapsed: request.sshTimeout)) : .notMeasured(.switchedOff)
    report.guest = request.depth == .full ? .notMeasured(.lowerRungFailed("no banner")) : .notMeasured(.notYet)
    return report
  }

  /// As old as the list is.
  private mutating func listedPower(_ place: Int, _ truth: Truth, at now: Instant) -> Reading<PowerState> {
    if has(.networkLost) || has(.armReadsDown) || has(.throttled) || has(.probesFail) {
      return .notMeasured(
        has(.probesFail) ? .monitor("no route to host") : .notReported("the control plane does not answer"))
    }
    let lag = has(.powerStale) ? max(plan.powerLag, .minutes(4)) : plan.powerLag
    if let listed = members[place].listed, now - listed.at < lag { return .value(listed.power) }
    members[place].listed = (truth.power, now)
    return .value(truth.power)
  }

  private mutating func note(_ report: ProbeReport, _ place: Int, _ truth: Truth, isWhole: Bool, at now: Instant) {
    members[place].probed = (now, truth)
    guard !has(.probesFail), !members[place].has(.probesFail) else {
      members[place].soundSince = nil
      return
    }
    let answers = report.tcp.value?.provesHostUp == true || report.echo.value?.provesHostUp == true
    if answers {
      members[place].darkSince = nil
    } else if members[place].darkSince == nil {
      members[place].darkSince = now
    }
    let isBad = !answers || Self.isCritical(report.ssh.value?.failure) || truth.power.isOff
    if !isBad {
      if isWhole { members[place].badSince = nil }
    } else if members[place].badSince == nil {
      members[place].badSince = now
    }
    noteTrouble(place, isBad: isBad, isWhole: isWhole, at: now)
    // A machine whose power cannot be read stays what it was found to be; disks fill by themselves too.
    let full = Double(members[place].policy.thresholds.disk.critical) - 3
    let isFull = (report.guest.value?.mounts.value ?? []).contains { $0.worstPercent >= full }
    if isBad || isFull || !truth.isSound || (isWhole && report.power.value == nil) {
      members[place].soundSince = nil
    } else if isWhole, members[place].soundSince == nil {
      members[place].soundSince = now
    }
    if !answers, isStorm(at: now) { stormAt = now }
  }

  /// A login that is refused is a warning (semantics 2.3).
  private static func isCritical(_ failure: SSHFailure?) -> Bool {
    switch failure {
    case .authenticationRefused, .hostKeyUnknown, nil: false
    default: true
    }
  }

  /// An outage ends after a quarter of an hour of good probes; a little less, for those who count otherwise.
  private mutating func noteTrouble(_ place: Int, isBad: Bool, isWhole: Bool, at now: Instant) {
    if isBad {
      members[place].goodSince = nil
      if members[place].troubledSince == nil { members[place].troubledSince = now }
    } else if isWhole {
      let since = members[place].goodSince ?? now
      members[place].goodSince = since
      if now - since >= .minutes(14) { members[place].troubledSince = nil }
    }
  }

  mutating func look(at machine: VirtualMachine, _ order: LookOrder, at now: Instant) -> LookReport {
    questions.looks += 1
    // Hosts have a run command each, a cloud one control plane for all.
    guard let place = place(of: machine.id), !has(.networkLost),
      !plan.isCloud || (!has(.armReadsDown) && !has(.throttled))
    else {
      return LookReport(finishedAt: now + .seconds(5), outcome: .silent("the control plane does not answer"))
    }
    let truth = truth(of: place, at: now)
    if truth.has(.stalls) || isSlowlyBooting(place, at: now) {
      return LookReport(finishedAt: now + order.timeout, outcome: .silent("the run command does not end"))
    }
    return witnessed(fleet.look(at: members[place].machine, order, at: now), place)
  }

  mutating func inspect(_ machine: VirtualMachine, _ order: InspectionOrder, at now: Instant) -> PlatformReport {
    questions.inspections += 1
    guard let place = place(of: machine.id), !has(.networkLost), !has(.armReadsDown), !has(.throttled) else {
      let why = Unmeasured.notReported("the control plane does not answer")
      return PlatformReport(
        askedAt: now, finishedAt: now + min(order.timeout, .seconds(8)), power: .notMeasured(why),
        agent: .notMeasured(why),
        host: .notMeasured(why), cpu: .notMeasured(why), memory: .notMeasured(why), provisioning: .notMeasured(why))
    }
    let truth = truth(of: place, at: now)
    members[place].inspectedAt = now
    guard plan.isCloud else {
      return PlatformReport(askedAt: now, finishedAt: now + .milliseconds(300), power: .value(truth.power))
    }
    var report = fleet.inspect(members[place].machine, order, at: now)
    report.power = .value(truth.power)
    report.incarnation = members[place].machine.incarnation
    report.createdAt = members[place].recreatedAt
    report.provisioning = .value(provisioning(place, at: now))
    // The word of an agent that is dead stands as it was last said: only its time tells.
    if case .value(let word) = report.agent, !word.isReady, word.at != nil, truth.power == .running {
      report.agent = .value(AgentWord(isReady: true, at: word.at))
    }
    if isSlowlyBooting(place, at: now) { report.agent = .value(AgentWord(isReady: false, at: nil)) }
    if order.isThorough { report.host = .value(hostWord(place, truth, at: now)) }
    return witnessed(report, place, at: now)
  }

  private func provisioning(_ place: Int, at now: Instant) -> ProvisioningWord {
    if let busy = members[place].busy, busy.until > now, !busy.isHidden {
      return ProvisioningWord(state: "updating", at: nil)
    }
    return ProvisioningWord(state: "succeeded", at: members[place].operated.map { min($0.at, now) })
  }

  private var healthLag: Duration { has(.healthLags) ? .minutes(20) : plan.healthLag }

  private func hostWord(_ place: Int, _ truth: Truth, at now: Instant) -> HostWord {
    if truth.has(.hostFault) {
      let since = fleet.platformView(of: id(place), at: now)?.unavailableSince ?? now
      return now - since >= healthLag ? .platformFault("the host is in trouble") : .available
    }
    if truth.power.isOff, members[place].isEvicted { return .evicted }
    if truth.power.isOff, let stop = members[place].stop, now - stop.at >= healthLag { return .userInitiated(stop.who) }
    return .available
  }

  mutating func stopReason(of machine: VirtualMachine, _ question: StopQuestion, at now: Instant) -> StopReport {
    questions.stops += 1
    let arrival = now + .milliseconds(600)
    guard let place = place(of: machine.id), !has(.networkLost), !has(.armReadsDown), !has(.throttled) else {
      return StopReport(finishedAt: arrival, reason: .notTold("the control plane does not answer"))
    }
    return StopReport(finishedAt: arrival, reason: reason(place, question, at: now))
  }

  /// As the Activity Log and Resource Health tell it, each as late as it is.
  private func reason(_ place: Int, _ question: StopQuestion, at now: Instant) -> StopReport.Reason {
    let truth = truth(of: place, at: now)
    let member = members[place]
    guard truth.power.isOff else {
      return .pending("the VM itself says \(truth.power.rawValue)", until: now + .seconds(30))
    }
    let isVisible = member.stop.map { now >= (has(.logLags) ? $0.at + .minutes(20) : $0.isVisibleFrom) } ?? false
    if let stop = member.stop, isVisible { return .asked(by: stop.who) }
    if let operated = member.operated, !operated.isOurs, !question.isOurs(operated.at), !isVisible, member.stop != nil,
      question.runningAt.map({ operated.at > $0 - .minutes(1) }) ?? true
    {
      return .pending("an operation is not in the Activity Log yet", until: now + .minutes(2))
    }
    switch hostWord(place, truth, at: now) {
    case .userInitiated(let who): return .asked(by: who)
    case .platformFault(let why): return .platform(why)
    case .evicted: return .platform("it was evicted")
    case .available, .unknown: break
    }
    let readable = question.offSince + .minutes(10)
    return now < readable
      ? .pending("the Activity Log may be behind", until: readable) : .nobody("the Activity Log names nobody")
  }

  mutating func canaries(at now: Instant) -> CanaryReport {
    questions.canaries += 1
    let isUp = !has(.networkLost) && !has(.probesFail)
    var report = CanaryReport(
      askedAt: now, finishedAt: now + (isUp ? .milliseconds(80) : .seconds(5)),
      answered: ["gateway 10.0.0.1": isUp, "management.azure.com": isUp])
    if plan.extraWitness?.kind == .canary {
      report.answered["canary.example"] = isUp
      report.named = ["canary.example"]
    }
    return report
  }
}
