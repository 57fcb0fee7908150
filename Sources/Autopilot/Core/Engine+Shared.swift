import FleetModel

/// Incidents that many machines share: one alert and one run of hooks for all of them (semantics 4 row 7, 8.2).
extension Engine {
  /// A machine's failure has a cause that is not its own.
  mutating func joinShared(_ i: Int, _ diagnosis: Diagnosis, at now: Instant) {
    if diagnosis == .monitorBlind { goBlind(slots[i].path, at: now) }
    let key = diagnosis == .monitorBlind ? slots[i].path : slots[i].machine.subnet ?? slots[i].machine.group
    var all = (fleet.shared ?? []).filter { now - $0.lastJoinedAt < .hours(2) }
    let isNew: Bool
    if let at = all.firstIndex(where: { $0.diagnosis == diagnosis && $0.key == key }) {
      isNew = false
      all[at].lastJoinedAt = now
      all[at].machines = Set(all[at].machines).union([slots[i].id]).sorted { $0.rawValue < $1.rawValue }
    } else {
      isNew = true
      all.append(
        FleetMemory.SharedIncident(
          diagnosis: diagnosis, key: key, openedAt: now, lastJoinedAt: now, machines: [slots[i].id]))
    }
    fleet.shared = all
    // Whoever joins later is part of what was told already.
    if isNew {
      if diagnosis == .sharedCause {
        // A storm has been told of already: one alert for all of it.
        log(
          fleet.stormSince == nil ? .critical : .warning, nil,
          "shared cause: several machines of \(key) went down together; none is remedied", at: now)
      }
      tellFailure(i, at: now)
    } else {
      slots[i].memory.incident?.failureHookRan = true
    }
  }

  /// Tells of one machine's failure: in a storm only of the first.
  mutating func tellFailure(_ i: Int, at now: Instant) {
    guard slots[i].memory.incident?.failureHookRan == false else { return }
    if let since = fleet.stormSince, fleet.stormHookAt.map({ $0 >= since }) ?? false {
      slots[i].memory.incident?.failureHookRan = true
      return
    }
    if fleet.stormSince != nil { fleet.stormHookAt = now }
    runHooks(.onFailure, i, reason: slots[i].worstReason, at: now)
  }
}
