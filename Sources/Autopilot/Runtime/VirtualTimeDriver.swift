import FleetModel
import HeapModule

/// An event that will reach the engine at an instant.
package struct EventUnderWay: Sendable {
  package var at: Instant
  package var event: Event
}

/// Runs the engine core against a simulated world in virtual time: as fast as the machine can, in the same order
/// every time.
package struct VirtualTimeDriver {
  package private(set) var engine: Engine
  package private(set) var now: Instant
  /// Everything the engine wanted kept, newest last, at most `keptCapacity`.
  package private(set) var kept: [JournalEntry] = []
  /// Answers to commands.
  package private(set) var answers: [UInt64: Result<String, CommandRefusal>] = [:]
  /// Probes the world has answered.
  package private(set) var probes = 0
  private let world: any SimulatedWorld
  private let hooks: @Sendable (HookOccasion, [HookRegistration], Instant) -> [HookRun]
  private let keptCapacity: Int
  private var queue = Heap<Pending>()
  private var order: UInt64 = 0

  private struct Pending: Comparable {
    var at: Instant
    var order: UInt64
    var event: Event
    static func < (a: Pending, b: Pending) -> Bool { a.at == b.at ? a.order < b.order : a.at < b.at }
    static func == (a: Pending, b: Pending) -> Bool { a.order == b.order }
  }

  /// - Parameters:
  ///   - keptCapacity: 0 keeps nothing.
  ///   - hooks: runs the scripts of one occasion; the runs say how long they took.
  package init(
    engine: Engine, world: any SimulatedWorld, startAt: Instant, keptCapacity: Int = 0,
    hooks: @escaping @Sendable (HookOccasion, [HookRegistration], Instant) -> [HookRun] = { _, _, _ in [] }
  ) {
    self.engine = engine
    self.world = world
    self.keptCapacity = keptCapacity
    self.hooks = hooks
    now = startAt
  }

  /// Puts an event in at the present instant and runs what follows at once.
  package mutating func send(_ event: Event) {
    perform(engine.step(event, at: now))
  }

  /// Runs until `end`; the clock stands there afterwards.
  package mutating func run(until end: Instant) {
    while true {
      let event = queue.min?.at ?? .distantFuture
      let wake = engine.nextWake ?? .distantFuture
      let next = min(event, wake)
      guard next <= end else { break }
      now = max(now, next)
      if event <= wake, let pending = queue.popMin() {
        perform(engine.step(pending.event, at: now))
      } else {
        perform(engine.step(.wake, at: now))
      }
    }
    now = max(now, end)
  }

  /// Answers of the world that are still on their way: whoever takes the engine over has to deliver them.
  package var underWay: [EventUnderWay] { queue.unordered.map { EventUnderWay(at: $0.at, event: $0.event) } }

  /// The state of the fleet at the present instant.
  package mutating func snapshot(sequence: UInt64 = 0) -> FleetSnapshot {
    engine.snapshot(sequence: sequence, at: now)
  }

  private mutating func push(_ event: Event, at: Instant) {
    order += 1
    queue.insert(Pending(at: max(at, now), order: order, event: event))
  }

  private mutating func perform(_ effects: [Effect]) {
    for effect in effects {
      switch effect {
      case .probe(let ticket, let machine, let request):
        probes += 1
        let report = world.probe(machine, request, at: now)
        push(.probed(ticket, report), at: report.finishedAt)
      case .look(let ticket, let machine, let order):
        let report = world.look(at: machine, order, at: now)
        push(.looked(ticket, report), at: report.finishedAt)
      case .askStop(let ticket, let machine, let question):
        let report = world.stopReason(of: machine, question, at: now)
        push(.toldStop(ticket, report), at: report.finishedAt)
      case .inspect(let ticket, let machine, let order):
        let report = world.inspect(machine, order, at: now)
        push(.inspected(ticket, report), at: report.finishedAt)
      case .askCanaries:
        let report = world.canaries(at: now)
        push(.canariesAnswered(report), at: report.finishedAt)
      case .write(let record):
        keep(.recovery(record))
        push(.intentWritten(record.id, record.machine, failure: nil), at: now + .milliseconds(2))
      case .perform(let order):
        let report = world.perform(order, at: now)
        push(.performed(order.intent, order.machine.id, report), at: report.finishedAt)
      case .runHooks(let ticket, let occasion, let registrations):
        let runs = hooks(occasion, registrations, now)
        let took = runs.reduce(Duration.zero) { $0 + $1.elapsed }
        push(.hooksRan(ticket, runs), at: now + took)
      case .keep(let entry): keep(entry)
      case .answer(let id, let result): answers[id.number] = result
      }
    }
  }

  private mutating func keep(_ entry: JournalEntry) {
    guard keptCapacity > 0 else { return }
    if kept.count >= keptCapacity * 2 { kept.removeFirst(kept.count - keptCapacity) }
    kept.append(entry)
  }
}
