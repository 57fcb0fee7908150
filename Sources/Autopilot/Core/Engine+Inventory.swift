import FleetModel

extension Engine {
  mutating func restore(_ state: RestoredState, at now: Instant) {
    restored = state
    fleet = state.fleet
    keptFleet = fleet
    recoveries = state.recoveries
    events = state.events
    freshSince = now
  }

  /// A machine new in the list starts fresh, with what the journal remembers of it; one that is gone is forgotten.
  mutating func take(inventory machines: [VirtualMachine], of provider: ProviderKind, at now: Instant) {
    let spread = min(Duration.minutes(2), max(.seconds(1), .milliseconds(20 * machines.count)))
    var seen: Set<MachineID> = []
    let before = slots.count
    var isChanged = false
    for machine in machines where seen.insert(machine.id).inserted {
      if let i = index[machine.id] {
        guard slots[i].machine != machine else { continue }
        isChanged = true
        if slots[i].machine.incarnation != machine.incarnation {
          replace(i, with: machine, at: now, spread: spread)
        } else {
          slots[i].machine = machine
        }
        touched(i)
      } else {
        add(machine, at: now, spread: spread)
        isChanged = true
      }
    }
    missed(seen, of: provider, at: now)
    if isChanged || slots.count != before { reorder() }
  }

  /// The list's word is shown until a probe of the machine has said better; no rule rests on it.
  mutating func take(listedPower listed: ListedPower) {
    for i in slots.indices {
      guard let word = listed.words[slots[i].id], slots[i].takeListed(word, at: listed.at) else { continue }
      changedStatuses.insert(slots[i].id)
      touched(i)
    }
  }

  mutating func take(policies new: [MachineID: EffectivePolicy], at now: Instant) {
    for (id, policy) in new {
      guard let i = index[id] else {
        policies[id] = policy
        continue
      }
      guard slots[i].policy != policy else { continue }
      setPolicy(policy, i, at: now)
      resumeLadder(i, at: now)
      touched(i)
    }
    recount()
  }

  mutating func take(hookProblems problems: [String: String]) {
    guard problems != hookProblems else { return }
    hookProblems = problems
    for i in slots.indices where !slots[i].policy.policy.hooks.isEmpty { slots[i].cached = nil }
  }

  /// After the monitor itself was away: nothing in flight is believed, soft findings are dropped, and a full fresh
  /// cycle comes before any power remedy (semantics 2.7).
  mutating func takeGap(_ reason: String, at now: Instant) {
    log(.warning, nil, "monitor was away: \(reason); checking everything afresh", at: now)
    freshSince = now
    for i in slots.indices {
      for kind in CheckKind.ordered { slots[i].tracks[kind]?.dropSoft() }
      slots[i].probing = nil
      slots[i].wantedDepth = nil
      slots[i].recheckAt = nil
      bringForward(i, at: now)
      touched(i)
    }
    counters.probing = 0
    recount()
  }

  /// The next planned probe comes soon, with those of the whole fleet spread over 20 ms a machine.
  mutating func bringForward(_ i: Int, at now: Instant) {
    let share = StableHash.share(StableHash.of(slots[i].id.rawValue))
    slots[i].schedule.bringForward(to: now + .milliseconds(Int64(share * 20) * Int64(slots.count)))
  }

  private mutating func add(_ machine: VirtualMachine, at now: Instant, spread: Duration) {
    var state = MachineState(machine: machine, memory: memory(of: machine, at: now), now: now, spread: spread)
    for sample in restored.samples[machine.id] ?? [] { state.history.append(sample) }
    for run in restored.hookRuns where run.machine == machine.id {
      state.hookRuns[.init(event: run.event, path: run.path)] = run
    }
    state.isMemoryKept = true
    let i = slots.count
    slots.append(state)
    index[machine.id] = i
    if let policy = policies.removeValue(forKey: machine.id) { setPolicy(policy, i, at: now) }
    resumeClimb(i, at: now)
    touched(i)
  }

  private mutating func replace(_ i: Int, with machine: VirtualMachine, at now: Instant, spread: Duration) {
    log(.warning, i, "re-created under the same name: starting fresh", at: now)
    let policy = slots[i].policy
    closeRecord(i, outcome: .gone, at: now)
    slots[i] = MachineState(
      machine: machine, memory: MachineMemory(machine: machine.id, incarnation: machine.incarnation), now: now,
      spread: spread)
    setPolicy(policy, i, at: now)
  }

  private func memory(of machine: VirtualMachine, at now: Instant) -> MachineMemory {
    if let memory = restored.machines.first(where: { $0.machine == machine.id }),
      memory.incarnation == machine.incarnation
    {
      return memory
    }
    return MachineMemory(machine: machine.id, incarnation: machine.incarnation)
  }

  mutating func remove(_ ids: [MachineID], at now: Instant) {
    for id in ids {
      guard let i = index[id] else { continue }
      log(.warning, i, "no longer in the inventory", at: now)
      closeRecord(i, outcome: .gone, at: now)
      emit(.keep(.forget(id)))
    }
    let going = Set(ids)
    slots.removeAll { going.contains($0.id) }
    index = Dictionary(uniqueKeysWithValues: slots.enumerated().map { ($1.id, $0) })
    counters.powerUnderWay.subtract(going)
    for id in ids { storm.down[id] = nil }
    counters.probing = slots.count { $0.probing != nil }
    // Slots have moved: every wake is planned anew.
    clearWakes()
    for i in slots.indices {
      slots[i].wakeAt = nil
      touched(i)
    }
  }

  private mutating func setPolicy(_ policy: EffectivePolicy, _ i: Int, at now: Instant) {
    slots[i].set(policy: policy)
    slots[i].schedule.change(interval: policy.policy.monitoring.interval, now: now)
    if slots[i].lastFullProbe == nil { slots[i].schedule.bringForward(to: now + .seconds(1)) }
  }

  /// What a policy had ended may go on with another one.
  private mutating func resumeLadder(_ i: Int, at now: Instant) {
    guard slots[i].memory.incident?.endedBy == .toggle, case .needsHuman = slots[i].climb.phase else { return }
    slots[i].memory.incident?.needsHuman = nil
    slots[i].memory.incident?.endedBy = nil
    enterLadder(i, at: now)
  }

  mutating func reorder() {
    order = slots.indices.sorted { a, b in
      let (x, y) = (slots[a].machine, slots[b].machine)
      return x.name == y.name ? x.group < y.group : x.name < y.name
    }
    recount()
  }

  /// The fleet-wide figures that guards and the schedule rest on.
  mutating func recount() {
    counters.watched = 0
    counters.watchedByGroup = [:]
    counters.notYetProbed = 0
    counters.scheduledRate = 0
    for state in slots where state.isWatched {
      counters.watched += 1
      counters.watchedByGroup[state.machine.group, default: 0] += 1
      counters.scheduledRate += 1 / max(state.schedule.interval.inSeconds, 1)
      if (state.lastFullProbe ?? .distantPast) < freshSince { counters.notYetProbed += 1 }
    }
  }
}
