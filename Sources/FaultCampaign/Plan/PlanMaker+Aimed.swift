import FleetModel

// Troubles that belong together, each aimed at one promise.
extension PlanMaker {
  /// A machine that answers every other check, for hours, and then hangs.
  mutating func flapping() {
    let place = dice.below(size)
    let interval = plan.policies[place].monitoring.interval
    let at = plan.startAt + .minutes(40) + dice.minutes(0, 120)
    for round in 0..<20 { add(.halfOpen, [place], at: at + interval * (2 * round), for: interval) }
    add(.hangs, [place], at: at + interval * 40, for: .hours(6))
  }

  /// SSH breaks again each time it was mended.
  mutating func relapsing() {
    let place = dice.below(size)
    plan.policies[place].monitoring = Self.closeWatch
    let at = moment()
    for round in 0..<9 { add(.sshDown, [place], at: at + .minutes(8) * round, for: .minutes(7)) }
  }

  /// A machine that was never well since it is watched.
  mutating func strangerDies() {
    let place = place()
    add(.authRefused, place, at: plan.startAt, for: .hours(20))
    add(.dies, place, at: plan.startAt + .hours(2), for: .hours(6))
  }

  /// Two that hang at once: the budget lets one begin.
  mutating func pairHangs() {
    guard size >= 3 else { return }
    let first = dice.below(size)
    let at = moment()
    for place in [first, (first + 1) % size] {
      plan.policies[place].monitoring = Self.closeWatch
      add(.hangs, [place], at: at, for: .hours(5))
    }
  }

  /// Late enough for a healthy hour before, early enough for five after.
  private mutating func aimedMoment() -> Instant {
    plan.startAt + .minutes(60) + targets.seconds(0, max(60, span.inSeconds - 18_000))
  }

  /// Two that hang at once and take their time to boot: the first holds the only place until it is seen well, not until
  /// the platform has restarted it.
  mutating func slowPair() {
    guard size >= 3 else { return }
    let first = targets.below(size)
    let at = aimedMoment()
    for place in [first, (first + 1) % size] {
      aim(at: place)
      add(.slowBoot, [place], at: at - .minutes(5), for: .hours(3))
      add(.hangs, [place], at: at, for: .hours(4))
    }
  }

  /// Many are cut off and come back, but one of them hangs: it has to wait until the storm has been over for a while.
  mutating func passingStorm() {
    guard size >= 15 else { return }
    let first = targets.below(size)
    let at = aimedMoment()
    let count = size / 4 + 1
    for number in 0..<count {
      let place = (first + number) % size
      aim(at: place)
      add(number == 0 ? .hangs : .pathBlocked, [place], at: at, for: number == 0 ? .hours(4) : .minutes(25))
    }
  }

  /// A person has seen an outage before it is old enough for a restart.
  mutating func seenByPerson() {
    let place = aimed()
    let at = aimedMoment()
    add(.hangs, [place], at: at, for: .hours(4))
    add(.operatorAcknowledges, [place], at: at + .minutes(4), for: .minutes(1))
  }

  /// A person tries a remedy on a machine that nobody watches.
  mutating func triedUnwatched() {
    let place = aimed()
    plan.policies[place].monitoring.enabled = false
    add(.operatorRecovers, [place], at: plan.startAt + .minutes(90) + targets.minutes(0, 60), for: .minutes(1))
  }

  /// A machine that is watched closely and may be remedied, for what is aimed at one promise.
  private mutating func aimed() -> Int {
    let place = targets.below(size)
    aim(at: place)
    return place
  }

  private mutating func aim(at place: Int) {
    plan.policies[place].monitoring = Self.closeWatch
    plan.policies[place].healing = Policy.Healing()
    plan.policies[place].hooks = [:]
    plan.shielded.remove(place)
    plan.limited.remove(place)
  }

  /// The control plane turns operations away for longer than attempts last, while something needs one.
  mutating func refusedRemedy() {
    let place = aimed()
    let at = aimedMoment()
    add(targets.chance(0.5) ? .writesThrottled : .armConflict, [], at: at - .minutes(2), for: targets.minutes(25, 60))
    add(targets.pick([.hangs, .sshDown, .networkDown]), [place], at: at, for: .hours(4))
  }

  /// One after the other hangs until the day's budget is spent, with a new engine after each.
  mutating func spentBudget() {
    let at = moment()
    for place in 0..<min(size, 6) {
      plan.policies[place].monitoring = Self.closeWatch
      plan.policies[place].healing.autoRestart = true
      let since = at + .minutes(14) * place
      add(.hangs, [place], at: since, for: .hours(5))
      add(.killed, [], at: since + .minutes(12), for: .seconds(20))
    }
  }

  /// A person wants to help while a remedy takes its time.
  mutating func slowRemedy() {
    let place = place()
    let at = moment()
    add(.remedySlow, place, at: at, for: .hours(2))
    add(.hangs, place, at: at, for: .hours(3))
    for minute in stride(from: 8, to: 24, by: 3) {
      add(.operatorRecovers, place, at: at + .minutes(minute), for: .minutes(1))
    }
  }

  private static let closeWatch: Policy.Monitoring = {
    var monitoring = Policy.Monitoring()
    monitoring.enabled = true
    monitoring.level = .advanced
    monitoring.checks = MonitoringLevel.advanced.checks
    monitoring.interval = .minutes(2)
    return monitoring
  }()

  /// What was rolled out to several machines breaks them all alike, and their remedies.
  mutating func badImage() {
    let at = moment()
    for place in 0..<min(size, 8) {
      plan.policies[place].monitoring.level = .advanced
      plan.policies[place].monitoring.checks = MonitoringLevel.advanced.checks
      plan.policies[place].monitoring.interval = .minutes(2)
      add(.remedyFails, [place], at: at, for: .hours(3))
      add(.sshDown, [place], at: at + dice.minutes(0.1, 2), for: .hours(4))
    }
  }
}
