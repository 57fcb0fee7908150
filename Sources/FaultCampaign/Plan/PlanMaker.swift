import FleetModel

/// Draws a run from its seed.
package struct PlanMaker {
  var dice: Dice
  /// Draws of its own, so that what is aimed at one promise leaves the rest of a seed's plan as it was.
  var targets: Dice
  private let seed: UInt64
  let span: Duration
  let size: Int
  var plan: CampaignPlan

  /// What a run is about; each has its own mix of troubles.
  package enum Theme: String, CaseIterable, Sendable {
    case calm, guests, path, storm, control, hands, monitor, kills, mixed
  }

  /// - Parameters:
  ///   - duration: how long the fleet is watched.
  ///   - machines: nil: the seed decides.
  package static func plan(seed: UInt64, duration: Duration = .days(1), machines: Int? = nil) -> CampaignPlan {
    var maker = PlanMaker(seed: seed, duration: duration, machines: machines)
    return maker.make()
  }

  private init(seed: UInt64, duration: Duration, machines: Int?) {
    self.seed = seed
    dice = Dice(seed, 1)
    targets = Dice(seed, 5)
    span = duration
    let drawn = dice.pick(weighted: [(1, 18), (2, 14), (3, 22), (15, 32), (50, 14)])
    size = machines ?? drawn
    plan = CampaignPlan(name: "seed \(seed)", seed: seed, machines: size, duration: duration)
  }

  private mutating func make() -> CampaignPlan {
    let theme = dice.pick(weighted: [
      (Theme.calm, 14), (.guests, 16), (.path, 12), (.storm, 10), (.control, 14), (.hands, 12), (.monitor, 8),
      (.kills, 12), (.mixed, 12),
    ])
    plan.name = "seed \(seed) (\(theme.rawValue), \(size) VMs)"
    plan.isCloud = dice.chance(0.8)
    plan.isCalm = theme == .calm
    var policyDice = Dice(seed, 2)
    let vpn = theme == .path || policyDice.chance(0.25)
    plan.policies = (0..<size).map { _ in Self.policy(&policyDice, isCalm: theme == .calm, vpn: vpn) }
    plan.logLag = dice.chance(0.5) ? dice.minutes(0, 5) : dice.minutes(0, 20)
    plan.healthLag = dice.minutes(0, 20)
    plan.powerLag = dice.chance(0.6) ? .zero : dice.minutes(0.5, 5)
    if plan.isCloud { plan.spot = Set((0..<size).filter { _ in dice.chance(0.1) }) }
    if theme == .calm {
      calmTroubles()
    } else {
      plan.shielded = Set((0..<size).filter { _ in dice.chance(0.03) })
      plan.limited = Set((0..<size).filter { _ in dice.chance(0.03) })
      troubles(of: theme)
    }
    plan.troubles.sort { ($0.at, $0.number) < ($1.at, $1.number) }
    for index in plan.troubles.indices { plan.troubles[index].number = index + 1 }
    return plan
  }

  // MARK: Policies

  private static func policy(_ dice: inout Dice, isCalm: Bool, vpn: Bool) -> Policy {
    var policy = Policy()
    policy.monitoring.enabled = isCalm || dice.chance(0.95)
    let level = dice.pick(weighted: [(MonitoringLevel.basic, 1), (.standard, 3), (.advanced, 2)])
    policy.monitoring.level = level
    policy.monitoring.checks = level.checks
    policy.monitoring.interval = level.interval
    if dice.chance(0.3) { policy.monitoring.interval = .minutes(dice.pick([2, 3, 5, 10])) }
    if dice.chance(0.15) { policy.monitoring.confirm = dice.pick([1, 2, 5]) }
    if isCalm { return policy }
    if dice.chance(0.06) { policy.healing.mode = .observe }
    if dice.chance(0.04) { policy.healing.enabled = false }
    if dice.chance(0.06) { policy.healing.autoRestart = false }
    if dice.chance(0.06) { policy.healing.autoCleanup = false }
    if dice.chance(0.06) { policy.healing.networkReset = false }
    if dice.chance(0.3) { policy.healing.allowRedeploy = true }
    if dice.chance(0.2) { policy.healing.allowRestartForSSH = true }
    if dice.chance(0.2) { policy.healing.allowConfigReset = true }
    if dice.chance(0.3) { policy.healing.startEvicted = true }
    if dice.chance(0.15) { policy.healing.startStopped = dice.pick([.always, .never]) }
    if dice.chance(0.1) { policy.healing.powerAfter = .minutes(dice.pick([1, 2, 10])) }
    if dice.chance(0.1) { policy.healing.bootTimeout = .minutes(dice.pick([5, 20])) }
    if dice.chance(0.1) { policy.healing.maxAttempts = dice.pick([1, 2, 6]) }
    if dice.chance(0.05) {
      policy.healing.onlyInWindow = true
      policy.maintenance.windowStart = dice.below(24) * 60
      policy.maintenance.windowEnd = ((policy.maintenance.windowStart ?? 0) + 240) % 1440
    }
    if vpn, dice.chance(0.3) { policy.access.proxy = "socks5://vpn.example:1080" }
    if dice.chance(0.25) {
      policy.hooks[.preStop] = [HookRegistration(path: "~/.azlin/hooks/drain.sh")]
      policy.hooks[.preStart] = [HookRegistration(path: "~/.azlin/hooks/check.sh")]
    }
    policy.hooks[.onFailure] = [HookRegistration(path: "~/.azlin/hooks/page.sh", isGlobal: true)]
    return policy
  }

  // MARK: Troubles

  mutating func add(_ kind: TroubleKind, _ places: [Int] = [], at: Instant? = nil, for duration: Duration?) {
    plan.troubles.append(
      Trouble(number: plan.troubles.count, at: at ?? moment(), kind: kind, places: places, for: duration))
  }

  /// After the first half hour: every machine is to be seen healthy once.
  mutating func moment() -> Instant {
    plan.startAt + .minutes(30) + dice.seconds(0, max(60, span.inSeconds - 2400))
  }

  mutating func place() -> [Int] { [dice.below(size)] }

  /// One fault at a time, three hours apart, each on a machine of its own.
  private mutating func calmTroubles() {
    let kinds: [TroubleKind] = [
      .dies, .hangs, .sshDown, .sshHung, .diskFull, .networkDown, .pathBlocked, .sshConfigBroken,
    ]
    var at = plan.startAt + .minutes(40) + dice.minutes(0, 60)
    var order = Array(0..<size)
    order.shuffle(using: &dice)
    var powers = 0
    for place in order.prefix(6) {
      guard at < plan.end - .hours(2) else { break }
      var kind = dice.pick(kinds)
      if kind == .dies || kind == .hangs {
        powers += 1
        if powers > 2 { kind = .sshDown }
      }
      add(kind, [place], at: at, for: .minutes(170))
      at = at + .hours(3) + dice.minutes(0, 30)
    }
  }

  private static let guestKinds: [(TroubleKind, Double)] = [
    (.dies, 8), (.hangs, 8), (.stalls, 4), (.networkDown, 7), (.sshDown, 7), (.sshHung, 4), (.sshConfigBroken, 3),
    (.diskFull, 6), (.diskFullLiveLog, 2), (.memoryHigh, 2), (.cpuHigh, 2), (.agentDead, 5), (.hostKeyChanged, 1),
    (.authRefused, 1), (.slowBoot, 4), (.hostFault, 3), (.packageManager, 2),
  ]
  private static let pathKinds: [(TroubleKind, Double)] = [
    (.pathBlocked, 4), (.subnetBlocked, 4), (.allBlocked, 2), (.banned, 3), (.vpnLost, 4), (.halfOpen, 3),
    (.networkLost, 2),
  ]
  private static let stormKinds: [(TroubleKind, Double)] = [(.zoneLost, 3), (.rollingLoss, 3), (.subnetBlocked, 2)]
  private static let controlKinds: [(TroubleKind, Double)] = [
    (.throttled, 3), (.armErrors, 3), (.armConflict, 2), (.armSilent, 3), (.armReadsDown, 3), (.powerStale, 3),
    (.logLags, 3), (.healthLags, 2), (.remedyLies, 3), (.remedyFails, 3), (.remedyHarms, 2), (.remedySlow, 3),
    (.remedyLate, 3),
  ]
  private static let handKinds: [(TroubleKind, Double)] = [
    (.personStops, 5), (.personDeallocates, 3), (.personStarts, 2), (.scheduleStops, 3), (.otherRestarts, 3),
    (.resized, 3), (.recreated, 3), (.operatorPauses, 3), (.operatorAcknowledges, 2), (.policyChanges, 3),
    (.inventoryShrinks, 2), (.hookVetoes, 4), (.evicted, 4), (.operatorRecovers, 4),
  ]
  private static let monitorKinds: [(TroubleKind, Double)] = [
    (.networkLost, 4), (.probesFail, 3), (.frozen, 3), (.suspended, 2), (.clockSteps, 3), (.diskIsFull, 3),
  ]
  private static let killKinds: [(TroubleKind, Double)] = [
    (.killedBeforeWrite, 2), (.killedAfterWrite, 2), (.killedBeforeCall, 2), (.killedAfterCall, 4),
    (.killedBeforeAnswer, 3), (.killedBeforeKeep, 2), (.killed, 2),
  ]

  private mutating func troubles(of theme: Theme) {
    let days = max(span.inSeconds / 86400, 0.05)
    // About one fault per machine in a day in small fleets, fewer in large ones: the day's budget is small.
    let guests = min(Double(size) * 0.8 + 2, 9) * days
    for _ in 0..<count(guests) { guest() }
    switch theme {
    case .calm: break
    case .guests:
      for _ in 0..<count(guests) { guest() }
      if dice.chance(0.3) { flapping() }
      if dice.chance(0.3) {
        let place = place()
        add(.pathBlocked, place, at: plan.startAt, for: dice.minutes(60, 600))
        add(.operatorRecovers, place, at: plan.startAt + .minutes(45), for: .minutes(1))
      }
      if dice.chance(0.3) { badImage() }
      if dice.chance(0.4) { relapsing() }
      if dice.chance(0.3) { strangerDies() }
      if dice.chance(0.3) { pairHangs() }
      if dice.chance(0.3) { slowRemedy() }
      if targets.chance(0.3) { slowPair() }
    case .path: for _ in 0..<count(3 * days) { draw(Self.pathKinds) }
    case .storm:
      for _ in 0..<count(2 * days) { draw(Self.stormKinds) }
      if targets.chance(0.5) { passingStorm() }
    case .control:
      for _ in 0..<count(6 * days) { draw(Self.controlKinds) }
      if targets.chance(0.5) { refusedRemedy() }
    case .hands:
      for _ in 0..<count(6 * days) { draw(Self.handKinds) }
      if targets.chance(0.4) { seenByPerson() }
      if targets.chance(0.2) { triedUnwatched() }
    case .monitor: for _ in 0..<count(4 * days) { draw(Self.monitorKinds) }
    case .kills:
      for _ in 0..<count(6 * days) { draw(Self.killKinds) }
      if size >= 3, dice.chance(0.6) { spentBudget() }
    case .mixed:
      for _ in 0..<count(2 * days) {
        draw(Self.controlKinds)
        draw(Self.handKinds)
      }
      for _ in 0..<count(days) {
        draw(Self.pathKinds)
        draw(Self.monitorKinds)
        draw(Self.killKinds)
      }
      if dice.chance(0.3) { draw(Self.stormKinds) }
    }
  }

  private mutating func count(_ mean: Double) -> Int { max(1, Int(mean + dice.unit())) }

  private mutating func guest() {
    let kind = dice.pick(weighted: Self.guestKinds)
    let blip = dice.chance(0.15)
    let length: Duration = blip ? dice.minutes(0.5, 6) : dice.minutes(60, 600)
    add(kind, place(), for: kind == .slowBoot || kind == .packageManager ? dice.minutes(60, 600) : length)
  }

  /// Mostly where something is wrong already, shortly after it began.
  private mutating func focus() -> (places: [Int], at: Instant) {
    let own = plan.troubles.filter { $0.kind.guestFault != nil && !$0.places.isEmpty }
    guard !own.isEmpty, dice.chance(0.7) else { return (place(), moment()) }
    let trouble = dice.pick(own)
    return (trouble.places, trouble.at + dice.minutes(0.5, 14))
  }

  private mutating func draw(_ kinds: [(TroubleKind, Double)]) {
    let kind = dice.pick(weighted: kinds)
    switch kind {
    case .probesFail: add(kind, dice.chance(0.5) ? place() : [], for: dice.minutes(10, 90))
    case .subnetBlocked, .allBlocked, .vpnLost, .networkLost: add(kind, place(), for: dice.minutes(3, 90))
    case .pathBlocked, .banned, .halfOpen: add(kind, place(), for: dice.minutes(3, 300))
    case .zoneLost: add(kind, place(), for: dice.minutes(10, 120))
    case .rollingLoss: add(kind, [], for: dice.minutes(20, 60))
    case .throttled, .armErrors, .armConflict, .armReadsDown: add(kind, [], for: dice.minutes(2, 120))
    case .powerStale, .logLags, .healthLags: add(kind, [], for: dice.minutes(60, 600))
    case .remedyLies, .remedyFails, .remedyHarms, .remedySlow, .remedyLate, .armSilent:
      add(kind, place(), for: dice.minutes(300, 1200))
    case .personStops, .personDeallocates, .scheduleStops: add(kind, place(), for: dice.minutes(20, 400))
    case .operatorPauses:
      let (place, at) = focus()
      add(kind, dice.chance(0.5) ? [] : place, at: at, for: dice.minutes(10, 200))
    case .hookVetoes:
      // Where a power rung is going to be asked for.
      let own = plan.troubles.filter { $0.kind == .hangs || $0.kind == .dies }
      let trouble = own.isEmpty ? nil : dice.pick(own)
      let places = trouble?.places ?? place()
      for place in places {
        plan.policies[place].hooks[.preStop] = [HookRegistration(path: "~/.azlin/hooks/drain.sh")]
        plan.policies[place].hooks[.preStart] = [HookRegistration(path: "~/.azlin/hooks/check.sh")]
      }
      add(kind, places, at: trouble?.at ?? moment(), for: dice.minutes(5, 200))
    case .inventoryShrinks:
      let (place, at) = focus()
      add(kind, place, at: at, for: dice.minutes(5, 200))
    case .policyChanges, .operatorAcknowledges, .operatorRecovers, .recreated, .resized, .otherRestarts, .personStarts:
      let (place, at) = focus()
      add(kind, place, at: at, for: dice.minutes(30, 300))
    case .evicted:
      let place = place()
      plan.spot.formUnion(place)
      add(kind, place, for: dice.minutes(60, 400))
    case .frozen, .suspended: add(kind, [], for: dice.chance(0.5) ? dice.seconds(12, 120) : dice.minutes(3, 60))
    case .diskIsFull: add(kind, [], for: dice.minutes(5, 120))
    case .clockSteps: add(kind, [], for: dice.minutes(30, 300))
    default:
      // Kills: the span is how long no engine lives.
      add(kind, [], for: dice.chance(0.6) ? dice.seconds(3, 60) : dice.minutes(2, 60))
    }
  }
}
