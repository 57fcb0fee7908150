import FleetModel

extension Engine {
  /// Asks up to 20 neighbours and 10 other machines afresh, and the canaries: when an incident begins and before a
  /// power or network rung (semantics 6.3).
  mutating func askNeighbours(_ i: Int, _ purpose: Climb.Purpose, at now: Instant) {
    let me = slots[i].machine
    var near: [Int] = []
    var far: [Int] = []
    for j in slots.indices where j != i && isWitness(j, for: i) {
      if me.isNear(slots[j].machine) { near.append(j) } else { far.append(j) }
    }
    let seed = StableHash.of(me.id.rawValue, seed: settings.seed &+ UInt64(bitPattern: now.milliseconds))
    func shuffled(_ list: [Int]) -> [Int] {
      list.sorted { StableHash.mixed(seed ^ UInt64($0)) < StableHash.mixed(seed ^ UInt64($1)) }
    }
    let asked = shuffled(near).prefix(20) + shuffled(far).prefix(10)
    slots[i].climb.phase = .askingNeighbours(
      Set(asked.map { slots[$0].id }), since: now, canaries: isCanaryFresh(at: now), purpose)
    askers.insert(me.id)
    if !isCanaryFresh(at: now) { askCanaries(at: now) }
    for j in asked {
      wantProbe(j, .witnesses, at: now)
      touched(j)
    }
    if asked.isEmpty { advance(i, at: now) }
  }

  /// A machine that can tell something: watched, reached before, not known to be off, and not silent since long before
  /// this outage.
  private func isWitness(_ j: Int, for i: Int) -> Bool {
    guard slots[j].isWatched, slots[j].memory.baselineAt != nil, slots[j].readings.power.value?.isOff != true,
      slots[j].machine.provider != .local, slots[j].readings.tcp.isApplicable
    else { return false }
    guard let theirs = slots[j].outageSince, slots[j].results[.connectivity]?.severity == .critical else { return true }
    return theirs >= slots[i].onset - slots[i].schedule.interval * 2
  }

  /// A machine was probed: whoever waits for it as a neighbour hears of it.
  mutating func hearNeighbour(_ j: Int, at now: Instant) {
    let id = slots[j].id
    guard !askers.isEmpty, let report = slots[j].lastReport else { return }
    for asker in askers {
      guard let i = index[asker],
        case .askingNeighbours(var pending, let since, let canaries, let purpose) =
          slots[i].climb.phase
      else {
        askers.remove(asker)
        continue
      }
      guard pending.contains(id), report.startedAt >= since else { continue }
      pending.remove(id)
      slots[i].climb.phase = .askingNeighbours(pending, since: since, canaries: canaries, purpose)
      if pending.isEmpty, canaries {
        advance(i, at: now)
        touched(i)
      }
    }
  }

  /// Only results later than the question count; a neighbour is newly bad if its outage began within 2 intervals of
  /// this machine's.
  func judgeNeighbours(of i: Int, since: Instant, at now: Instant) -> Evidence.Neighbours {
    // What only the platform tells of has no path that could be cut.
    guard slots[i].readings.tcp.isApplicable else { return .fine }
    let me = slots[i].machine
    let window = slots[i].schedule.interval * 2
    var (all, near) = (Answers(), Answers())
    for j in slots.indices where j != i && isWitness(j, for: i) {
      guard let report = slots[j].lastReport, report.startedAt >= since,
        let severity = slots[j].results[.connectivity]?.severity
      else { continue }
      let isSilent = severity == .critical
      let onset = slots[j].outageSince
      let isNew = isSilent && onset.map { abs(($0 - slots[i].onset).milliseconds) <= window.milliseconds } ?? false
      let isOnPath = slots[j].path == slots[i].path
      all.add(isSilent: isSilent, isNew: isNew, isOnPath: isOnPath)
      if me.isNear(slots[j].machine) { near.add(isSilent: isSilent, isNew: isNew, isOnPath: isOnPath) }
    }
    let isUnreachable = slots[i].results[.connectivity]?.severity == .critical
    if isUnreachable, all.answeringOnPath == 0 {
      let canaries = canariesNow(since: since)
      if canaries.answering == 0, all.onPath > 0 || canaries.known > 0 { return .allSilent }
    }
    if near.isSharedCause || all.isSharedCause { return .newlyBad }
    // A canary that the operator named stands on the path of what he watches.
    if all.answeringOnPath == 0, !canariesNow(since: since).isNamedAnswering { return .none }
    return .fine
  }

  /// How machines answered.
  private struct Answers {
    var asked = 0
    var new = 0
    var onPath = 0
    var answeringOnPath = 0

    mutating func add(isSilent: Bool, isNew: Bool, isOnPath: Bool) {
      asked += 1
      if isNew { new += 1 }
      if isOnPath { onPath += 1 }
      if isOnPath, !isSilent { answeringOnPath += 1 }
    }

    /// At least two, and at least 30 % (semantics 4 row 7).
    var isSharedCause: Bool { new >= 2 && new * 10 >= asked * 3 }
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
      powerUnderWayInGroup: inGroup, poweredLastMinute: fleet.powerActions.count { now - $0.at < .minutes(1) },
      poweredLastHour: powered(within: .hours(1)), poweredLastDay: powered(within: .hours(24)),
      powerLatched: fleet.powerLatched, notYetProbed: counters.notYetProbed, budgets: budgets(i),
      stormSince: fleet.stormSince, blindSince: fleet.blindPaths?[slots[i].path],
      failureHolds: (fleet.failureHolds ?? []).filter { $0.until > now })
  }

  func budgets(_ i: Int) -> FleetSettings.Budgets { slots[i].policy.policy.fleet.budgets }
}

extension VirtualMachine {
  /// Who fails together: the subnet, else the group.
  func isNear(_ other: VirtualMachine) -> Bool {
    (subnet != nil && subnet == other.subnet) || group == other.group
  }
}

extension Reading {
  var isApplicable: Bool { if case .notApplicable = self { false } else { true } }
}
