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
    for path in (fleet.blindPaths ?? [:]).keys.sorted() {
      let way = path.isEmpty ? "" : " through \(path)"
      holds.append(Hold(by: .blind, why: "neither a watched machine nor a canary answers\(way)"))
    }
    if fleet.stormSince != nil {
      holds.append(
        Hold(by: .storm, why: "\(storm.down.count) of \(counters.watched) machines are down: no power remedy"))
    }
    for hold in fleet.failureHolds ?? [] where hold.until > now {
      holds.append(
        Hold(by: .failures, why: "\(hold.remedy.title) failed on 3 machines alike: \(hold.why)", until: hold.until))
    }
    if fleet.powerLatched {
      holds.append(Hold(by: .powerBudget, why: "the daily power budget was used up; resume the fleet to go on"))
    }
    return EngineStatus(
      mode: settings.mode, context: settings.context, pausedUntil: fleet.pausedUntil, holds: holds, notices: notices,
      probing: counters.probing, lateProbes: counters.late, probesDone: counters.done)
  }

  /// The statuses of all machines probed since the last call, for other processes to read in the journal.
  package mutating func takeStatuses(at now: Instant) -> [JournalEntry] {
    defer { changedStatuses.removeAll(keepingCapacity: true) }
    return changedStatuses.compactMap { id in index[id].map { .status(status($0), at: now) } }
  }

  func status(_ i: Int) -> MachineStatus { slots[i].status(mode: settings.mode) }

  func verdict(_ i: Int) -> Verdict { slots[i].verdict }

  private func hooks(_ i: Int) -> [HookStatus] {
    guard !slots[i].policy.policy.hooks.isEmpty else { return [] }
    return HookEvent.allCases.flatMap { event in
      (slots[i].policy.policy.hooks[event] ?? []).map { hook in
        HookStatus(
          event: event, registration: hook, lastRun: slots[i].hookRuns[.init(event: event, path: hook.path)],
          problem: hookProblems[hook.path])
      }
    }
  }
}
