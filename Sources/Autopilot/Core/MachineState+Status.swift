import FleetModel

/// What a snapshot says of one machine.
extension MachineState {
  func status(mode: EngineStatus.Mode) -> MachineStatus {
    return MachineStatus(
      machine: machine, watch: watch(mode), verdict: verdict, reason: reason, readings: readings,
      checks: checkStatuses(), diagnosis: memory.incident == nil ? .none : climb.diagnosis,
      incident: incident(), holds: machineHolds(), lastProbe: lastReport?.finishedAt,
      nextProbe: isWatched ? min(schedule.next, recheckAt ?? .distantFuture) : nil)
  }

  private func watch(_ mode: EngineStatus.Mode) -> WatchState {
    let policy = policy.policy
    guard isWatched else { return .notWatched }
    let heals = policy.monitoring.enabled && policy.healing.enabled && policy.healing.mode == .heal
    return heals && mode == .healing && machine.provider != .local ? .healing : .observing
  }

  var verdict: Verdict {
    guard isWatched else { return .notWatched }
    if isIntendedOff { return .off }
    switch worstHard {
    case .critical: return .critical
    case .warning: return .warning
    case .healthy: break
    }
    guard lastReport != nil else { return .unknown }
    if results[.connectivity]?.severity == .warning { return .warning }
    let reachKnown = results[.connectivity].map { $0.severity != nil } ?? false
    let powerKnown = results[.power].map { $0.severity != nil } ?? false
    return reachKnown || powerKnown || readings.uptime.value != nil ? .healthy : .unknown
  }

  private var reason: String {
    guard isWatched else { return "not enabled" }
    guard lastReport != nil else { return "not probed yet" }
    if isIntendedOff {
      return offReason
    }
    let confirm = policy.policy.monitoring.confirm
    var worst: CheckKind?
    var soft: CheckKind?
    var missing: CheckKind?
    for kind in CheckKind.ordered where checks.contains(kind) {
      guard let result = results[kind], result.participates else { continue }
      let track = track(kind)
      if track.hard > .healthy, worst.map({ track.hard > self.track($0).hard }) ?? true { worst = kind }
      if soft == nil, track.streak(limit: confirm) > 0 { soft = kind }
      if missing == nil, result.severity == nil { missing = kind }
    }
    if let worst { return track(worst).reason }
    if let soft { return "\(track(soft).reason) (\(track(soft).streak(limit: confirm)) of \(confirm))" }
    return missing.map { "partly measured: \(track($0).reason)" } ?? ""
  }

  private var offReason: String {
    if memory.stoppedByOperatorAt != nil { return "stopped through azlin" }
    if let who = memory.stoppedBy { return "turned off by \(who)" }
    if memory.seenRunningAt == nil { return "off since before it was watched" }
    return "deallocated on purpose"
  }

  private func checkStatuses() -> [CheckStatus] {
    let confirm = policy.policy.monitoring.confirm
    return CheckKind.ordered.compactMap { kind in
      guard checks.contains(kind) else { return nil }
      let track = track(kind)
      return CheckStatus(
        // A check that takes no part just now is not measured, whatever it said before.
        kind: kind, hard: track.hard, last: results[kind]?.severity, streak: track.streak(limit: confirm),
        confirm: kind == .logs ? 1 : confirm, reason: track.reason, measuredAt: track.measuredAt,
        since: track.hardSince, isFlapping: track.isFlapping)
    }
  }

  private func incident() -> IncidentSnapshot? {
    guard let incident = memory.incident else { return manualIncident() }
    return IncidentSnapshot(
      id: incident.id, openedAt: incident.openedAt, diagnosis: climb.diagnosis, phase: phase(),
      attempts: incident.attempts, maxAttempts: policy.policy.healing.maxAttempts, remedy: shownRemedy())
  }

  /// A remedy by hand on a machine without an incident.
  private func manualIncident() -> IncidentSnapshot? {
    guard climb.isBusy, let record = climb.record else { return nil }
    return IncidentSnapshot(
      id: record.incident, openedAt: record.startedAt, diagnosis: .none, phase: phase(), attempts: 0,
      maxAttempts: policy.policy.healing.maxAttempts, remedy: record.remedy)
  }

  private func shownRemedy() -> Remedy? {
    if climb.isBusy, let record = climb.record { return record.remedy }
    switch climb.phase {
    case .settling, .idle, .watching, .needsHuman: return nil
    default:
      let ladder = Ladder.remedies(for: climb.diagnosis, hasPlatform: machine.abilities.contains(.reapply))
      return climb.rung < ladder.count ? ladder[climb.rung] : nil
    }
  }

  private func phase() -> IncidentPhase {
    switch climb.phase {
    case .idle, .watching: .watching
    case .waiting(let until): .waiting(until: until)
    case .probing: .preparing("probing afresh")
    case .inquiring(_, let question, _, _): .preparing(Self.words(question))
    case .askingNeighbours(let pending, _, _, _): .preparing("asking \(pending.count) neighbour(s)")
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

  private static func words(_ question: Climb.Question) -> String {
    switch question {
    case .platform: "asking its control plane"
    case .look: "looking into the guest"
    case .stop: "asking who turned it off"
    }
  }

  private func machineHolds() -> [Hold] {
    var holds: [Hold] = []
    if let until = memory.pausedUntil {
      holds.append(Hold(by: .paused, why: "automation is paused", until: until))
    }
    if let until = memory.acknowledgedUntil {
      holds.append(Hold(by: .acknowledged, why: "acknowledged by the operator", until: until))
    }
    for kind in CheckKind.ordered where tracks[kind]?.isFlapping ?? false {
      holds.append(Hold(by: .flapping, why: "\(kind.label) changes too often to be trusted"))
    }
    return holds
  }
}
