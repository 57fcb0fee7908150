import FleetModel

/// The engine at work: performs the core's effects through the ports and publishes snapshots.
///
/// One actor owns the core; probes, remedies and hooks run in tasks of their own and come back as events.
package actor AutopilotRuntime: FleetService {
  private var engine: Engine
  private let providers: [ProviderKind: Provider]
  private let ports: RuntimePorts
  private var publisher = SnapshotPublisher()
  private var sequence: UInt64 = 0
  private var publishing: Task<Void, Never>?
  private var timer: (at: Instant, task: Task<Void, Never>)?
  private var unkept: [JournalEntry] = []
  private var queuedProbes: [(Ticket, VirtualMachine, ProbeRequest)] = []
  private var probesUnderWay = 0
  private var commands = CommandDesk()
  private var policyStamp: UInt64?
  private var lists = KnownLists()
  /// Lists that are being fetched.
  private var listing: [ProviderKind: Task<Void, Never>] = [:]
  private var meansNotices: [String] = []
  private var journalProblem: String?
  private var hasStarted = false

  /// Probes at once: enough that dead hosts, which take their whole time-out, cannot starve the living.
  private static let maximumProbes = 1024
  /// Snapshots are published at most this often.
  private static let frame = Duration.milliseconds(33)

  /// - Parameter engine: fresh, or already warmed up in virtual time; a fresh one is given what the journal restores.
  package init(engine: Engine, providers: [Provider], ports: RuntimePorts) {
    self.engine = engine
    self.providers = Dictionary(uniqueKeysWithValues: providers.map { ($0.kind, $0) })
    self.ports = ports
  }

  /// Lives until the task is cancelled; what is not yet in the journal is written before it returns.
  /// - Parameter underWay: the engine comes warm out of virtual time, with these answers still on their way; nil: it is
  ///   fresh and starts with what the journal restores.
  /// - Throws: what the journal says when it cannot be read.
  package func run(underWay: [EventUnderWay]? = nil) async throws {
    if let underWay {
      let clock = ports.clock
      for event in underWay {
        Task {
          await clock.sleep(until: event.at)
          handle(event.event)
        }
      }
    } else {
      handle(.started(try await ports.journal.restore()))
    }
    hasStarted = true
    await recallRemote()
    refreshInventories()
    // What is near is there before anything else happens; what is far away comes when it comes.
    for provider in providers.values where !provider.isRemote { await listing[provider.kind]?.value }
    await readNotices()
    rearm()
    var ticks = 0
    var pulse = Pulse(clock: ports.clock)
    while !Task.isCancelled {
      try? await Task.sleep(for: .seconds(1), tolerance: .milliseconds(100))
      if let gap = pulse.beat() { handle(.gap(gap)) }
      ticks += 1
      await housekeep(ticks)
    }
    timer?.task.cancel()
    publishing?.cancel()
    for task in listing.values { task.cancel() }
    await flush()
    publisher.finish()
  }

  // MARK: FleetService

  package nonisolated func snapshots() -> AsyncStream<FleetSnapshot> {
    let (stream, continuation) = AsyncStream.makeStream(of: FleetSnapshot.self, bufferingPolicy: .bufferingNewest(1))
    Task { await self.subscribe(continuation) }
    return stream
  }

  package func submit(_ command: OperatorCommand) async throws -> String {
    switch command {
    case .edit(let id, let edits): return try await edit(id, edits)
    case .reload:
      await readInventories()
      return "inventory and policies read again"
    default:
      return try await withCheckedThrowingContinuation { continuation in
        handle(.command(commands.take(continuation), command))
      }
    }
  }

  package func recoveryPlan(for machine: MachineID) async throws -> RecoveryPlan {
    let plan = engine.plan(for: machine, at: ports.clock.now()) { remedy, machine in
      providers[machine.provider]?.control.effect(of: remedy, on: machine)
    }
    guard let plan else { throw CommandRefusal("not known to this engine: \(machine)") }
    return plan
  }

  // MARK: Events and effects

  private func handle(_ event: Event) {
    let effects = engine.step(event, at: ports.clock.now())
    for effect in effects { perform(effect) }
    rearm()
    publishSoon()
  }

  private func perform(_ effect: Effect) {
    switch effect {
    case .probe(let ticket, let machine, let request):
      queuedProbes.append((ticket, machine, request))
      startProbes()
    case .look(let ticket, let machine, let order):
      guard let control = providers[machine.provider]?.control else { return }
      Task { handle(.looked(ticket, await control.look(at: machine, order))) }
    case .askStop(let ticket, let machine, let question):
      guard let control = providers[machine.provider]?.control else { return }
      Task { handle(.toldStop(ticket, await control.stopReason(of: machine, question))) }
    case .inspect(let ticket, let machine, let order):
      guard let control = providers[machine.provider]?.control else { return }
      Task { handle(.inspected(ticket, await control.inspect(machine, order))) }
    case .askCanaries: Task { handle(.canariesAnswered(await ports.canaries.ask())) }
    case .write(let record): Task { await write(record) }
    case .perform(let order):
      guard let control = providers[order.machine.provider]?.control else { return }
      Task { handle(.performed(order.intent, order.machine.id, await control.perform(order))) }
    case .runHooks(let ticket, let occasion, let hooks):
      Task { handle(.hooksRan(ticket, await ports.hooks.run(occasion, hooks))) }
    case .keep(let entry): unkept.append(entry)
    case .answer(let id, let result): answer(id, result)
    }
  }

  private func startProbes() {
    while probesUnderWay < Self.maximumProbes, !queuedProbes.isEmpty {
      let (ticket, machine, request) = queuedProbes.removeFirst()
      guard let probe = providers[machine.provider]?.probe else { continue }
      probesUnderWay += 1
      Task {
        let report = await probe.probe(machine, request)
        probesUnderWay -= 1
        handle(.probed(ticket, report))
        startProbes()
      }
    }
  }

  /// What was remembered before the remedy goes to disk before the intent does.
  private func write(_ record: RecoveryRecord) async {
    await flush()
    do {
      try await ports.journal.write(intent: record)
      handle(.intentWritten(record.id, record.machine, failure: nil))
    } catch {
      handle(.intentWritten(record.id, record.machine, failure: "\(error)"))
    }
  }

  private func answer(_ id: CommandID, _ result: Result<String, CommandRefusal>) {
    if let row = commands.answer(id, result) { Task { await answerQueued(row, result) } }
  }

  private func answerQueued(_ row: Int64, _ result: Result<String, CommandRefusal>) async {
    let answer: CommandAnswer =
      switch result {
      case .success(let text): .done(text)
      case .failure(let refusal): .refused(refusal)
      }
    do { try await ports.journal.answer(row, answer) } catch { journalProblem = "\(error)" }
  }

  private func edit(_ id: MachineID, _ edits: [PolicyEdit]) async throws -> String {
    guard let machine = lists.all.first(where: { $0.id == id }) else {
      throw CommandRefusal("not known to this engine: \(id)")
    }
    let text = try await ports.policies.apply(edits, to: machine)
    await readPolicies()
    return text
  }

  // MARK: Time

  /// Arms one timer for the core's next deadline.
  private func rearm() {
    guard hasStarted, let next = engine.nextWake else { return }
    if let timer, timer.at <= next { return }
    timer?.task.cancel()
    let clock = ports.clock
    timer = (
      next,
      Task {
        await clock.sleep(until: next)
        if !Task.isCancelled { woke() }
      }
    )
  }

  private func woke() {
    timer = nil
    handle(.wake)
  }

  private func housekeep(_ ticks: Int) async {
    await takeCommands()
    let stamp = await ports.policies.changeStamp()
    if stamp != policyStamp {
      await readPolicies()
      refreshInventories()
    }
    if ticks % 60 == 0 { refreshInventories() }
    await flush()
    if ticks % 3 == 1 { await beat() }
  }

  private func beat() async {
    let now = ports.clock.now()
    let beat = EngineHeartbeat(
      processID: ports.processID, startedAt: ports.startedAt, at: now, status: engine.engineStatus(at: now))
    do { try await ports.journal.heartbeat(beat) } catch { noteJournal("\(error)") }
  }

  private func takeCommands() async {
    guard let orders = try? await ports.journal.takeCommands() else { return }
    for command in orders {
      switch command.command {
      case .edit, .reload:
        let result: Result<String, CommandRefusal>
        do { result = .success(try await submit(command.command)) } catch {
          result = .failure(error as? CommandRefusal ?? CommandRefusal("\(error)"))
        }
        await answerQueued(command.id, result)
      default:
        handle(.command(commands.take(row: command.id), command.command))
      }
    }
  }

  private func flush() async {
    unkept += engine.takeStatuses(at: ports.clock.now())
    guard !unkept.isEmpty else { return }
    let entries = unkept
    unkept = []
    do {
      try await ports.journal.append(entries)
      noteJournal(nil)
    } catch {
      // Kept for the next try, within reason: a full disk must not become full memory.
      unkept = Array((entries + unkept).suffix(20_000))
      noteJournal("\(error)")
    }
  }

  private func noteJournal(_ problem: String?) {
    guard problem != journalProblem else { return }
    journalProblem = problem
    tellNotices()
  }

  // MARK: Inventory and policies

  private func readInventories() async {
    refreshInventories()
    for task in listing.values { await task.value }
  }

  /// Asks all providers for their lists at once; one that has not answered yet is not asked again.
  private func refreshInventories() {
    for provider in providers.values where listing[provider.kind] == nil {
      listing[provider.kind] = Task { await self.readInventory(provider) }
    }
  }

  private func readInventory(_ provider: Provider) async {
    let kind = provider.kind
    let asked = ports.clock.now()
    defer { listing[kind] = nil }
    do {
      let list = try await provider.inventory.machines()
      let isNew = lists.take(list, of: kind, askedAt: asked)
      // Also where nothing changed: only lists that say the same again are believed when much is missing.
      handle(.inventory(list, of: kind))
      if isNew { await readPolicies() }
      if let power = await provider.inventory.listedPower() { handle(.listedPower(power)) }
    } catch {
      guard !Task.isCancelled else { return }
      lists.lack(kind, because: error)
    }
    tellNotices()
  }

  /// Until a provider that is far away has answered, its machines are shown as the journal last held them.
  private func recallRemote() async {
    for provider in providers.values where provider.isRemote {
      let known = (try? await ports.journal.lastKnown(of: provider.kind)) ?? []
      lists.recall(known, of: provider.kind)
      guard let oldest = known.map(\.at).min() else { continue }
      // Their age before themselves: no screen shows them as new.
      tellNotices()
      handle(.inventory(known.map(\.machine), of: provider.kind))
      let words = known.compactMap { entry in entry.power.map { (entry.machine.id, $0) } }
      handle(.listedPower(ListedPower(words: Dictionary(words) { $1 }, at: oldest)))
    }
    await readPolicies()
    tellNotices()
  }

  private func readPolicies() async {
    policyStamp = await ports.policies.changeStamp()
    let policies = await ports.policies.policies(for: lists.all)
    handle(.policies(policies))
    var problems: [String: String] = [:]
    for hook in Set(policies.values.flatMap { $0.policy.hooks.values.joined() }) {
      problems[hook.path] = ports.hooks.problem(with: hook)
    }
    handle(.hookProblems(problems))
  }

  private func readNotices() async {
    for provider in providers.values { meansNotices += await provider.probe.notices() }
    tellNotices()
  }

  private func tellNotices() {
    let journal = journalProblem.map { ["journal: \($0); no remedy begins meanwhile"] } ?? []
    handle(.notices(journal + lists.notices + ports.notices + meansNotices))
  }

  // MARK: Snapshots

  private func subscribe(_ continuation: AsyncStream<FleetSnapshot>.Continuation) {
    let id = publisher.add(continuation)
    continuation.onTermination = { [weak self] _ in Task { await self?.unsubscribe(id) } }
    continuation.yield(engine.snapshot(sequence: sequence, at: ports.clock.now()))
  }

  private func unsubscribe(_ id: Int) { publisher.remove(id) }

  /// Many events within one frame become one snapshot.
  private func publishSoon() {
    guard publishing == nil, publisher.hasReaders else { return }
    publishing = Task {
      try? await Task.sleep(for: Self.frame)
      publishing = nil
      if !Task.isCancelled { publish() }
    }
  }

  private func publish() {
    sequence += 1
    publisher.yield(engine.snapshot(sequence: sequence, at: ports.clock.now()))
  }
}
