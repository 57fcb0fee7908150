import FleetModel

extension Engine {
  /// The state of the fleet. Rows that did not change since the last call are the same objects.
  package mutating func snapshot(sequence: UInt64, at now: Instant) -> FleetSnapshot {
    var machines: [MachineSnapshot] = []
    machines.reserveCapacity(order.count)
    for i in order {
      if let cached = slots[i].cached {
        machines.append(cached)
      } else {
        let made = MachineSnapshot(
          status: status(i), history: slots[i].history, policy: slots[i].policy, hooks: hooks(i),
          isProbing: slots[i].probing != nil)
        slots[i].cached = made
        machines.append(made)
      }
    }
    return FleetSnapshot(
      sequence: sequence, at: now, machines: machines, recoveries: Array(recoveries.suffix(Self.logCapacity)),
      events: Array(events.suffix(Self.logCapacity)), engine: engineStatus(at: now))
  }

  package func engineStatus(at now: Instant) -> EngineStatus {
    var holds: [Hold] = []
    if let until = fleet.pausedUntil, until > now {
      holds.append(Hold(by: .paused, why: "the fleet is paused", until: until))
    }
    if fleet.powerLatched {
      holds.append(Hold(by: .powerBudget, why: "the daily power budget was used up; resume the fleet to go on"))
    }
    return EngineStatus(
      mode: settings.mode, context: settings.context, pausedUntil: fleet.pausedUntil, holds: holds, notices: notices,
      probing: counters.probing, lateProbes: counters.late, probesDone: counters.done)
  }

  func status(_ i: Int) -> MachineStatus {
    let state = slots[i]
    return MachineStatus(
      machine: state.machine, watch: watch(i), verdict: verdict(i), reason: reason(i), readings: state.readings,
      checks: checkStatuses(i), diagnosis: state.memory.incident == nil ? .none : state.climb.diagnosis,
      incident: incident(i), holds: machineHolds(i), lastProbe: state.report?.finishedAt,
      nextProbe: state.isWatched ? min(state.schedule.next, state.recheckAt ?? .distantFuture) : nil)
  }

  private func watch(_ i: Int) -> WatchState {
    let policy = slots[i].policy.policy
    guard slots[i].isWatched else { return .notWatched }
    let heals = policy.monitoring.enabled && policy.healing.enabled && policy.healing.mode == .heal
    return heals && settings.mode == .healing && slots[i].machine.provider != .local ? .healing : .observing
  }

  func verdict(_ i: Int) -> Verdict {
    let state = slots[i]
    guard state.isWatched else { return .notWatched }
    if isIntendedOff(i) { return .off }
    switch state.worstHard {
    case .critical: return .critical
    case .warning: return .warning
    case .healthy: break
    }
    guard state.report != nil else { return .unknown }
    if state.results[.connectivity]?.severity == .warning { return .warning }
    let reachKnown = state.results[.connectivity].map { $0.severity != nil } ?? false
    let powerKnown = state.results[.power].map { $0.severity != nil } ?? false
    return reachKnown || powerKnown || state.readings.uptime.value != nil ? .healthy : .unknown
  }

  private func reason(_ i: Int) -> String {
    let state = slots[i]
    guard state.isWatched else { return "not enabled" }
    guard state.report != nil else { return "not probed yet" }
    if isIntendedOff(i) {
      return state.memory.stoppedByOperatorAt == nil ? "off since before it was watched" : "stopped through azlin"
    }
    let confirm = state.policy.policy.monitoring.confirm
    let kinds = CheckKind.allCases.filter { state.checks.contains($0) }
    let shown = kinds.filter { state.results[$0]?.participates ?? false }
    if let hard = shown.filter({ state.track($0).hard > .healthy }).max(by: {
      state.track($0).hard < state.track($1).hard
    }) {
      return state.track(hard).reason
    }
    if let soft = shown.first(where: { state.track($0).streak(limit: confirm) > 0 }) {
      return "\(state.track(soft).reason) (\(state.track(soft).streak(limit: confirm)) of \(confirm))"
    }
    let missing = kinds.filter { state.results[$0]?.participates ?? false && state.results[$0]?.severity == nil }
    if let first = missing.first { return "partly measured: \(state.track(first).reason)" }
    return ""
  }

  private func checkStatuses(_ i: Int) -> [CheckStatus] {
    let state = slots[i]
    let confirm = state.policy.policy.monitoring.confirm
    return CheckKind.allCases.compactMap { kind in
      guard state.checks.contains(kind) else { return nil }
      let track = state.track(kind)
      return CheckStatus(
        kind: kind, hard: track.hard, last: track.last, streak: track.streak(limit: confirm),
        confirm: kind == .logs ? 1 : confirm, reason: track.reason, measuredAt: track.measuredAt,
        since: track.hardSince, isFlapping: track.isFlapping)
    }
  }

  private func incident(_ i: Int) -> IncidentSnapshot? {
    guard let incident = slots[i].memory.incident else { return manualIncident(i) }
    let state = slots[i]
    return IncidentSnapshot(
      id: incident.id, openedAt: incident.openedAt, diagnosis: state.climb.diagnosis, phase: phase(i),
      attempts: incident.attempts, maxAttempts: state.policy.policy.healing.maxAttempts, remedy: shownRemedy(i))
  }

  /// A remedy by hand on a machine without an incident.
  private func manualIncident(_ i: Int) -> IncidentSnapshot? {
    guard slots[i].climb.isBusy, let record = slots[i].climb.record else { return nil }
    return IncidentSnapshot(
      id: record.incident, openedAt: record.startedAt, diagnosis: .none, phase: phase(i), attempts: 0,
      maxAttempts: slots[i].policy.policy.healing.maxAttempts, remedy: record.remedy)
  }

  private func shownRemedy(_ i: Int) -> Remedy? {
    if slots[i].climb.isBusy, let record = slots[i].climb.record { return record.remedy }
    switch slots[i].climb.phase {
    case .settling, .idle, .watching, .needsHuman: return nil
    default:
      let ladder = Ladder.remedies(for: slots[i].climb.diagnosis)
      return slots[i].climb.rung < ladder.count ? ladder[slots[i].climb.rung] : nil
    }
  }

  private func phase(_ i: Int) -> IncidentPhase {
    switch slots[i].climb.phase {
    case .idle, .watching: .watching
    case .waiting(let until): .waiting(until: until)
    case .probing: .preparing("probing afresh")
    case .looking: .preparing("looking into the guest")
    case .askingNeighbours(let pending, _): .preparing("asking \(pending.count) neighbour(s)")
    case .askingHooks: .preparing("asking hooks")
    case .writing: .preparing("writing the intent")
    case .acting(_, let since): .acting(since: since)
    case .verifying(_, let until, _): .verifying(until: until)
    case .held(let hold, let retryAt):
      .held(hold.until == nil && retryAt != .distantFuture ? Hold(by: hold.by, why: hold.why, until: nil) : hold)
    case .needsHuman(let why): .needsHuman(why)
    case .settling(let until): .settling(until: until)
    }
  }

  private func machineHolds(_ i: Int) -> [Hold] {
    var holds: [Hold] = []
    if let until = slots[i].memory.pausedUntil {
      holds.append(Hold(by: .paused, why: "automation is paused", until: until))
    }
    if let until = slots[i].memory.acknowledgedUntil {
      holds.append(Hold(by: .acknowledged, why: "acknowledged by the operator", until: until))
    }
    for kind in CheckKind.allCases where slots[i].tracks[kind]?.isFlapping ?? false {
      holds.append(Hold(by: .flapping, why: "\(kind.label) changes too often to be trusted"))
    }
    return holds
  }

  private func hooks(_ i: Int) -> [HookStatus] {
    let state = slots[i]
    return HookEvent.allCases.flatMap { event in
      (state.policy.policy.hooks[event] ?? []).map { hook in
        HookStatus(
          event: event, registration: hook, lastRun: state.hookRuns[.init(event: event, path: hook.path)],
          problem: hookProblems[hook.path])
      }
    }
  }
}
