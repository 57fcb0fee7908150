import FleetModel

/// The start that a hard power-off owes (semantics 5.8): it survives a crash, a pause, a storm, a veto and the limit of
/// attempts; only an operator's stop cancels it.
extension Engine {
  private static let owedRetry = Duration.minutes(2)
  /// A start that was sent and not heard of has ended by then, unless the platform says otherwise.
  private static let longestStart = Duration.minutes(15)

  /// - Returns: whether the machine is being started, or about to be.
  mutating func payOwedStart(_ i: Int, at now: Instant) -> Bool {
    guard let since = slots[i].memory.owedStartSince else { return false }
    if slots[i].memory.stoppedByOperatorAt.map({ $0 >= since }) ?? false {
      slots[i].memory.forgetOwedStart()
      return false
    }
    guard settings.mode == .healing, !isAsking(i), !mayStillStart(i, at: now),
      slots[i].readings.power.value?.isOff == true,
      (slots[i].lastReport?.startedAt ?? .distantPast) > since, endInterruptedCycle(i, at: now)
    else { return false }
    if let tried = slots[i].memory.owedStartTriedAt, now - tried < Self.owedRetry { return false }
    guard slots[i].machine.abilities.contains(.start) else { return false }
    slots[i].memory.owedStartTriedAt = now
    log(.warning, i, "its start is owed since it was powered off", at: now)
    if now - since > .minutes(15), slots[i].memory.incident?.humanTold != true {
      slots[i].memory.incident?.humanTold = true
      log(.critical, i, "needs a human: it was powered off and could not be started again", at: now)
    }
    begin(.start, i, initiator: .autopilot, at: now)
    return true
  }

  /// A power cycle that an engine before this one began, and that stands half way, is over: the machine is off.
  /// - Returns: whether nothing is acting on the machine now.
  private mutating func endInterruptedCycle(_ i: Int, at now: Instant) -> Bool {
    guard slots[i].climb.isActing else { return true }
    guard case .verifying(let since, _, _) = slots[i].climb.phase, now - since > .seconds(30),
      var record = slots[i].climb.record, record.remedy == .powerCycle, record.outcome == .running
    else { return false }
    record.outcome = .unknown("it was powered off, and its start was not seen")
    endEffect(i, record, then: .watching(askAgainAt: now), at: now)
    return true
  }

  /// A start that was sent may still land: no second one is sent while it may be under way. Hosts without a platform
  /// have nobody who could tell.
  private func mayStillStart(_ i: Int, at now: Instant) -> Bool {
    guard slots[i].machine.abilities.contains(.reapply), isOwedStartUnknown(i),
      let tried = slots[i].memory.owedStartTriedAt
    else { return false }
    if now - tried < Self.longestStart { return true }
    guard let platform = slots[i].inquiry.platform, platform.askedAt > tried, now - platform.askedAt < .minutes(10)
    else { return false }
    return platform.provisioning.value?.state == "updating"
  }

  /// What became of the owed start itself is not known.
  private func isOwedStartUnknown(_ i: Int) -> Bool {
    guard let began = slots[i].memory.fateUnknownSince, let tried = slots[i].memory.owedStartTriedAt else {
      return false
    }
    return began >= tried
  }

  private func isAsking(_ i: Int) -> Bool {
    if case .askingHooks = slots[i].climb.phase { true } else { false }
  }

  /// The machine was seen running after all was done: nothing is owed any more.
  mutating func settleOwedStart(_ i: Int) {
    guard slots[i].memory.owedStartSince != nil, slots[i].readings.power.value == .running, !slots[i].climb.isActing
    else { return }
    if isOwedStartUnknown(i) {
      slots[i].memory.fateUnknownUntil = nil
      counters.powerUnderWay.remove(slots[i].id)
    }
    guard slots[i].memory.fateUnknownUntil == nil else { return }
    slots[i].memory.forgetOwedStart()
  }
}
