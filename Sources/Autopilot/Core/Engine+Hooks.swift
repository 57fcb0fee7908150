import FleetModel

extension Engine {
  /// Waits after each veto before the hooks are asked again (semantics 8.2).
  private static let vetoWaits: [Duration] = [.minutes(1), .minutes(2), .minutes(5), .minutes(10), .minutes(30)]

  /// Runs the scripts of one event, if there are any and effects are wanted.
  /// - Returns: the ticket under which their end is told; nil: there is nothing to run.
  @discardableResult
  mutating func runHooks(_ event: HookEvent, _ i: Int, reason: String, at now: Instant) -> Ticket? {
    let hooks = slots[i].policy.policy.hooks[event] ?? []
    guard !hooks.isEmpty else { return nil }
    let byHand = slots[i].climb.record?.initiator == .operator && slots[i].climb.record?.outcome.isSettled == false
    let observed = slots[i].policy.policy.healing.mode == .observe || settings.mode != .healing
    guard byHand || !observed else { return nil }
    if event == .onFailure {
      guard slots[i].memory.incident?.failureHookRan == false else { return nil }
      slots[i].memory.incident?.failureHookRan = true
    }
    let ticket = ticket(for: slots[i].id)
    let occasion = HookOccasion(
      event: event, machine: slots[i].machine, reason: reason, at: now, verdict: verdict(i),
      attempt: slots[i].climb.record?.attempt ?? 0)
    emit(.runHooks(ticket, occasion, hooks))
    return ticket
  }

  mutating func take(hookRuns runs: [HookRun], ticket: Ticket, at now: Instant) {
    guard let i = index[ticket.machine] else { return }
    for run in runs {
      slots[i].hookRuns[.init(event: run.event, path: run.path)] = run
      emit(.keep(.hookRun(run)))
      if !run.result.succeeded {
        log(.warning, i, "hook \(run.event.rawValue) \(run.path): \(run.result.text)", at: now)
      }
    }
    defer { touched(i) }
    guard case .askingHooks(let mine, _) = slots[i].climb.phase, mine == ticket, let record = slots[i].climb.record
    else {
      return
    }
    let vetoing = runs.first { run in
      !run.result.succeeded
        && (slots[i].policy.policy.hooks[run.event] ?? []).contains { $0.path == run.path && $0.veto }
    }
    if let vetoing { return veto(i, vetoing, record, at: now) }
    slots[i].climb.vetoes = 0
    slots[i].climb.firstVetoAt = nil
    slots[i].climb.agreed = (record.remedy, now)
    resumeBegin(i, at: now)
  }

  /// The hooks never came back: nothing has happened yet, and nothing does without their word.
  mutating func hooksLost(_ i: Int, at now: Instant) {
    slots[i].climb.record = nil
    guard slots[i].memory.incident != nil else {
      slots[i].climb.phase = .idle
      return
    }
    hold(i, Hold(by: .veto, why: "its hooks did not end within 10 minutes"), retryAt: now + .minutes(10), at: now)
  }

  private mutating func veto(_ i: Int, _ run: HookRun, _ record: RecoveryRecord, at now: Instant) {
    let why = "\(run.path): \(run.result.text)"
    slots[i].climb.record = nil
    guard record.initiator == .autopilot, slots[i].memory.incident != nil else {
      var refused = record
      refused.outcome = .vetoed(why)
      refused.endedAt = now
      keep(refused)
      log(.warning, i, "\(record.remedy.title) vetoed by \(why)", at: now)
      slots[i].climb.phase = slots[i].memory.incident == nil ? .idle : .watching(askAgainAt: now + .minutes(1))
      return
    }
    let first = slots[i].climb.firstVetoAt ?? now
    slots[i].climb.firstVetoAt = first
    if now - first >= .hours(2) { return needsHuman(i, "\(record.remedy.title) vetoed for 2 h by \(why)", at: now) }
    let wait = Self.vetoWaits[min(slots[i].climb.vetoes, Self.vetoWaits.count - 1)]
    slots[i].climb.vetoes += 1
    slots[i].climb.phase = .held(Hold(by: .veto, why: why, until: now + wait), retryAt: now + wait)
    log(.warning, i, "\(record.remedy.title) vetoed by \(why)", at: now)
  }

  /// The hooks agree. They may have taken a while: automatic remedies rest on fresh evidence only, and the hooks are
  /// not asked again for it.
  private mutating func resumeBegin(_ i: Int, at now: Instant) {
    guard let record = slots[i].climb.record else { return }
    let age = now - (slots[i].lastReport?.startedAt ?? .distantPast)
    if record.initiator == .autopilot, age > Self.evidenceLifetime {
      slots[i].climb.record = nil
      slots[i].climb.phase = .waiting(until: now)
      log(.warning, i, "hooks took \(Int(age.inSeconds)) s: looking again before \(record.remedy.title)", at: now)
      return advance(i, at: now)
    }
    // Others may have begun meanwhile: guards are asked immediately before the effect (semantics 5.12).
    if record.initiator == .autopilot, let hold = automaticHold(record.remedy, i, isLast: true, at: now) {
      slots[i].climb.record = nil
      return self.hold(i, hold, at: now)
    }
    write(i, at: now)
  }

  /// Whether the pre-hooks of this remedy have agreed a moment ago.
  func haveHooksAgreed(to remedy: Remedy, _ i: Int, at now: Instant) -> Bool {
    slots[i].climb.agreed.map { $0.remedy == remedy && now - $0.at < .minutes(2) } ?? false
  }
}
