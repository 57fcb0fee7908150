import FleetModel

extension Engine {
  /// Evidence older than this is gathered again before a rung (semantics 5.12).
  static let evidenceLifetime = Duration.seconds(30)
  /// A person is told of a rung that has been held for this long (semantics 6).
  static let longestSilentHold = Duration.hours(2)

  /// Moves one machine's climb as far as it goes without another event.
  mutating func advance(_ i: Int, at now: Instant) {
    if slots[i].memory.fateUnknownUntil.map({ $0 <= now }) ?? false { settleFate(i, at: now) }
    if payOwedStart(i, at: now) { return }
    switch slots[i].climb.phase {
    case .idle: reconsider(i, askAgainAt: .distantFuture, at: now)
    case .watching(let askAgainAt): reconsider(i, askAgainAt: askAgainAt, at: now)
    case .needsHuman: break
    case .waiting(let until): if until <= now { prepare(i, at: now) }
    case .probing(let since): probed(i, since: since, at: now)
    case .inquiring(_, let question, let since, let asked):
      if now - asked >= Climb.longestInquiry { unanswered(question, i, since: since, at: now) }
    case .askingNeighbours(let pending, let since, let canaries, let purpose):
      if (pending.isEmpty && canaries) || now - since >= Climb.longestNeighbours {
        neighboursAnswered(i, since: since, purpose, at: now)
      }
    case .askingHooks(_, let since):
      if now - since >= Climb.longestHooks { hooksLost(i, at: now) }
    case .writing(let intent, let since):
      if now - since >= Climb.longestWrite {
        take(intentWritten: intent, machine: slots[i].id, failure: "no answer within a minute", at: now)
      }
    case .acting(let order, _): if now > order.notAfter + .seconds(20) { lost(i, at: now) }
    case .verifying(let since, let until, let nextProbe):
      verify(i, since: since, until: until, nextProbe: nextProbe, at: now)
    case .held(_, let retryAt): if retryAt <= now { prepare(i, at: now) }
    case .settling(let until): if until <= now { endSettling(i, at: now) }
    }
  }

  /// An incident without a remedy may turn into one that has one.
  private mutating func reconsider(_ i: Int, askAgainAt: Instant, at now: Instant) {
    guard slots[i].memory.incident != nil, slots[i].memory.incident?.wellSince == nil, slots[i].worstHard == .critical
    else {
      // Nothing is critical just now, yet the incident is open: a deadline of the past would wake the engine for ever.
      if askAgainAt <= now { slots[i].climb.phase = .watching(askAgainAt: now + .minutes(10)) }
      return
    }
    if askAgainAt <= now { return prepare(i, at: now) }
    let diagnosis = DiagnosisTable.diagnose(evidence(i, at: now))
    if diagnosis != slots[i].climb.diagnosis, !ladder(diagnosis, i).isEmpty { enterLadder(i, at: now) }
  }

  /// The first step of a rung: what could hold it back is asked before anybody is.
  mutating func prepare(_ i: Int, at now: Instant) {
    guard slots[i].memory.incident != nil else {
      slots[i].climb.phase = .idle
      return
    }
    slots[i].climb.stop = nil
    if now - slots[i].climb.neighboursAt > .minutes(2) { slots[i].climb.neighbours = .notAsked }
    if settings.mode == .observing {
      return hold(
        i, Hold(by: .observing, why: "this engine observes only: start it with --heal, or run azlin autopilot run"),
        at: now)
    }
    if fleet.blindPaths?[slots[i].path] != nil {
      askCanaries(at: now)
      return hold(i, Hold(by: .blind, why: "neither a watched machine nor a canary answers"), at: now)
    }
    // Where the fate of a remedy is not known, only asking can end the wait.
    if slots[i].memory.fateUnknownUntil == nil, let remedy = nextRemedy(i, at: now),
      let hold = automaticHold(remedy, i, isLast: false, at: now)
    {
      return self.hold(i, hold, at: now)
    }
    probeAfresh(i, at: now)
  }

  private mutating func probeAfresh(_ i: Int, at now: Instant) {
    slots[i].climb.phase = .probing(since: now)
    wantProbe(i, .full, at: now)
  }

  mutating func hold(_ i: Int, _ hold: Hold, retryAt: Instant? = nil, at now: Instant) {
    if Self.endsLadder(hold) { return needsHuman(i, "\(hold.by.rawValue): \(hold.why)", by: hold.by, at: now) }
    let retry = retryAt ?? min(hold.until ?? .distantFuture, now + .seconds(30))
    if slots[i].climb.held?.by != hold.by {
      log(.warning, i, "held: \(hold.by.rawValue) (\(hold.why))", at: now)
    }
    var held = slots[i].climb.held ?? Climb.HeldSpan(since: now, by: hold.by)
    // Whoever was told of one guard knows nothing of the next.
    if held.isTold, held.by != hold.by { held = Climb.HeldSpan(since: now, by: hold.by) }
    held.by = hold.by
    if now - held.since >= Self.longestSilentHold, !held.isTold, Self.mayBeLong(hold.by) {
      held.isTold = true
      log(.critical, i, "needs a human: held for 2 h by \(hold.by.rawValue) (\(hold.why))", at: now)
    }
    slots[i].climb.held = held
    slots[i].climb.phase = .held(hold, retryAt: max(retry, now + .seconds(1)))
  }

  /// A rung that policy forbids, or that does not exist here, ends the ladder: the next one would be harsher
  /// (semantics 5.2).
  private static func endsLadder(_ hold: Hold) -> Bool {
    switch hold.by {
    case .toggle, .notPossible, .thisMachine, .shielded: true
    // No hour gives back an incident's attempts: a person does (semantics 6.8).
    case .attempts: hold.until == nil
    default: false
    }
  }

  /// Who chose these knows.
  private static func mayBeLong(_ guardRule: Guard) -> Bool {
    switch guardRule {
    case .observing, .observeMode, .healingDisabled, .notWatched: false
    default: true
    }
  }

  func ladder(_ diagnosis: Diagnosis, _ i: Int) -> [Remedy] {
    Ladder.remedies(for: diagnosis, hasPlatform: slots[i].machine.abilities.contains(.reapply))
  }

  func nextRemedy(_ i: Int, at now: Instant) -> Remedy? {
    let ladder = ladder(DiagnosisTable.diagnose(evidence(i, at: now)), i)
    return slots[i].climb.rung < ladder.count ? ladder[slots[i].climb.rung] : nil
  }

  /// The first guard in the way of an automatic remedy; observe mode is not among them, it is written down at the end.
  /// - Parameter isLast: nothing else will be asked before the effect.
  mutating func automaticHold(_ remedy: Remedy, _ i: Int, isLast: Bool, at now: Instant) -> Hold? {
    let blocks = Guards.blocks(remedy, slots[i])
    let holds = Guards.holds(remedy, slots[i], situation(of: i, at: now), at: now).filter { $0.by != .observeMode }
    let first = (blocks + holds).first
    if let first { return first }
    if remedy == .cleanDisk, let hold = fullAgain(i, at: now) { return hold }
    if isLast, let hold = Guards.lastHold(remedy, slots[i], at: now) { return hold }
    // The day's budget is used up, and this rung would go beyond it: a person has to say how it goes on.
    if remedy.isPower, !fleet.powerLatched, let used = Guards.dailyBudgetUsed(situation(of: i, at: now)) {
      fleet.powerLatched = true
      log(.critical, nil, "needs a human: \(used); no more power remedies until the fleet is resumed", at: now)
      return Hold(by: .powerBudget, why: used)
    }
    return nil
  }

  /// A disk that is full again soon after a clean-up is for a person (semantics 5.9).
  private func fullAgain(_ i: Int, at now: Instant) -> Hold? {
    let id = slots[i].id
    // A person who rearms it clears these.
    guard slots[i].memory.cleanUpsAt.contains(where: { now - $0 < .hours(6) }),
      let last = recoveries.last(where: { $0.machine == id && $0.remedy == .cleanDisk }),
      last.outcome.success == true || last.outcome == .relapsed
    else { return nil }
    let when = TimestampText.rfc3339(last.startedAt)
    return Hold(by: .attempts, why: "full again after the clean-up of \(when)\(fillRate(i))")
  }

  private func isObserved(_ i: Int) -> Bool {
    slots[i].policy.policy.healing.mode == .observe || settings.mode == .dryRun
  }

  mutating func standDown(_ i: Int, at now: Instant) {
    if slots[i].worstHard == .critical {
      // One healthy result does not end a hard finding; another look in 10 s does.
      slots[i].climb.phase = .waiting(until: now + .seconds(10))
      slots[i].recheckAt = now + .seconds(5)
    } else {
      log(.healthy, i, "well again before the remedy: standing down", at: now)
      beginSettling(i, at: now)
    }
  }

  /// Everything is known: choose the rung, or say why there is none.
  mutating func decide(_ i: Int, since: Instant, at now: Instant) {
    let evidence = evidence(i, at: now)
    let diagnosis = DiagnosisTable.diagnose(evidence)
    // Silence is not this machine's own before its neighbours have said so.
    if evidence.reach == .silent, evidence.power != .off, evidence.neighbours == .notAsked {
      return askNeighbours(i, .rung, at: now)
    }
    diagnosed(i, diagnosis, at: now)
    if evidence.look == .sshConfigurationBroken, diagnosis == .sshDown,
      case .done(let found)? = slots[i].inquiry.look?.outcome
    {
      return needsHuman(i, "sshd refuses its configuration: \(found.sshConfigurationError ?? "see sshd -t")", at: now)
    }
    let ladder = ladder(diagnosis, i)
    guard !ladder.isEmpty else { return watch(i, evidence, diagnosis, at: now) }
    guard slots[i].climb.rung < ladder.count else {
      return needsHuman(i, "every remedy for \(diagnosis.rawValue) has been tried", at: now)
    }
    let remedy = ladder[slots[i].climb.rung]
    guard Ladder.isShown(remedy, by: evidence.look) else {
      return hold(
        i, Hold(by: .look, why: "the look does not show what \(remedy.title) would mend"), retryAt: now + .minutes(2),
        at: now)
    }
    if remedy.isPower || remedy == .restartNetwork, slots[i].climb.neighbours == .notAsked {
      if let hold = automaticHold(remedy, i, isLast: false, at: now) { return self.hold(i, hold, at: now) }
      return askNeighbours(i, .rung, at: now)
    }
    // Looks and neighbours take their time: what is oldest is asked again.
    if now - since > Self.evidenceLifetime { return probeAfresh(i, at: now) }
    if let hold = automaticHold(remedy, i, isLast: true, at: now) { return self.hold(i, hold, at: now) }
    if isObserved(i) { return writeWouldHave(remedy, i, at: now) }
    begin(remedy, i, initiator: .autopilot, at: now)
  }

  /// No remedy applies: its guest is asked again, less and less often, at least every 10 minutes.
  private mutating func watch(_ i: Int, _ evidence: Evidence, _ diagnosis: Diagnosis, at now: Instant) {
    // A second read of a silent agent is worth waiting for.
    let pause: Duration =
      evidence.agent == .silentOnce
      ? .seconds(61) : min(.minutes(10), .seconds(60 << min(slots[i].climb.inquiries, 4)))
    slots[i].climb.inquiries += 1
    slots[i].climb.phase = .watching(askAgainAt: evidence.isBad ? now + pause : .distantFuture)
  }

  mutating func neighboursAnswered(_ i: Int, since: Instant, _ purpose: Climb.Purpose, at now: Instant) {
    slots[i].climb.neighbours = judgeNeighbours(of: i, since: since, at: now)
    slots[i].climb.neighboursAt = now
    let diagnosis = DiagnosisTable.diagnose(evidence(i, at: now))
    if diagnosis == .sharedCause || diagnosis == .monitorBlind {
      diagnosed(i, diagnosis, at: now)
      joinShared(i, diagnosis, at: now)
      return hold(
        i, Hold(by: .neighbours, why: diagnosis.rawValue), retryAt: now + .minutes(2), at: now)
    }
    switch purpose {
    case .cause:
      tellFailure(i, at: now)
      enterLadder(i, at: now)
    case .rung: probeAfresh(i, at: now)
    }
  }

  private mutating func writeWouldHave(_ remedy: Remedy, _ i: Int, at now: Instant) {
    if !slots[i].climb.wroteWouldHave {
      slots[i].climb.wroteWouldHave = true
      var record = newRecord(remedy, i, initiator: .autopilot, at: now)
      record.outcome = .wouldHave
      record.endedAt = now
      keep(record)
      // Budgets are charged virtually (semantics 1.5).
      if remedy.isPower { chargeBudget(i, at: now) }
      log(.warning, i, "would have: \(remedy.title)", at: now)
    }
    slots[i].climb.phase = .held(
      Hold(by: .observeMode, why: "would have: \(remedy.title)"), retryAt: now + .minutes(10))
  }

  func newRecord(_ remedy: Remedy, _ i: Int, initiator: Initiator, at now: Instant) -> RecoveryRecord {
    let state = slots[i]
    let incident = state.memory.incident
    var record = RecoveryRecord(
      id: IntentID("\(state.id.rawValue)@\(now.milliseconds)/\(remedy.rawValue)"), machine: state.id,
      machineName: state.machine.name, incarnation: state.machine.incarnation,
      incident: incident?.id ?? "\(state.machine.name)-\(now.milliseconds)",
      diagnosis: DiagnosisTable.diagnose(evidence(i, at: now)), remedy: remedy, initiator: initiator,
      issue: incident == nil && initiator == .operator ? "asked for by the operator" : slots[i].worstReason,
      startedAt: now, attempt: (incident?.attempts ?? 0) + 1)
    if remedy.isDestructive { record.evidence = state.inquiry.platform?.serialLog }
    return record
  }
}
