import FleetModel

extension Engine {
  /// Asks up to 20 neighbours and 10 other machines afresh before a power or network rung (semantics 6.3).
  mutating func askNeighbours(_ i: Int, at now: Instant) {
    let me = slots[i].machine
    func isNear(_ other: VirtualMachine) -> Bool {
      (me.subnet != nil && me.subnet == other.subnet) || me.group == other.group
    }
    var near: [Int] = []
    var far: [Int] = []
    for j in slots.indices where j != i && isWitness(j) {
      if isNear(slots[j].machine) { near.append(j) } else { far.append(j) }
    }
    let seed = StableHash.of(me.id.rawValue, seed: settings.seed &+ UInt64(bitPattern: now.milliseconds))
    func shuffled(_ list: [Int]) -> [Int] {
      list.sorted { StableHash.mixed(seed ^ UInt64($0)) < StableHash.mixed(seed ^ UInt64($1)) }
    }
    let asked = shuffled(near).prefix(20) + shuffled(far).prefix(10)
    slots[i].climb.phase = .askingNeighbours(Set(asked.map { slots[$0].id }), since: now)
    askers.insert(me.id)
    for j in asked {
      wantProbe(j, .witnesses, at: now)
      touched(j)
    }
    if asked.isEmpty { advance(i, at: now) }
  }

  /// A machine that can tell something: watched, reached before, and not known to be off.
  private func isWitness(_ j: Int) -> Bool {
    slots[j].isWatched && slots[j].memory.baselineAt != nil && slots[j].readings.power.value?.isOff != true
      && slots[j].machine.provider != .local
  }

  /// A machine was probed: whoever waits for it as a neighbour hears of it.
  mutating func hearNeighbour(_ j: Int, at now: Instant) {
    let id = slots[j].id
    guard !askers.isEmpty, let report = slots[j].lastReport else { return }
    for asker in askers {
      guard let i = index[asker], case .askingNeighbours(var pending, let since) = slots[i].climb.phase else {
        askers.remove(asker)
        continue
      }
      guard pending.contains(id), report.startedAt >= since else { continue }
      pending.remove(id)
      slots[i].climb.phase = .askingNeighbours(pending, since: since)
      if pending.isEmpty {
        advance(i, at: now)
        touched(i)
      }
    }
  }

  /// Only results later than the question count; a neighbour is newly bad if its outage began within 2 intervals of
  /// this machine's.
  func judgeNeighbours(of i: Int, since: Instant, at now: Instant) -> Evidence.Neighbours {
    var asked = 0
    var bad = 0
    let window = slots[i].schedule.interval * 2
    for j in slots.indices where j != i && isWitness(j) {
      guard let report = slots[j].lastReport, report.startedAt >= since else { continue }
      asked += 1
      guard slots[j].results[.connectivity]?.severity == .critical, let onset = slots[j].outageSince else { continue }
      if now - onset <= window
        || (slots[i].outageSince.map { abs(($0 - onset).milliseconds) <= window.milliseconds } ?? false)
      {
        bad += 1
      }
    }
    if asked >= 2, bad == asked { return .allSilent }
    return bad >= 2 && bad * 10 >= asked * 3 ? .newlyBad : .fine
  }

  /// What the guards need to know of the rest of the fleet.
  func situation(of i: Int, at now: Instant) -> FleetSituation {
    let id = slots[i].id
    let group = slots[i].machine.group
    let others = counters.powerUnderWay.subtracting([id])
    let inGroup = others.count { index[$0].map { slots[$0].machine.group == group } ?? false }
    func powered(within span: Duration) -> Int {
      Set(fleet.powerActions.filter { now - $0.at < span && $0.machine != id }.map(\.machine)).count
    }
    return FleetSituation(
      mode: settings.mode, pausedUntil: fleet.pausedUntil, watched: counters.watched,
      watchedInGroup: counters.watchedByGroup[group] ?? 0, powerUnderWay: others.count,
      powerUnderWayInGroup: inGroup, poweredLastMinute: powered(within: .minutes(1)),
      poweredLastHour: powered(within: .hours(1)), poweredLastDay: powered(within: .hours(24)),
      powerLatched: fleet.powerLatched, notYetProbed: counters.notYetProbed)
  }
}
