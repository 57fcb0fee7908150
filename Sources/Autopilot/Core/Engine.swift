import FleetModel
import HeapModule

/// The engine core: a value that takes events and returns effects. It reads no clock, draws no random number, and
/// touches neither network nor disk (architecture, decision 1), so the same core runs live, in tests on a virtual
/// clock, and in simulations.
package struct Engine: Sendable {
  package let settings: EngineSettings
  var slots: [MachineState] = []
  var index: [MachineID: Int] = [:]
  /// Machines in the order a snapshot lists them.
  var order: [Int] = []
  var fleet = FleetMemory()
  var keptFleet = FleetMemory()
  var restored = RestoredState()
  /// Policies that came before their machine.
  var policies: [MachineID: EffectivePolicy] = [:]
  var hookProblems: [String: String] = [:]
  var recoveries: [RecoveryRecord] = []
  var events: [FleetEvent] = []
  var notices: [String] = []
  var recheckBudget = RecheckBudget()
  var counters = Counters()
  /// A full cycle must have begun after this before any power remedy (semantics 2.7).
  var freshSince = Instant.distantPast
  /// Machines probed since their status was last asked for.
  var changedStatuses: Set<MachineID> = []
  /// Checks asked for by hand that are not done yet.
  var pendingChecks: [CommandID: Set<MachineID>] = [:]
  /// Machines that wait for their neighbours' answers.
  var askers: Set<MachineID> = []
  var canaryWatch = CanaryWatch()
  var storm = StormWatch()
  var inventoryDoubts: [ProviderKind: InventoryDoubt] = [:]
  /// Asked whether a machine missing from a list still exists.
  var presenceQuestions: [Ticket: Instant] = [:]
  private var wakes = Heap<Wake>()
  private var effects: [Effect] = []
  private var nextNumber: UInt64 = 0

  struct Counters: Sendable {
    var late = 0
    var done = 0
    var probing = 0
    var watched = 0
    var watchedByGroup: [String: Int] = [:]
    var notYetProbed = 0
    /// Planned probes a second, fleet-wide.
    var scheduledRate = 0.0
    var powerUnderWay: Set<MachineID> = []
  }

  struct Wake: Comparable, Sendable {
    var at: Instant
    var slot: Int
    static func < (a: Wake, b: Wake) -> Bool { a.at == b.at ? a.slot < b.slot : a.at < b.at }
  }

  /// How many lines of the event and recovery logs a snapshot carries.
  static let logCapacity = 500

  package init(settings: EngineSettings) { self.settings = settings }

  /// Takes one event.
  /// - Parameter now: not earlier than at the last call; an earlier one is lifted by the caller as a gap.
  /// - Returns: what is to be done, in this order.
  package mutating func step(_ event: Event, at now: Instant) -> [Effect] {
    effects.removeAll(keepingCapacity: true)
    switch event {
    case .started(let state): restore(state, at: now)
    case .inventory(let machines, let provider): take(inventory: machines, of: provider, at: now)
    case .listedPower(let listed): take(listedPower: listed)
    case .policies(let policies): take(policies: policies, at: now)
    case .hookProblems(let problems): take(hookProblems: problems)
    case .wake: break
    case .probed(let ticket, let report): take(report: report, ticket: ticket, at: now)
    case .looked(let ticket, let report): take(look: report, ticket: ticket, at: now)
    case .toldStop(let ticket, let report): take(stopReport: report, ticket: ticket, at: now)
    case .inspected(let ticket, let report): take(inspection: report, ticket: ticket, at: now)
    case .canariesAnswered(let report): take(canaries: report, at: now)
    case .intentWritten(let intent, let machine, let failure):
      take(intentWritten: intent, machine: machine, failure: failure, at: now)
    case .performed(let intent, let machine, let report):
      take(remedyReport: report, intent: intent, machine: machine, at: now)
    case .hooksRan(let ticket, let runs): take(hookRuns: runs, ticket: ticket, at: now)
    case .command(let id, let command): carryOut(command, id: id, at: now)
    case .notices(let notices): self.notices = notices
    case .gap(let reason): takeGap(reason, at: now)
    }
    runDue(at: now)
    keepFleet()
    defer { effects = [] }
    return effects
  }

  /// When `step(.wake)` is due next; nil: nothing is planned.
  package var nextWake: Instant? { wakes.min?.at }

  // MARK: Shared by the concerns in the other files of this folder

  mutating func emit(_ effect: Effect) { effects.append(effect) }

  /// What the fleet's memory has become goes to the journal.
  mutating func keepFleet() {
    guard fleet != keptFleet else { return }
    keptFleet = fleet
    emit(.keep(.fleet(fleet)))
  }

  mutating func ticket(for machine: MachineID) -> Ticket {
    nextNumber += 1
    return Ticket(number: nextNumber, machine: machine)
  }

  /// Something about the machine changed: its row is made anew, its memory kept, its next wake planned.
  mutating func touched(_ i: Int) {
    slots[i].cached = nil
    if !slots[i].isMemoryKept {
      slots[i].isMemoryKept = true
      emit(.keep(.memory(slots[i].memory)))
    }
    planWake(i)
  }

  mutating func log(_ severity: Severity, _ i: Int?, _ text: String, at now: Instant) {
    let machine = i.map { slots[$0].machine }
    let event = FleetEvent(
      at: now, machine: machine?.id, machineName: machine?.name ?? "", severity: severity, text: text)
    if events.count >= Self.logCapacity + 100 { events.removeFirst(events.count - Self.logCapacity + 1) }
    events.append(event)
    emit(.keep(.event(event)))
  }

  /// Puts a changed record into the log and the journal.
  mutating func keep(_ record: RecoveryRecord) {
    if let at = recoveries.lastIndex(where: { $0.id == record.id }) {
      recoveries[at] = record
    } else {
      if recoveries.count >= Self.logCapacity + 100 {
        recoveries.removeFirst(recoveries.count - Self.logCapacity + 1)
      }
      recoveries.append(record)
    }
    emit(.keep(.recovery(record)))
  }

  func chance(_ salt: String, _ number: Int) -> Double {
    StableHash.share(StableHash.of(salt, seed: settings.seed &+ UInt64(truncatingIfNeeded: number)))
  }

  /// Slots have moved: nothing that was planned can be believed.
  mutating func clearWakes() { wakes = Heap<Wake>() }

  /// Asks one machine's state something where it lies. `slots[i].computed` copies the whole state first, which at every
  /// probe costs more than the answer.
  @inline(__always)
  mutating func read<Answer>(_ i: Int, _ question: (inout MachineState) -> Answer) -> Answer { question(&slots[i]) }

  private mutating func planWake(_ i: Int) {
    let at = read(i) { $0.nextDeadline }
    guard at != slots[i].wakeAt else { return }
    slots[i].wakeAt = at
    if let at { wakes.insert(Wake(at: at, slot: i)) }
  }

  /// A machine that was woken and still has a deadline of the past sleeps a moment: no mistake in a phase may keep the
  /// engine awake for ever.
  private mutating func rest(_ i: Int, at now: Instant) {
    guard let at = slots[i].wakeAt, at <= now else { return }
    slots[i].wakeAt = now + .milliseconds(100)
    wakes.insert(Wake(at: now + .milliseconds(100), slot: i))
  }

  private mutating func runDue(at now: Instant) {
    while let wake = wakes.min, wake.at <= now {
      wakes.removeMin()
      guard wake.slot < slots.count, slots[wake.slot].wakeAt == wake.at else { continue }
      slots[wake.slot].wakeAt = nil
      startDueProbe(wake.slot, at: now)
      advance(wake.slot, at: now)
      touched(wake.slot)
      rest(wake.slot, at: now)
    }
  }
}
