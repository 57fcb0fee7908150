import Autopilot
import FleetModel
import HeapModule
import Simulator

/// A simulated fleet with everything around it that can go wrong, and the trace of all that reached it.
package struct CampaignWorld: Sendable {
  let plan: CampaignPlan
  let fleet: SimulatedFleet
  var members: [Member]
  private(set) var places: [MachineID: Int] = [:]
  /// Troubles of the whole world that are on now, how many of each, and since when.
  var around: [TroubleKind: Int] = [:]
  var since: [TroubleKind: Instant] = [:]
  var dice: Dice
  package internal(set) var calls: [FleetCall] = []
  package internal(set) var hookRuns: [HookNote] = []
  /// Answers that come later than the call that asked for them.
  var outbox: [Delivery] = []
  /// In which life each engine is; nil: it does not live.
  var lives: [Int?]
  /// Something the driver has to do with the engine.
  var engineTroubles: [Trouble] = []
  /// When more machines were last known to be down than make a storm.
  var stormAt: Instant?
  /// How often each trouble has struck.
  package internal(set) var struck: [TroubleKind: Int] = [:]
  /// By number: whether a guest's fault found its guest running.
  package internal(set) var struckAt: [Int: Bool] = [:]
  package internal(set) var questions = Questions()
  private var agenda = Heap<Due>()
  private var order = 0

  /// How often the world was asked.
  package struct Questions: Sendable {
    package var probes = 0
    package var looks = 0
    package var inspections = 0
    package var stops = 0
    package var canaries = 0
  }

  /// One run of one hook.
  package struct HookNote: Sendable {
    package var at: Instant
    package var place: Int
    package var event: HookEvent
    package var agreed: Bool
    /// Nothing was wrong with the machine, but the monitor could not measure it.
    package var isFalseAlarm = false
  }

  struct Delivery: Sendable {
    var at: Instant
    var engine: Int
    var life: Int
    var event: Event
  }

  enum Happening: Sendable {
    case begin(Int)
    case end(Int)
    case control(Int, PowerCall, until: Instant)
    /// The second half of a remedy that the monitor's own process carries out.
    case startAfterOff(call: Int, order: RemedyOrder)
    case boots(Int)
    case ends(Int)
    case strike(Int, TroubleKind, for: Duration?)
    case turnsOff(Int, PowerCall, who: String, purpose: Bool)
    /// A moment later somebody mends a guest by its power.
    case mends(Int, TroubleKind)
  }

  private struct Due: Comparable, Sendable {
    var at: Instant
    var order: Int
    var happening: Happening
    static func < (a: Due, b: Due) -> Bool { a.at == b.at ? a.order < b.order : a.at < b.at }
    static func == (a: Due, b: Due) -> Bool { a.order == b.order }
  }

  package init(_ plan: CampaignPlan) {
    self.plan = plan
    fleet = SimulatedFleet(plan.fleetParameters)
    dice = Dice(plan.seed, 3)
    lives = Array(repeating: nil, count: plan.engines)
    members = plan.fleetMachines.enumerated().map { place, machine in
      var machine = machine
      if plan.shielded.contains(place) { machine.tags["azlin:heal"] = "off" }
      if plan.limited.contains(place) { machine.abilities.subtract([.run, .restart]) }
      if plan.spot.contains(place) { machine.traits = MachineTraits(isSpot: true) }
      return Member(machine: machine, policy: plan.policies[place])
    }
    for (place, member) in members.enumerated() { places[member.machine.id] = place }
    for (index, trouble) in plan.troubles.enumerated() { schedule(.begin(index), at: trouble.at) }
  }

  mutating func schedule(_ happening: Happening, at instant: Instant) {
    order += 1
    agenda.insert(Due(at: instant, order: order, happening: happening))
  }

  /// When something happens next of itself.
  var next: Instant { agenda.min?.at ?? .distantFuture }

  /// Lets happen what is due.
  mutating func advance(to now: Instant) {
    while let due = agenda.min, due.at <= now {
      agenda.removeMin()
      happen(due.happening, at: due.at)
    }
  }

  private mutating func happen(_ happening: Happening, at now: Instant) {
    switch happening {
    case .begin(let index): begin(plan.troubles[index], index, at: now)
    case .end(let index): end(plan.troubles[index], at: now)
    case .control(let place, let call, let until):
      fleet.control(members[place].machine.id, call, from: now, until: until)
      if call == .powerOff || call == .deallocate {
      } else {
        members[place].isPurposelyOff = false
        members[place].isEvicted = false
      }
    case .startAfterOff(let call, let order): startAfterOff(call, order, at: now)
    case .boots(let place): members[place].lastBootAt = now
    case .ends(let place): if let busy = members[place].busy, busy.until <= now { members[place].busy = nil }
    case .strike(let place, let kind, let span): strike(place, kind, for: span, at: now)
    case .turnsOff(let place, let call, let who, let purpose): turnOff(place, call, who, purpose, at: now)
    case .mends(let place, let kind): mend(place, kind, at: now)
    }
  }

  func place(of machine: MachineID) -> Int? { places[machine] }

  func id(_ place: Int) -> MachineID { members[place].machine.id }

  func has(_ kind: TroubleKind) -> Bool { around[kind, default: 0] > 0 }

  /// What is really so of a machine.
  package func truth(of place: Int, at now: Instant) -> Truth {
    let member = members[place]
    var faults: Set<TroubleKind> = []
    var power = PowerState.unknown
    var isBooting = false
    if let guest = fleet.truth(of: member.machine.id, at: now) {
      power = guest.power
      isBooting = guest.isBooting
      for fault in guest.faults { if let kind = fault.trouble { faults.insert(kind) } }
    }
    for (kind, count) in member.upon where count > 0 { faults.insert(kind) }
    if has(.networkLost) { faults.insert(.networkLost) }
    if has(.allBlocked) { faults.insert(.allBlocked) }
    if let stalled = member.stalledSince, (bootedAt(place, now) ?? .distantPast) <= stalled { faults.insert(.stalls) }
    if power == .running, isSlowlyBooting(place, at: now) { isBooting = true }
    return Truth(
      power: power, faults: faults, isOffOnPurpose: power.isOff && member.isPurposelyOff,
      isEvicted: power.isOff && member.isEvicted, isBooting: isBooting,
      mayRestartForSSH: member.policy.healing.allowRestartForSSH,
      mayAlwaysStart: member.policy.healing.startStopped == .always, isAgentUntold: !plan.isCloud)
  }

  func bootedAt(_ place: Int, _ now: Instant) -> Instant? { fleet.platformView(of: id(place), at: now)?.bootedAt }

  /// Of a machine whose boots are slow: up for less than 8 minutes.
  func isSlowlyBooting(_ place: Int, at now: Instant) -> Bool {
    guard members[place].has(.slowBoot), let booted = bootedAt(place, now) else { return false }
    return now - booted < .minutes(8)
  }

  /// What the inventory lists.
  func machines() -> [VirtualMachine] { members.filter(\.isListed).map(\.machine) }

  func policies() -> [MachineID: EffectivePolicy] {
    Dictionary(uniqueKeysWithValues: members.map { ($0.machine.id, EffectivePolicy(policy: $0.policy)) })
  }
}
