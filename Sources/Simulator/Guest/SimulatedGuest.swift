import FleetModel

/// One machine of the simulated fleet with everything that is true of it, whoever looks or not.
///
/// It lives only when it is asked: `advance` brings it to an instant by carrying out what was due in between.
struct SimulatedGuest: Sendable {
  let profile: GuestProfile
  let machine: VirtualMachine
  let habits: Habits
  private(set) var power: PowerState
  /// nil: nothing of the guest runs.
  private(set) var boot: BootTimes?
  private(set) var bootID = ""
  /// A person wants it off.
  private(set) var isOffOnPurpose = false
  private(set) var faults: [ActiveFault] = []
  private(set) var account: CPUAccount
  private(set) var strain = LoadStrain.none
  private(set) var chronicle = GuestChronicle()
  var agenda = Agenda()
  /// A service restart is under way: no sshd, or no network, between these instants.
  var sshGap: Range<Instant>?
  var networkGap: Range<Instant>?
  /// The control plane's running operation.
  var operation: (remedy: Remedy, until: Instant)?
  /// Bytes that clean-ups have taken from the root, which grow again.
  private(set) var reclaimed = 0.0
  private(set) var reclaimedAt = Instant.distantPast
  private var dice: FaultDice
  private var boots: UInt64 = 1
  private var faultCount: UInt64 = 0
  private var now: Instant

  /// How a machine is when the simulation begins.
  enum Beginning: Sendable { case running, stoppedLongAgo, deallocatedLongAgo, neverReachable }

  /// What the world around a guest decides of it.
  struct Habits: Hashable, Sendable {
    /// Boots are this many times faster than a real machine's.
    var pace = 1.0
    /// Whether a log tells who stopped it.
    var hasActivityLog = false
  }

  init(
    profile: GuestProfile, machine: VirtualMachine, beginning: Beginning, dice: FaultDice, habits: Habits = Habits(),
    at start: Instant
  ) {
    self.profile = profile
    self.machine = machine
    self.dice = dice
    self.habits = habits
    now = start
    var draw = Draw(profile.seed, 2)
    // Up for 2 h to 60 days: kernels are patched now and then.
    let bootedAt = start - .seconds(Int(draw.between(2 * 3600, 60 * 86400)))
    let average = profile.life.floor + 0.5 * profile.life.span * profile.load.scale
    account = CPUAccount(
      bootedAt: bootedAt.seconds, now: start.seconds, averageBusy: average, averageWait: profile.life.waitFloor)
    power = .running
    boots = 2 + UInt64(draw.between(0, 40))
    switch beginning {
    case .running: begin(BootTimes(number: boots, poweredAt: bootedAt))
    case .neverReachable:
      begin(BootTimes(number: boots, poweredAt: bootedAt))
      add(FaultOccurrence(at: start - .days(1), machine: machine.name, fault: .pathBlocked))
    case .stoppedLongAgo: (power, isOffOnPurpose) = (.stopped, true)
    case .deallocatedLongAgo: (power, isOffOnPurpose) = (.deallocated, true)
    }
    note(at: .distantPast)
  }

  /// Writes down how it lives from now on.
  private mutating func note(at instant: Instant) {
    chronicle.add(
      GuestChronicle.Chapter(
        from: instant, isRunning: boot != nil, strain: strain, memory: fault(.memoryHigh),
        isAvailable: fault(.platformUnavailable) == nil, isStuck: fault(.hung) != nil))
  }

  /// When something is going to change next of itself.
  var nextChange: Instant { min(agenda.next, dice.next) }

  private mutating func begin(_ times: BootTimes) {
    boot = times
    bootID = times.bootID(seed: profile.seed)
  }

  /// Brings the guest to `instant`; an earlier one than the last leaves it where it is.
  mutating func advance(to instant: Instant) {
    while true {
      let due = min(agenda.next, dice.next)
      guard due <= instant else { break }
      live(to: due)
      if agenda.next <= dice.next {
        let entry = agenda.takeFirst()
        apply(entry.change, at: entry.at)
        note(at: entry.at)
      } else {
        let occurrence = dice.take(on: machine.name)
        if isUndisturbed(at: occurrence.at) {
          add(occurrence)
          note(at: occurrence.at)
        }
      }
    }
    live(to: instant)
  }

  private mutating func live(to instant: Instant) {
    guard instant > now else { return }
    now = instant
    if boot != nil { account.advance(to: instant.seconds, profile.load, strain) }
  }

  /// Chance strikes only where nothing else is going on: one trouble at a time is what a ladder can be judged by.
  private func isUndisturbed(at instant: Instant) -> Bool {
    guard let boot, power == .running, faults.isEmpty, instant > boot.shellAt + .minutes(2) else { return false }
    return operation.map { $0.until < instant } ?? true
  }

  /// The load now.
  mutating func shares() -> LoadCurve.Shares { account.shares(profile.load, strain) }

  func fault(_ kind: SimulatedFault) -> ActiveFault? { faults.first { $0.kind == kind } }
}

// What changes a guest.
extension SimulatedGuest {
  private mutating func apply(_ change: GuestChange, at instant: Instant) {
    switch change {
    case .power(let state): power = state
    case .halt: boot = nil
    case .powered(let times):
      power = .running
      isOffOnPurpose = false
      faults.removeAll { $0.kind.endsWithBoot }
      boots = times.number
      begin(times)
      account = CPUAccount(bootedAt: instant.seconds)
      strain = LoadStrain(busyFloor: 0.55, waitFloor: 0.12)
      agenda.add(.settled, at: instant + .seconds(75))
    case .settled: renewStrain()
    case .begin(let occurrence): add(occurrence)
    case .putRight(let number): putRight(number, at: instant)
    case .cure(let kinds):
      faults.removeAll { kinds.contains($0.kind) }
      renewStrain()
    case .cleaned(let bytes, let cures):
      if cures { faults.removeAll { $0.kind == .diskFull } }
      reclaimed = regrowing(at: instant) + bytes
      reclaimedAt = instant
    case .stoppedByOperator:
      power = .stopped
      boot = nil
      isOffOnPurpose = true
      faults.removeAll { $0.kind.endsWithBoot }
    }
  }

  /// What clean-ups took and has not grown again yet: it all does within 5 days.
  func regrowing(at instant: Instant) -> Double {
    reclaimed * min(max(1 - (instant - reclaimedAt).inSeconds / (5 * 86400), 0), 1)
  }

  /// Lets a fault strike; one of a kind at a time, the newer one wins.
  mutating func add(_ occurrence: FaultOccurrence) {
    faults.removeAll { $0.kind == occurrence.fault }
    faultCount &+= 1
    let fault = ActiveFault(occurrence, number: faultCount, profile: profile)
    faults.append(fault)
    if let duration = occurrence.duration { agenda.add(.putRight(faultCount), at: occurrence.at + duration) }
    if fault.kind.isPowerOff {
      agenda.removeAll { $0.isPower }
      boot = nil
      let isStopped = fault.kind == .stopped || (fault.kind == .stoppedByUser && habits.hasActivityLog)
      power = isStopped ? .stopped : .deallocated
      isOffOnPurpose = fault.kind.isMeant
    }
    renewStrain()
  }

  private mutating func renewStrain() {
    strain = .none
    for fault in faults {
      strain.busyFloor = max(strain.busyFloor, fault.strain.busyFloor)
      strain.waitFloor = max(strain.waitFloor, fault.strain.waitFloor)
    }
  }

  /// A person other than azlin mends a fault.
  mutating func putRight(_ number: UInt64, at instant: Instant) {
    guard let fault = faults.first(where: { $0.number == number }) else { return }
    switch fault.kind {
    case .stopped, .stoppedByUser, .deallocatedByUser:
      if power.isOff { orderBoot(at: instant, allocates: power == .deallocated) }
    case .hung, .platformUnavailable: cyclePower(from: instant, to: instant + .seconds(5) / habits.pace)
    default:
      faults.removeAll { $0.number == number }
      renewStrain()
    }
    note(at: instant)
  }

  /// Every fault is mended, and the machine runs.
  mutating func healAll(at instant: Instant) {
    for fault in faults { putRight(fault.number, at: instant) }
    if power.isOff { orderBoot(at: instant, allocates: power == .deallocated) }
    isOffOnPurpose = false
  }

  /// Off to starting; the guest comes up by and by.
  @discardableResult
  mutating func orderBoot(at instant: Instant, allocates: Bool) -> BootTimes {
    var draw = Draw(profile.seed, at: instant.milliseconds, .boot)
    let times = BootTimes(
      number: boots + 1, orderedAt: instant, allocates: allocates, pace: habits.pace, &draw)
    agenda.add(.power(.starting), at: instant)
    agenda.add(.powered(times), at: times.poweredAt)
    return times
  }

  /// Stopping at `from`, off at `to`, then a boot.
  @discardableResult
  mutating func cyclePower(from start: Instant, to off: Instant) -> BootTimes {
    agenda.removeAll { $0.isPower }
    agenda.add(.power(.stopping), at: start)
    agenda.add(.halt, at: off)
    return orderBoot(at: off, allocates: false)
  }
}

// What the control plane of a cloud does to it, in the time that the cloud takes.
extension SimulatedGuest {
  mutating func control(_ call: PowerCall, from start: Instant, until end: Instant) {
    switch call {
    case .start: if power.isOff { boot(from: start, until: end, allocates: power == .deallocated) }
    case .restart, .redeploy:
      agenda.removeAll { $0.isPower }
      agenda.add(.halt, at: start)
      boot(from: start, until: end, allocates: false)
    case .powerOff, .deallocate:
      let isOff = power == .deallocated || (power == .stopped && call == .powerOff)
      guard !isOff else { return }
      agenda.removeAll { $0.isPower }
      agenda.add(.power(call == .powerOff ? .stopping : .deallocating), at: start)
      agenda.add(.stoppedByOperator, at: end)
      if call == .deallocate { agenda.add(.power(.deallocated), at: end) }
    case .resetSSH: agenda.add(.cure([.sshDown, .sshHung, .sshConfigBroken]), at: end)
    case .resetNetwork:
      agenda.removeAll { $0.isPower }
      agenda.add(.halt, at: start)
      boot(from: start, until: end, allocates: false)
      agenda.add(.cure([.networkDown]), at: end)
    case .reapply: break
    }
  }

  /// A boot whose kernel starts at `end`.
  private mutating func boot(from start: Instant, until end: Instant, allocates: Bool) {
    var draw = Draw(profile.seed, at: start.milliseconds, .boot)
    var times = BootTimes(number: boots + 1, orderedAt: start, allocates: allocates, pace: habits.pace, &draw)
    let shift = end - times.poweredAt
    times.poweredAt = end
    times.echoAt = times.echoAt + shift
    times.portAt = times.portAt + shift
    times.bannerAt = times.bannerAt + shift
    times.shellAt = times.shellAt + shift
    agenda.add(.power(.starting), at: start)
    agenda.add(.powered(times), at: end)
  }
}
