import Autopilot
import FleetModel
import HeapModule

/// One run of a campaign: engines over a world in virtual time, as fast as the machine can, the same every time.
package struct CampaignRun: Sendable {
  package let plan: CampaignPlan
  package internal(set) var world: CampaignWorld
  package internal(set) var engines: [EngineLife]
  package private(set) var now: Instant
  private var queue = Heap<Pending>()
  private var order: UInt64 = 0
  /// Answers to commands, by engine.
  var nextCommand: UInt64 = 0
  package internal(set) var truths: [TruthNote] = []
  /// Time stood still while the engine went on: where, and what it was about.
  package private(set) var spin: (at: Instant, engine: Int, what: String)?
  private var stepsAtOnce = 0
  private static let mostStepsAtOnce = 20_000

  /// Incidents that stood open long after nothing was wrong any more, each once.
  package internal(set) var lingering: [Lingering] = []

  /// A diagnosis and what was true when it was written.
  package struct TruthNote: Sendable {
    package var at: Instant
    package var place: Int
    package var diagnosis: Diagnosis
    package var truth: Truth
    package var isShared: Bool
  }

  struct Pending: Comparable, Sendable {
    var at: Instant
    var order: UInt64
    var engine: Int
    var what: What
    static func < (a: Pending, b: Pending) -> Bool { a.at == b.at ? a.order < b.order : a.at < b.at }
    static func == (a: Pending, b: Pending) -> Bool { a.order == b.order }
  }

  enum What: Sendable {
    /// For the engine of this life alone.
    case event(Event, life: Int)
    case start
    case discover
    case unfreeze(until: Instant)
    case step(Duration)
    case resume(places: [Int])
    case diskWorks
    case dieIfNothingElse(Int)
    /// Looks through what is on the disk.
    case survey
  }

  package init(_ plan: CampaignPlan) {
    self.plan = plan
    world = CampaignWorld(plan)
    engines = (0..<plan.engines).map { EngineLife(number: $0, seed: plan.seed &+ UInt64($0)) }
    now = plan.startAt
    for engine in engines.indices {
      push(.start, engine, at: plan.startAt + .seconds(engine * 7))
      push(.survey, engine, at: plan.startAt + .hours(1))
    }
  }

  /// Runs to the end.
  package mutating func run() { run(until: plan.end) }

  package mutating func run(until end: Instant) {
    while true {
      let event = queue.min?.at ?? .distantFuture
      let happening = world.next
      var wake = Instant.distantFuture
      var waker = 0
      for index in engines.indices {
        let due = engines[index].nextWake
        if due < wake { (wake, waker) = (due, index) }
      }
      let next = min(event, happening, wake)
      guard next <= end, spin == nil else { break }
      if next > now { stepsAtOnce = 0 }
      stepsAtOnce += 1
      now = max(now, next)
      if stepsAtOnce > Self.mostStepsAtOnce {
        spin = (now, waker, wake <= now ? "woken again and again" : "events without end")
      }
      if happening <= event, happening <= wake {
        world.advance(to: now)
        takeEngineTroubles()
      } else if event <= wake, let pending = queue.popMin() {
        take(pending)
      } else {
        step(.wake, waker)
      }
      drain()
    }
    now = max(now, end)
    world.advance(to: now)
    for index in engines.indices { flush(index) }
  }

  mutating func push(_ what: What, _ engine: Int, at instant: Instant) {
    order += 1
    queue.insert(Pending(at: max(instant, now), order: order, engine: engine, what: what))
  }

  private mutating func drain() {
    guard !world.outbox.isEmpty else { return }
    for delivery in world.outbox { push(.event(delivery.event, life: delivery.life), delivery.engine, at: delivery.at) }
    world.outbox = []
  }

  private mutating func take(_ pending: Pending) {
    let index = pending.engine
    switch pending.what {
    case .event(let event, let life):
      guard engines[index].engine != nil, engines[index].life == life else { return }
      if let until = engines[index].frozenUntil, until > now {
        return push(pending.what, index, at: until)
      }
      if case .performed = event, engines[index].armed == .killedBeforeAnswer { return die(index) }
      step(event, index)
    case .start: start(index)
    case .discover: discover(index)
    case .unfreeze(let since): unfreeze(index, since: since)
    case .step(let jump):
      engines[index].offset += jump
      engines[index].disturbedAt = now
      step(.gap("the clock was set by \(jump.components.seconds) s"), index)
    case .resume(let places): resume(places, index)
    case .diskWorks:
      engines[index].disk.isFull = false
      engines[index].disturbedAt = now
    case .survey:
      survey(index)
      push(.survey, index, at: now + .hours(1))
    case .dieIfNothingElse(let number):
      if engines[index].armedNumber == number, engines[index].armed != nil { die(index) }
    }
  }

  // MARK: The engine's life

  private mutating func start(_ index: Int) {
    guard engines[index].engine == nil else { return }
    engines[index].begin()
    engines[index].disturbedAt = now
    world.lives[index] = engines[index].life
    step(.started(engines[index].disk.restore()), index)
    step(.policies(world.policies()), index)
    discover(index)
  }

  mutating func die(_ index: Int) {
    guard engines[index].engine != nil else { return }
    let downtime = engines[index].downtime
    engines[index].end()
    world.lives[index] = nil
    push(.start, index, at: now + downtime)
  }

  private mutating func discover(_ index: Int) {
    guard engines[index].engine != nil else { return }
    let life = engines[index].life
    if !(world.has(.networkLost) || world.has(.throttled) || world.has(.armReadsDown)) || !engines[index].hasInventory {
      engines[index].hasInventory = true
      step(.inventory(world.machines(), of: plan.isCloud ? .azure : .simulated), index)
    }
    guard engines[index].life == life else { return }
    push(.discover, index, at: now + .minutes(2))
  }

  private mutating func unfreeze(_ index: Int, since: Instant) {
    guard engines[index].engine != nil else { return }
    engines[index].frozenUntil = nil
    engines[index].disturbedAt = now
    step(.gap("it was stopped for \((now - since).components.seconds) s"), index)
  }

  /// Hands one event to an engine and carries out what it wants.
  mutating func step(_ event: Event, _ index: Int) {
    flushIfDue(index)
    guard let effects = engines[index].step(event, at: now) else { return }
    let life = engines[index].life
    for effect in effects {
      guard engines[index].engine != nil, engines[index].life == life else { return }
      perform(effect, index, life)
    }
  }

  private mutating func perform(_ effect: Effect, _ index: Int, _ life: Int) {
    let offset = engines[index].offset
    func reply(_ event: Event, at instant: Instant) { push(.event(event, life: life), index, at: instant) }
    switch effect {
    case .probe(let ticket, let machine, let request):
      let report = world.probe(machine, request, at: now)
      reply(.probed(ticket, report.shifted(by: offset)), at: report.finishedAt)
    case .look(let ticket, let machine, let order):
      var report = world.look(at: machine, order, at: now)
      let at = report.finishedAt
      report.finishedAt = at + offset
      reply(.looked(ticket, report), at: at)
    case .askStop(let ticket, let machine, let question):
      var report = world.stopReason(of: machine, question.shifted(by: .zero - offset), at: now)
      let at = report.finishedAt
      report.finishedAt = at + offset
      reply(.toldStop(ticket, report), at: at)
    case .inspect(let ticket, let machine, let order):
      var report = world.inspect(machine, order, at: now)
      let at = report.finishedAt
      report.shift(by: offset)
      reply(.inspected(ticket, report), at: at)
    case .askCanaries:
      var report = world.canaries(at: now)
      let at = report.finishedAt
      (report.askedAt, report.finishedAt) = (report.askedAt + offset, at + offset)
      reply(.canariesAnswered(report), at: at)
    case .write(let record): write(record, index, life)
    case .perform(let order):
      if engines[index].armed == .killedBeforeCall { return die(index) }
      world.perform(
        order, engine: index, life: life, notAfter: order.notAfter - offset, monitorAt: now + offset, at: now)
      drain()
      if engines[index].armed == .killedAfterCall { die(index) }
    case .runHooks(let ticket, let occasion, let registrations):
      let runs = world.runHooks(occasion, registrations, at: now)
      let took = runs.reduce(Duration.zero) { $0 + $1.elapsed }
      reply(.hooksRan(ticket, runs), at: now + took)
    case .keep(let entry): engines[index].keep(entry, at: now)
    case .answer(_, .failure(let refusal)):
      for hold in refusal.holds { engines[index].refusals[hold.by, default: 0] += 1 }
    case .answer: break
    }
  }

  private mutating func write(_ record: RecoveryRecord, _ index: Int, _ life: Int) {
    if engines[index].armed == .killedBeforeWrite { return die(index) }
    guard !engines[index].disk.isFull else {
      return push(
        .event(.intentWritten(record.id, record.machine, failure: "No space left on device"), life: life), index,
        at: now + .milliseconds(3))
    }
    flush(index)
    engines[index].disk.write(intent: record, at: now)
    if engines[index].armed == .killedAfterWrite { return die(index) }
    push(.event(.intentWritten(record.id, record.machine, failure: nil), life: life), index, at: now + .milliseconds(2))
  }

  /// The runtime writes what is to be kept about once a second.
  private mutating func flushIfDue(_ index: Int) {
    guard let since = engines[index].unflushedSince, now - since >= .seconds(1) else { return }
    flush(index)
  }

  private mutating func flush(_ index: Int) {
    guard !engines[index].unflushed.isEmpty, !engines[index].disk.isFull else { return }
    if engines[index].armed == .killedBeforeKeep {
      engines[index].unflushed = []
      return die(index)
    }
    let entries = engines[index].takeUnflushed()
    let before = engines[index].disk.tally.diagnoses.count
    engines[index].disk.append(entries, at: now, names: { _ in nil })
    for finding in engines[index].disk.tally.diagnoses[before...] {
      guard let place = world.place(of: finding.machine) else { continue }
      let truth = world.truth(of: place, at: now)
      truths.append(
        TruthNote(at: now, place: place, diagnosis: finding.diagnosis, truth: truth, isShared: isShared(truth)))
    }
  }

  private func isShared(_ truth: Truth) -> Bool {
    truth.has(.subnetBlocked, .allBlocked, .vpnLost, .networkLost) || truth.has(.hostFault, .hangs, .dies)
  }
}
