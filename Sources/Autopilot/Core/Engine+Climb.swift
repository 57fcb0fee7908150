import FleetModel

extension Engine {
  /// Evidence older than this is looked at again before a rung (semantics 5.12).
  static let evidenceLifetime = Duration.seconds(30)

  /// Moves one machine's climb as far as it goes without another event.
  mutating func advance(_ i: Int, at now: Instant) {
    switch slots[i].climb.phase {
    case .idle, .watching: reconsider(i, at: now)
    case .needsHuman, .looking, .askingHooks, .writing: break
    case .waiting(let until): if until <= now { prepare(i, at: now) }
    case .probing(let since): probed(i, since: since, at: now)
    case .askingNeighbours(let pending, let since):
      if pending.isEmpty || now - since >= .minutes(1) { neighboursAnswered(i, since: since, at: now) }
    case .acting(let order, _): if now > order.notAfter + .seconds(20) { lost(i, at: now) }
    case .verifying(let since, let until, let nextProbe):
      verify(i, since: since, until: until, nextProbe: nextProbe, at: now)
    case .held(_, let retryAt): if retryAt <= now { prepare(i, at: now) }
    case .settling(let until):
      if until <= now { closeIncident(i, "well for 15 minutes", at: now) }
    }
  }

  /// An incident without a remedy may turn into one that has one.
  private mutating func reconsider(_ i: Int, at now: Instant) {
    guard slots[i].memory.incident != nil, slots[i].memory.incident?.wellSince == nil, slots[i].worstHard == .critical
    else { return }
    let evidence = evidence(i, at: now)
    let diagnosis = DiagnosisTable.diagnose(evidence)
    if diagnosis != slots[i].climb.diagnosis || !Ladder.remedies(for: diagnosis).isEmpty || evidence.needsInquiry {
      enterLadder(i, at: now)
    }
  }

  /// The first step of a rung: everything that could hold it back is asked before anything is done.
  private mutating func prepare(_ i: Int, at now: Instant) {
    guard slots[i].memory.incident != nil else {
      slots[i].climb.phase = .idle
      return
    }
    slots[i].climb.look = nil
    slots[i].climb.stop = nil
    slots[i].climb.neighbours = .notAsked
    if settings.mode == .observing {
      return hold(
        i, Hold(by: .observing, why: "this engine observes only: start it with --heal, or run azlin autopilot run"),
        at: now)
    }
    if let remedy = nextRemedy(i, at: now), let hold = automaticHold(remedy, i, at: now) {
      return self.hold(i, hold, at: now)
    }
    slots[i].climb.phase = .probing(since: now)
    wantProbe(i, .full, at: now)
  }

  private mutating func hold(_ i: Int, _ hold: Hold, at now: Instant) {
    let retry = min(hold.until ?? .distantFuture, now + .seconds(30))
    if case .held(let old, _) = slots[i].climb.phase, old.by == hold.by {
    } else {
      log(.warning, i, "held: \(hold.by.rawValue) (\(hold.why))", at: now)
    }
    slots[i].climb.phase = .held(hold, retryAt: max(retry, now + .seconds(1)))
  }

  func nextRemedy(_ i: Int, at now: Instant) -> Remedy? {
    let ladder = Ladder.remedies(for: DiagnosisTable.diagnose(evidence(i, at: now)))
    return slots[i].climb.rung < ladder.count ? ladder[slots[i].climb.rung] : nil
  }

  /// The first guard in the way of an automatic remedy; observe mode is not among them, it is written down at the end.
  private func automaticHold(_ remedy: Remedy, _ i: Int, at now: Instant) -> Hold? {
    let blocks = Guards.blocks(remedy, slots[i])
    let holds = Guards.holds(remedy, slots[i], situation(of: i, at: now), at: now).filter { $0.by != .observeMode }
    return (blocks + holds).first
  }

  private func isObserved(_ i: Int) -> Bool {
    slots[i].policy.policy.healing.mode == .observe || settings.mode == .dryRun
  }

  /// The fresh probe before a rung has come.
  private mutating func probed(_ i: Int, since: Instant, at now: Instant) {
    guard let report = slots[i].lastReport, report.startedAt >= since else {
      if now - since >= .minutes(2) { slots[i].climb.phase = .waiting(until: now) }
      return
    }
    if slots[i].looksWell { return standDown(i, at: now) }
    let evidence = evidence(i, at: now)
    if evidence.needsLook, evidence.look == .notMade {
      let ticket = ticket(for: slots[i].id)
      slots[i].climb.phase = .looking(ticket)
      emit(.look(ticket, slots[i].machine, LookOrder(sshPort: slots[i].sshPort, timeout: .seconds(60))))
    } else if evidence.needsInquiry, slots[i].climb.stop == nil {
      let ticket = ticket(for: slots[i].id)
      slots[i].climb.phase = .looking(ticket)
      emit(.askStop(ticket, slots[i].machine, stopQuestion(i, at: now)))
    } else {
      decide(i, at: now)
    }
  }

  private mutating func standDown(_ i: Int, at now: Instant) {
    if slots[i].worstHard == .critical {
      // One healthy result does not end a hard finding; another look in 10 s does.
      slots[i].climb.phase = .waiting(until: now + .seconds(10))
      slots[i].recheckAt = now + .seconds(5)
    } else {
      log(.healthy, i, "well again before the remedy: standing down", at: now)
      beginSettling(i, at: now)
    }
  }

  mutating func take(look report: LookReport, ticket: Ticket, at now: Instant) {
    guard let i = index[ticket.machine], case .looking(let mine) = slots[i].climb.phase, mine == ticket else { return }
    slots[i].climb.look = report
    slots[i].climb.phase = .probing(since: .distantPast)
    decide(i, at: now)
    advance(i, at: now)
    touched(i)
  }

  /// What is known of a machine that is off, for whoever keeps the log.
  private func stopQuestion(_ i: Int, at now: Instant) -> StopQuestion {
    let state = slots[i]
    let ours = recoveries.filter { $0.machine == state.id && $0.remedy.isPower }
      .map { $0.startedAt...max($0.startedAt, $0.endedAt ?? now) }
    return StopQuestion(
      askedAt: now, offSince: state.offSince ?? now, runningAt: state.memory.seenRunningAt, ours: ours)
  }

  /// Who turned the machine off decides whether it may be started (semantics 5.6).
  mutating func take(stopReport report: StopReport, ticket: Ticket, at now: Instant) {
    guard let i = index[ticket.machine], case .looking(let mine) = slots[i].climb.phase, mine == ticket else { return }
    slots[i].climb.stop = report
    slots[i].climb.phase = .probing(since: .distantPast)
    func wait(_ why: String, until: Instant) {
      hold(i, Hold(by: .offReason, why: why, until: until), at: now)
      slots[i].climb.phase = .held(Hold(by: .offReason, why: why, until: until), retryAt: until)
    }
    switch report.reason {
    case .nobody: decide(i, at: now)
    case .asked(let who):
      slots[i].memory.stoppedBy = who
      log(.warning, i, "turned off by \(who): left alone", at: now)
      slots[i].climb.phase = .watching
      followIncident(i, at: now)
    case .platform(let why): wait(why, until: now + .minutes(5))
    case .pending(let why, let until): wait(why, until: max(until, now + .seconds(30)))
    case .notTold(let why): wait("who turned it off is not known: \(why)", until: now + .minutes(10))
    }
    advance(i, at: now)
    touched(i)
  }

  /// Everything is known: choose the rung, or say why there is none.
  private mutating func decide(_ i: Int, at now: Instant) {
    let evidence = evidence(i, at: now)
    let diagnosis = DiagnosisTable.diagnose(evidence)
    diagnosed(i, diagnosis, at: now)
    let ladder = Ladder.remedies(for: diagnosis)
    if evidence.look == .sshConfigurationBroken, diagnosis == .sshDown,
      case .done(let found)? = slots[i].climb.look?.outcome
    {
      return needsHuman(i, "sshd refuses its configuration: \(found.sshConfigurationError ?? "see sshd -t")", at: now)
    }
    guard !ladder.isEmpty else {
      let why = evidence.look == .impossible ? "no way into the guest but SSH" : diagnosis.rawValue
      slots[i].climb.phase = .held(Hold(by: .look, why: "alert only: \(why)"), retryAt: now + .minutes(10))
      return
    }
    guard slots[i].climb.rung < ladder.count else {
      return needsHuman(i, "every remedy for \(diagnosis.rawValue) has been tried", at: now)
    }
    let remedy = ladder[slots[i].climb.rung]
    if remedy == .restartSSH, evidence.look != .sshNotServing {
      slots[i].climb.phase = .held(
        Hold(by: .look, why: "the look does not show that sshd is down"), retryAt: now + .minutes(2))
      return
    }
    if remedy.isPower || remedy == .restartNetwork, slots[i].climb.neighbours == .notAsked {
      return askNeighbours(i, at: now)
    }
    if let hold = automaticHold(remedy, i, at: now) { return self.hold(i, hold, at: now) }
    if isObserved(i) { return writeWouldHave(remedy, i, at: now) }
    begin(remedy, i, initiator: .autopilot, at: now)
  }

  private mutating func neighboursAnswered(_ i: Int, since: Instant, at now: Instant) {
    slots[i].climb.neighbours = judgeNeighbours(of: i, since: since, at: now)
    let diagnosis = DiagnosisTable.diagnose(evidence(i, at: now))
    if diagnosis == .sharedCause || diagnosis == .monitorBlind || slots[i].climb.neighbours == .newlyBad {
      return hold(i, Hold(by: .neighbours, why: "\(diagnosis.rawValue): its neighbours fail too"), at: now)
    }
    decide(i, at: now)
  }

  private mutating func writeWouldHave(_ remedy: Remedy, _ i: Int, at now: Instant) {
    if !slots[i].climb.wroteWouldHave {
      slots[i].climb.wroteWouldHave = true
      var record = newRecord(remedy, i, initiator: .autopilot, at: now)
      record.outcome = .wouldHave
      record.endedAt = now
      keep(record)
      log(.warning, i, "would have: \(remedy.title)", at: now)
    }
    slots[i].climb.phase = .held(
      Hold(by: .observeMode, why: "would have: \(remedy.title)"), retryAt: now + .minutes(10))
  }

  func newRecord(_ remedy: Remedy, _ i: Int, initiator: Initiator, at now: Instant) -> RecoveryRecord {
    let state = slots[i]
    let incident = state.memory.incident
    return RecoveryRecord(
      id: IntentID("\(state.id.rawValue)@\(now.milliseconds)/\(remedy.rawValue)"), machine: state.id,
      machineName: state.machine.name, incarnation: state.machine.incarnation,
      incident: incident?.id ?? "\(state.machine.name)-\(now.milliseconds)",
      diagnosis: DiagnosisTable.diagnose(evidence(i, at: now)), remedy: remedy, initiator: initiator,
      issue: incident == nil && initiator == .operator ? "asked for by the operator" : slots[i].worstReason,
      startedAt: now, attempt: (incident?.attempts ?? 0) + 1)
  }
}
