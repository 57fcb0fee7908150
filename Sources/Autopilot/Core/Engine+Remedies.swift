import FleetModel

extension Engine {
  /// Starts a remedy whose guards have all been asked: hooks first, then the intent, then the effect.
  mutating func begin(_ remedy: Remedy, _ i: Int, initiator: Initiator, at now: Instant) {
    var record = newRecord(remedy, i, initiator: initiator, at: now)
    record.outcome = .running
    slots[i].climb.record = record
    let event: HookEvent? =
      switch remedy {
      case .start: .preStart
      case .restart, .powerCycle, .stop, .redeploy: .preStop
      default: nil
      }
    // A start that is owed asks nobody (semantics 5.8).
    let isAsked = slots[i].memory.owedStartSince == nil && !haveHooksAgreed(to: remedy, i, at: now)
    if isAsked, let event, let ticket = runHooks(event, i, reason: record.issue, at: now) {
      slots[i].climb.phase = .askingHooks(ticket, since: now)
    } else {
      write(i, at: now)
    }
  }

  /// What must survive a crash is remembered before the intent is, and the intent before the effect.
  mutating func write(_ i: Int, at now: Instant) {
    guard let record = slots[i].climb.record else { return }
    slots[i].climb.phase = .writing(record.id, since: now)
    if record.remedy == .powerCycle, slots[i].memory.owedStartSince == nil {
      (slots[i].memory.owedStartSince, slots[i].memory.owedStartTriedAt) = (now, nil)
    }
    countEffect(record, i, at: now)
    touched(i)
    keepFleet()
    if record.remedy.isPower { counters.powerUnderWay.insert(slots[i].id) }
    emit(.write(record))
  }

  mutating func take(intentWritten intent: IntentID, machine: MachineID, failure: String?, at now: Instant) {
    guard let i = index[machine], case .writing(let mine, let since) = slots[i].climb.phase, mine == intent,
      var record = slots[i].climb.record
    else { return }
    defer { touched(i) }
    if let failure {
      counters.powerUnderWay.remove(machine)
      record.outcome = .notBegun("the journal could not be written (\(failure))")
      slots[i].climb.record = nil
      uncount(record, i, since: since)
      log(.critical, i, "\(record.remedy.title) not begun: journal not writable (\(failure))", at: now)
      endEffect(i, record, then: .watching(askAgainAt: now + .minutes(1)), at: now)
      if isUnderWay(i) {
        hold(i, Hold(by: .journal, why: failure), retryAt: now + .minutes(1), at: now)
      }
      return
    }
    recoveries.append(record)
    log(.warning, i, "\(record.remedy.title): \(record.issue)", at: now)
    slots[i].history.append(HistoryMark(at: now, kind: .remedy, text: record.remedy.title))
    slots[i].climb.countedAt = since
    let healing = slots[i].policy.policy.healing
    // A script must not act on another boot than its evidence; power actions and starts have none to compare.
    let boot = record.remedy.isPower ? nil : slots[i].memory.bootID
    let order = RemedyOrder(
      intent: record.id, machine: slots[i].machine, remedy: record.remedy, bootID: boot,
      notAfter: now + record.remedy.deadline, request: slots[i].request(.full),
      mount: slots[i].readings.disk.value?.path, temporaryFileAge: healing.temporaryFileAge)
    slots[i].climb.phase = .acting(order, since: now)
    emit(.perform(order))
  }

  private mutating func countEffect(_ record: RecoveryRecord, _ i: Int, at now: Instant) {
    if record.initiator == .autopilot {
      slots[i].memory.attempts = slots[i].memory.attempts.filter { now - $0 < .hours(24) } + [now]
      slots[i].memory.incident?.attempts += 1
      if record.remedy == .start { slots[i].memory.startsAt = [now] }
      if record.remedy == .cleanDisk {
        slots[i].memory.cleanUpsAt = slots[i].memory.cleanUpsAt.filter { now - $0 < .hours(6) } + [now]
      }
      if record.remedy.isPower { chargeBudget(i, at: now) }
    }
    if record.remedy.isPower { slots[i].memory.poweredAt = now }
    if record.remedy == .stop { slots[i].memory.stoppedByOperatorAt = now }
    if record.remedy == .start, record.initiator == .operator { slots[i].memory.stoppedByOperatorAt = nil }
  }

  mutating func chargeBudget(_ i: Int, at now: Instant) {
    fleet.powerActions = fleet.powerActions.filter { now - $0.at < .hours(24) }
    fleet.powerActions.append(.init(machine: slots[i].id, at: now))
  }

  /// Nothing reached the machine: what was counted is taken back (semantics 5.11).
  private mutating func uncount(_ record: RecoveryRecord, _ i: Int, since: Instant) {
    if record.remedy == .powerCycle { slots[i].memory.forgetOwedStart() }
    guard record.initiator == .autopilot else { return }
    slots[i].memory.attempts.removeAll { $0 == since }
    slots[i].memory.incident?.attempts -= 1
    if record.remedy == .start { slots[i].memory.startsAt.removeAll { $0 == since } }
    if record.remedy == .cleanDisk { slots[i].memory.cleanUpsAt.removeAll { $0 == since } }
    if record.remedy.isPower {
      fleet.powerActions.removeAll { $0.machine == slots[i].id && $0.at == since }
      slots[i].memory.poweredAt = nil
    }
  }

  mutating func take(remedyReport report: RemedyReport, intent: IntentID, machine: MachineID, at now: Instant) {
    guard let i = index[machine], case .acting(let order, _) = slots[i].climb.phase, order.intent == intent,
      var record = slots[i].climb.record
    else { return }
    record.action = report.action
    record.detail = report.detail
    slots[i].climb.record = record
    slots[i].memory.operatedAt = now
    if case .busy = report.outcome {} else { slots[i].climb.held = nil }
    switch report.outcome {
    case .done:
      record.outcome = .verifying
      slots[i].climb.record = record
      keep(record)
      let window = window(record.remedy, i)
      slots[i].climb.phase = .verifying(since: now, until: now + window, nextProbe: now)
      advance(i, at: now)
    case .unknown(let why):
      record.detail = why
      slots[i].climb.record = record
      slots[i].memory.fateUnknownUntil = record.startedAt + MachineMemory.longestUnknown
      slots[i].climb.phase = .verifying(since: now, until: max(order.notAfter, now + .minutes(1)), nextProbe: now)
    case .failed(let why): failed(i, why, at: now)
    case .refused(let why):
      record.outcome = .notBegun("refused: \(why)")
      uncount(record, i, since: slots[i].climb.countedAt)
      endEffect(i, record, then: .watching(askAgainAt: now + .minutes(1)), at: now)
      if slots[i].memory.incident != nil { needsHuman(i, "\(record.remedy.title) was refused: \(why)", at: now) }
    case .busy(let why):
      record.outcome = .notBegun(why)
      uncount(record, i, since: slots[i].climb.countedAt)
      endEffect(i, record, then: .watching(askAgainAt: now + .minutes(1)), at: now)
      if isUnderWay(i) {
        hold(i, Hold(by: .settling, why: why), retryAt: now + .minutes(1), at: now)
      }
    }
    touched(i)
  }

  mutating func failed(_ i: Int, _ why: String, at now: Instant) {
    guard var record = slots[i].climb.record else { return }
    record.outcome = .failed(why)
    log(.critical, i, "\(record.remedy.title) failed: \(why)", at: now)
    noteFailure(record, i, why, at: now)
    // What a person tries is no rung, and does not open again a ladder that has ended.
    if record.initiator == .autopilot { slots[i].climb.rung += 1 }
    endEffect(i, record, then: .watching(askAgainAt: now), at: now)
    guard isUnderWay(i) else { return }
    if slots[i].climb.diagnosis == .evicted {
      // Its place may come back: once an hour (semantics 4 row 3).
      slots[i].climb.rung = 0
      return hold(
        i, Hold(by: .attempts, why: "no place for it yet: \(why)", until: now + .hours(1)), retryAt: now + .hours(1),
        at: now)
    }
    if record.initiator == .autopilot, slots[i].climb.rung >= ladder(slots[i].climb.diagnosis, i).count {
      let rate = record.remedy == .cleanDisk ? fillRate(i) : ""
      needsHuman(i, "\(record.remedy.title) did not help: \(why)\(rate)", at: now)
    } else {
      enterLadder(i, at: now)
    }
  }

  /// How fast the disk fills, for whoever has to decide what goes (semantics 5.9).
  func fillRate(_ i: Int) -> String {
    guard let rate = slots[i].history.diskFillRate else { return "" }
    return "; it fills by \(String((rate * 10).rounded() / 10)) points an hour"
  }

  /// A remedy is over without success.
  mutating func endEffect(_ i: Int, _ record: RecoveryRecord, then phase: Climb.Phase, at now: Instant) {
    var record = record
    record.endedAt = now
    keep(record)
    counters.powerUnderWay.remove(slots[i].id)
    slots[i].climb.record = nil
    (slots[i].climb.progressAt, slots[i].climb.bootSign, slots[i].climb.agreed) = (nil, nil, nil)
    slots[i].climb.phase =
      switch slots[i].memory.incident {
      case nil: .idle
      case let incident?: incident.needsHuman.map { .needsHuman($0) } ?? phase
      }
  }

  /// An incident whose ladder has not ended.
  private func isUnderWay(_ i: Int) -> Bool {
    slots[i].memory.incident.map { $0.needsHuman == nil && $0.wellSince == nil } ?? false
  }

  /// Intents the last engine left open are settled by looking, never by doing them again (architecture, decision 7).
  mutating func resumeClimb(_ i: Int, at now: Instant) {
    let id = slots[i].id
    if let record = restored.recoveries.last(where: { $0.machine == id && !$0.outcome.isSettled }) {
      guard record.incarnation == slots[i].machine.incarnation else {
        var gone = record
        gone.outcome = .gone
        gone.endedAt = now
        keep(gone)
        return
      }
      slots[i].climb.record = record
      slots[i].climb.diagnosis = record.diagnosis
      if record.remedy.isPower { counters.powerUnderWay.insert(id) }
      let until = max(record.startedAt + record.remedy.deadline, now + .minutes(2))
      slots[i].climb.phase = .verifying(since: now, until: until, nextProbe: now)
      log(.warning, i, "azlin stopped during \(record.remedy.title): settling it by looking", at: now)
    } else if let incident = slots[i].memory.incident {
      slots[i].climb.diagnosis = incident.diagnosis
      if let since = incident.wellSince {
        slots[i].climb.phase = .settling(until: since + Self.settleTime)
        slots[i].climb.verified = restored.recoveries.last {
          if $0.machine == id, case .verified = $0.outcome { true } else { false }
        }
      } else if let why = incident.needsHuman {
        slots[i].climb.phase = .needsHuman(why)
      } else {
        slots[i].climb.phase = .watching(askAgainAt: now + .seconds(30))
      }
    }
    if slots[i].memory.fateUnknownUntil != nil { counters.powerUnderWay.insert(id) }
  }
}
