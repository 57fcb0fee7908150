import FleetModel

extension Engine {
  mutating func carryOut(_ command: OperatorCommand, id: CommandID, at now: Instant) {
    switch command {
    case .checkNow(let machines): checkNow(machines, id, at: now)
    case .recover(let machine, let remedy, let overriding):
      recover(machine, remedy, overriding: Set(overriding), id, at: now)
    case .pause(let selection, let span): pause(selection, until: span.map { now + $0 } ?? .distantFuture, id, at: now)
    case .resume(let selection): resume(selection, id, at: now)
    case .acknowledge(let selection): acknowledge(selection, id, at: now)
    case .rearm(let selection): rearm(selection, id, at: now)
    case .mute(let selection, let span): mute(selection, until: span.map { now + $0 }, id, at: now)
    case .acceptInventory: acceptInventory(id, at: now)
    case .edit, .reload:
      refuse(id, "the engine core does not read files: the runtime carries this out")
    }
  }

  /// The machines of a selection; answers with a refusal and nil where it is empty or names strangers.
  private mutating func resolve(_ selection: FleetSelection, _ id: CommandID) -> [Int]? {
    switch selection {
    case .all: return Array(slots.indices)
    case .machines(let machines): return resolve(machines, id)
    }
  }

  private mutating func resolve(_ machines: [MachineID], _ id: CommandID) -> [Int]? {
    guard !machines.isEmpty else {
      refuse(id, "no machine was named; say --all for all of them")
      return nil
    }
    let strangers = machines.filter { index[$0] == nil }
    guard strangers.isEmpty else {
      refuse(id, "not known to this engine: \(strangers.map(\.rawValue).joined(separator: ", "))")
      return nil
    }
    return machines.compactMap { index[$0] }
  }

  mutating func refuse(_ id: CommandID, _ why: String, holds: [Hold] = []) {
    emit(.answer(id, .failure(CommandRefusal(why, holds: holds))))
  }

  private func names(_ found: [Int]) -> String {
    found.count == 1 ? slots[found[0]].machine.name : "\(found.count) machines"
  }

  private mutating func checkNow(_ machines: [MachineID], _ id: CommandID, at now: Instant) {
    guard let found = resolve(machines, id) else { return }
    pendingChecks[id] = Set(found.map { slots[$0].id })
    for i in found {
      wantProbe(i, .full, at: now)
      touched(i)
    }
  }

  /// A probe has ended: checks asked for by hand may be complete. One queued behind it still counts as under way.
  mutating func answerWaiting(_ i: Int) {
    guard !pendingChecks.isEmpty, slots[i].wantedDepth == nil else { return }
    for (id, var waiting) in pendingChecks {
      guard waiting.remove(slots[i].id) != nil else { continue }
      pendingChecks[id] = waiting.isEmpty ? nil : waiting
      if waiting.isEmpty { emit(.answer(id, .success("checked"))) }
    }
  }

  private mutating func pause(_ selection: FleetSelection, until: Instant, _ id: CommandID, at now: Instant) {
    guard let found = resolve(selection, id) else { return }
    if selection == .all {
      fleet.pausedUntil = until
    } else {
      for i in found {
        slots[i].memory.pausedUntil = until
        touched(i)
      }
    }
    let what = selection == .all ? "the fleet" : names(found)
    log(.warning, found.count == 1 ? found[0] : nil, "automation paused for \(what) by the operator", at: now)
    emit(.answer(id, .success("automation paused for \(what)")))
  }

  private mutating func resume(_ selection: FleetSelection, _ id: CommandID, at now: Instant) {
    guard let found = resolve(selection, id) else { return }
    if selection == .all {
      fleet.pausedUntil = nil
      fleet.powerLatched = false
    } else if let until = fleet.pausedUntil, until > now {
      return refuse(id, "the whole fleet is paused; resume it with --all")
    }
    for i in found where slots[i].memory.pausedUntil != nil {
      slots[i].memory.pausedUntil = nil
      advance(i, at: now)
      touched(i)
    }
    let what = selection == .all ? "the fleet" : names(found)
    log(.healthy, found.count == 1 ? found[0] : nil, "automation resumed for \(what) by the operator", at: now)
    emit(.answer(id, .success("automation resumed for \(what)")))
  }

  private mutating func acknowledge(_ selection: FleetSelection, _ id: CommandID, at now: Instant) {
    guard let found = resolve(selection, id) else { return }
    let open = found.filter { slots[$0].memory.incident != nil }
    guard !open.isEmpty else { return refuse(id, "nothing to acknowledge: no open incident on \(names(found))") }
    for i in open {
      slots[i].memory.acknowledgedUntil = now + .hours(24)
      log(.warning, i, "acknowledged by the operator", at: now)
      touched(i)
    }
    emit(.answer(id, .success("acknowledged: \(names(open))")))
  }

  /// After "needs a human": attempts begin anew (semantics 6.8).
  private mutating func rearm(_ selection: FleetSelection, _ id: CommandID, at now: Instant) {
    guard let found = resolve(selection, id) else { return }
    let open = found.filter { slots[$0].memory.incident != nil }
    guard !open.isEmpty else { return refuse(id, "nothing to rearm: no open incident on \(names(found))") }
    for i in open {
      slots[i].memory.attempts = []
      slots[i].memory.startsAt = []
      slots[i].memory.cleanUpsAt = []
      slots[i].memory.acknowledgedUntil = nil
      slots[i].memory.incident?.attempts = 0
      slots[i].memory.incident?.needsHuman = nil
      slots[i].memory.incident?.endedBy = nil
      slots[i].memory.incident?.humanTold = nil
      (slots[i].climb.rung, slots[i].climb.nextDelay, slots[i].climb.inquiries) = (0, nil, 0)
      slots[i].climb.held = nil
      log(.warning, i, "rearmed by the operator", at: now)
      if !slots[i].climb.isBusy, slots[i].memory.incident?.wellSince == nil { enterLadder(i, at: now) }
      touched(i)
    }
    emit(.answer(id, .success("rearmed: \(names(open))")))
  }

  /// Nobody is notified; nothing else changes.
  private mutating func mute(_ selection: FleetSelection, until: Instant?, _ id: CommandID, at now: Instant) {
    guard let found = resolve(selection, id) else { return }
    for i in found {
      slots[i].memory.mutedUntil = until
      touched(i)
    }
    let what = names(found)
    let end = until.map { "until \(TimestampText.rfc3339($0))" } ?? "no more"
    log(.warning, found.count == 1 ? found[0] : nil, "notifications of \(what) muted \(end)", at: now)
    emit(.answer(id, .success("notifications of \(what) muted \(end)")))
  }

  private mutating func recover(
    _ machine: MachineID, _ wanted: Remedy?, overriding: Set<Guard>, _ id: CommandID, at now: Instant
  ) {
    guard let found = resolve([machine], id), let i = found.first else { return }
    let name = slots[i].machine.name
    guard let remedy = wanted ?? nextRemedy(i, at: now) else {
      return refuse(
        id, "no remedy applies to \(name) by itself (\(slots[i].climb.diagnosis.rawValue)); choose one with --remedy")
    }
    let blocks = Guards.blocks(remedy, slots[i])
    if let block = blocks.first {
      return refuse(id, "\(remedy.title) on \(name) cannot be done: \(block.why)", holds: blocks)
    }
    let holds = manualHolds(remedy, i, at: now)
    let unnamed = holds.filter { !overriding.contains($0.by) }
    guard unnamed.isEmpty else {
      let list = unnamed.map { "\($0.by.rawValue) (\($0.why))" }.joined(separator: "; ")
      return refuse(id, "\(remedy.title) on \(name) is held: \(list)", holds: unnamed)
    }
    if !overriding.isEmpty {
      log(.warning, i, "operator passes \(overriding.map(\.rawValue).sorted().joined(separator: ", "))", at: now)
    }
    begin(remedy, i, initiator: .operator, at: now)
    advance(i, at: now)
    touched(i)
    emit(.answer(id, .success("\(remedy.title) on \(name) begun")))
  }

  /// The guards an operator has to name. That an engine only observes, or that a machine is not enabled, is about
  /// automatic healing and holds no person back.
  func manualHolds(_ remedy: Remedy, _ i: Int, at now: Instant) -> [Hold] {
    Guards.holds(remedy, slots[i], situation(of: i, at: now), at: now).filter { hold in
      switch hold.by {
      case .notWatched, .observing, .healingDisabled, .observeMode, .attempts, .flapping, .noBaseline, .offOnPurpose,
        .acknowledged, .powerAfter, .window:
        false
      default: true
      }
    }
  }

  /// The ladder for one machine with what each guard says; nil: not known.
  package func plan(
    for machine: MachineID, at now: Instant, effect: (Remedy, VirtualMachine) -> String?
  ) -> RecoveryPlan? {
    guard let i = index[machine] else { return nil }
    let diagnosis = DiagnosisTable.diagnose(evidence(i, at: now))
    let state = slots[i]
    let automatic = ladder(diagnosis, i)
    let listed = automatic + Ladder.manual.filter { !automatic.contains($0) }
    let situation = situation(of: i, at: now)
    let rungs = listed.map { remedy in
      RecoveryPlan.Rung(
        remedy: remedy, isAutomatic: automatic.contains(remedy),
        effect: effect(remedy, state.machine) ?? "not possible here",
        holds: Guards.holds(remedy, state, situation, at: now), blocked: Guards.blocks(remedy, state))
    }
    return RecoveryPlan(machine: machine, diagnosis: diagnosis, reason: slots[i].worstReason, rungs: rungs)
  }
}
