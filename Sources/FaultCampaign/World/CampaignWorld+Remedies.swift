import Autopilot
import FleetModel
import Simulator

// What remedies do when they reach the fleet.
extension CampaignWorld {
  /// Carries out an order; the answer comes through `outbox`.
  /// - Parameters:
  ///   - notAfter: of the order, in the world's time.
  ///   - monitorAt: the monitor's own time.
  mutating func perform(
    _ order: RemedyOrder, engine: Int, life: Int, notAfter: Instant, monitorAt: Instant, at now: Instant
  ) {
    func answer(_ report: RemedyReport) {
      outbox.append(
        Delivery(
          at: report.finishedAt, engine: engine, life: life,
          event: .performed(order.intent, order.machine.id, report)))
    }
    guard let place = place(of: order.machine.id) else {
      return answer(RemedyReport(finishedAt: now, outcome: .refused("there is no such machine")))
    }
    // The monitor's own side: nothing is sent too late, or where there is no way out.
    guard now <= notAfter else { return answer(RemedyReport(finishedAt: now, outcome: .refused("too late"))) }
    guard !has(.networkLost) else {
      return answer(RemedyReport(finishedAt: now + .seconds(3), outcome: .busy("the control plane cannot be reached")))
    }
    let index = record(order, place, engine: engine, life: life, notAfter: notAfter, monitorAt: monitorAt, at: now)
    let report = take(order, place, index, notAfter: notAfter, at: now)
    guard let report else { return }
    finish(index, report)
    answer(report)
  }

  private mutating func finish(_ index: Int, _ report: RemedyReport) {
    calls[index].outcome = report.outcome
    calls[index].finishedAt = report.finishedAt
  }

  /// - Returns: nil: the answer comes later.
  private mutating func take(
    _ order: RemedyOrder, _ place: Int, _ index: Int, notAfter: Instant, at now: Instant
  ) -> RemedyReport? {
    let truth = truth(of: place, at: now)
    let isScript = !order.remedy.isPower && order.remedy != .reapply
    if let refusal = refusal(order, place, isScript: isScript, at: now) { return refusal }
    if members[place].has(.remedyFails) {
      return RemedyReport(
        finishedAt: now + dice.seconds(5, 60), outcome: .failed("InternalExecutionError: it did not work"))
    }
    if members[place].has(.remedyLies) {
      return RemedyReport(finishedAt: now + dice.seconds(5, 40), outcome: .done, action: order.remedy.title)
    }
    if isScript { return script(order, place, truth, index, notAfter: notAfter, at: now) }
    return operate(order, place, truth, index, notAfter: notAfter, at: now)
  }

  private mutating func refusal(
    _ order: RemedyOrder, _ place: Int, isScript: Bool, at now: Instant
  ) -> RemedyReport? {
    if isScript, order.remedy == .cleanDisk { return nil }
    if has(.throttled) || has(.writesThrottled) {
      return RemedyReport(
        finishedAt: now + .milliseconds(300), outcome: .busy("429 TooManyRequests: try again in 60 s"))
    }
    if has(.armConflict) {
      return RemedyReport(
        finishedAt: now + .milliseconds(300), outcome: .busy("409 Conflict: another operation is in progress"))
    }
    if has(.armErrors), dice.chance(0.6) {
      return RemedyReport(finishedAt: now + .seconds(2), outcome: .failed("500 InternalServerError"))
    }
    if let busy = members[place].busy, busy.until > now {
      return RemedyReport(
        finishedAt: now + .milliseconds(400),
        outcome: .busy("409 OperationNotAllowed: another operation is in progress"))
    }
    return nil
  }

  private mutating func script(
    _ order: RemedyOrder, _ place: Int, _ truth: Truth, _ index: Int, notAfter: Instant, at now: Instant
  ) -> RemedyReport {
    if truth.has(.stalls) || isSlowlyBooting(place, at: now) {
      return RemedyReport(finishedAt: notAfter, outcome: .unknown("the run command did not end"))
    }
    if order.remedy == .resetSSHConfiguration {
      let end = now + dice.seconds(20, 60)
      schedule(.control(place, .resetSSH, until: end), at: now)
      calls[index].landsAt = end
      return RemedyReport(finishedAt: end, outcome: .done, action: "VMAccess reset")
    }
    var order = order
    order.notAfter = notAfter
    let full = order.remedy == .cleanDisk ? fullMount(place, at: now) : nil
    let report = fleet.perform(order, at: now)
    if order.remedy == .cleanDisk, report.outcome == .done { clean(order, place, index, full: full) }
    if case .refused = report.outcome {} else { calls[index].landsAt = report.finishedAt }
    if members[place].has(.remedyHarms) {
      schedule(.strike(place, .networkDown, for: .hours(5)), at: report.finishedAt)
    }
    if members[place].has(.armSilent), order.remedy != .cleanDisk {
      return RemedyReport(finishedAt: notAfter, outcome: .unknown("no word of how it ended"), action: report.action)
    }
    return report
  }

  /// The fullest file system of a guest; nil: none is beyond what the policy calls critical.
  private func fullMount(_ place: Int, at now: Instant) -> String? {
    let monitoring = members[place].policy.monitoring
    let request = ProbeRequest(
      depth: .full, checks: [.disk, .ssh], connectivityTimeout: monitoring.connectivityTimeout,
      sshTimeout: monitoring.sshTimeout)
    let mounts = fleet.probe(members[place].machine, request, at: now).guest.value?.mounts.value ?? []
    let fullest = mounts.max { $0.worstPercent < $1.worstPercent }
    let critical = Double(members[place].policy.thresholds.disk.critical)
    // What is in force leaves 3 points below.
    return fullest.flatMap { $0.worstPercent >= critical - 3 ? $0.path : nil }
  }

  /// What a clean-up did to the files of its guest, and which of them it must not have taken.
  private mutating func clean(_ order: RemedyOrder, _ place: Int, _ index: Int, full: String?) {
    let gone = members[place].files.clean(order.mount, temporaryAge: order.temporaryFileAge)
    let age = members[place].policy.healing.temporaryFileAge
    calls[index].spoiled = gone.filter { file in
      full.map { !GuestFiles.mayGo(file, from: $0, temporaryAge: age) } ?? true
    }.map(\.path)
  }

  /// Operations of the control plane.
  private mutating func operate(
    _ order: RemedyOrder, _ place: Int, _ truth: Truth, _ index: Int, notAfter: Instant, at now: Instant
  ) -> RemedyReport? {
    let off = truth.power.isOff
    switch order.remedy {
    case .start where !off:
      return RemedyReport(
        finishedAt: now + .seconds(2), outcome: .done, action: "start", detail: "it was running already")
    case .restart where truth.power != .running, .redeploy where truth.power != .running:
      return RemedyReport(
        finishedAt: now + .seconds(1), outcome: .failed("OperationNotAllowed: it is \(truth.power.rawValue)"))
    default: break
    }
    let isLate = members[place].has(.remedyLate)
    let start = isLate ? now + .minutes(80) : now + .seconds(1)
    let usual: Duration =
      switch order.remedy {
      case .start: dice.seconds(15, 50)
      case .restart: dice.seconds(20, 100)
      case .powerCycle: dice.seconds(8, 30)
      case .redeploy: dice.minutes(3, 8)
      default: dice.seconds(5, 20)
      }
    let end = start + (members[place].has(.remedySlow) ? .minutes(9) + .seconds(50) : usual)
    occupy(place, end, isHidden: isLate && dice.chance(0.4))
    calls[index].landsAt = end
    members[place].operated = (end, true)
    let last = min(notAfter, now + order.remedy.deadline)
    switch order.remedy {
    case .reapply: break
    case .powerCycle where !off:
      schedule(.control(place, .powerOff, until: end), at: start)
      members[place].owesStartSince = end
      guard end <= last, !members[place].has(.armSilent) else {
        return RemedyReport(finishedAt: last, outcome: .unknown("still under way at its deadline"), action: "power off")
      }
      schedule(.startAfterOff(call: index, order: order), at: end + .milliseconds(500))
      return nil
    default:
      let call: PowerCall = order.remedy == .redeploy ? .redeploy : order.remedy == .restart ? .restart : .start
      boot(place, call, from: start, until: end)
    }
    if members[place].has(.armSilent) {
      return RemedyReport(finishedAt: last, outcome: .unknown("no word of how it ended"), action: order.remedy.title)
    }
    guard end <= last else {
      return RemedyReport(
        finishedAt: last, outcome: .unknown("still under way at its deadline"), action: order.remedy.title)
    }
    return RemedyReport(finishedAt: end + .seconds(1), outcome: .done, action: order.remedy.title)
  }

  private mutating func occupy(_ place: Int, _ end: Instant, isHidden: Bool) {
    members[place].busy = (end, isHidden)
    schedule(.ends(place), at: end)
  }

  /// A start was accepted, and is done at an instant.
  mutating func payOwed(_ place: Int, until end: Instant) {
    guard let since = members[place].owesStartSince else { return }
    members[place].owesStartSince = nil
    members[place].owed.append(since...max(since, end))
  }

  private mutating func boot(_ place: Int, _ call: PowerCall, from start: Instant, until end: Instant) {
    schedule(.control(place, call, until: end), at: start)
    schedule(.boots(place), at: end)
    payOwed(place, until: end)
    if members[place].has(.remedyHarms) {
      schedule(.strike(place, dice.chance(0.5) ? .hangs : .networkDown, for: .hours(5)), at: end + .minutes(1))
    }
  }

  /// The monitor's own process goes on with the start, if it still lives.
  mutating func startAfterOff(_ index: Int, _ order: RemedyOrder, at now: Instant) {
    let call = calls[index]
    guard lives[call.engine] == call.life else { return }
    let last = min(call.notAfter, call.at + order.remedy.deadline)
    func answer(_ report: RemedyReport) {
      finish(index, report)
      outbox.append(
        Delivery(
          at: report.finishedAt, engine: call.engine, life: call.life,
          event: .performed(order.intent, order.machine.id, report)))
    }
    if has(.networkLost) || has(.throttled) || has(.writesThrottled) || has(.armErrors) || has(.armConflict) {
      guard now + .seconds(30) < last else {
        return answer(
          RemedyReport(
            finishedAt: last, outcome: .failed("it was told to power off, and its start was not accepted"),
            action: "power off"))
      }
      return schedule(.startAfterOff(call: index, order: order), at: now + .seconds(30))
    }
    let end = now + dice.seconds(15, 50)
    occupy(call.place, end, isHidden: false)
    calls[index].landsAt = end
    members[call.place].operated = (end, true)
    boot(call.place, .start, from: now, until: end)
    guard end <= last else {
      return answer(
        RemedyReport(finishedAt: last, outcome: .unknown("still under way at its deadline"), action: "power off, start")
      )
    }
    answer(RemedyReport(finishedAt: end + .seconds(1), outcome: .done, action: "power off, start"))
  }

  /// The scripts of one occasion, on the monitor's machine.
  mutating func runHooks(_ occasion: HookOccasion, _ registrations: [HookRegistration], at now: Instant) -> [HookRun] {
    guard let place = place(of: occasion.machine.id) else { return [] }
    let isVetoed = occasion.event.canVeto && members[place].has(.hookVetoes)
    let timesOut = isVetoed && dice.chance(0.3)
    if occasion.event.canVeto { members[place].hooks = (now, !isVetoed) }
    let isUnseen = has(.probesFail) || members[place].has(.probesFail)
    let isFalse =
      occasion.event == .onFailure && isUnseen && truth(of: place, at: now).isWell
      && members[place].troubledSince == nil
    hookRuns.append(
      HookNote(at: now, place: place, event: occasion.event, agreed: !isVetoed, isFalseAlarm: isFalse))
    return registrations.map { hook in
      HookRun(
        machine: occasion.machine.id, machineName: occasion.machine.name, event: occasion.event, path: hook.path,
        startedAt: now, elapsed: timesOut ? hook.timeout : dice.seconds(0.1, 4),
        result: timesOut ? .timedOut : .exited(isVetoed ? 1 : 0))
    }
  }
}
