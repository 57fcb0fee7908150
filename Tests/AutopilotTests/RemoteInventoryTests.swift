import Autopilot
import FleetModel
import Synchronization
import Testing

@Suite("A list that comes from far away")
struct RemoteInventoryTests {
  @Test("is waited for by nobody: what was last known is shown with its age, and the list's power words follow")
  func lastKnown() async throws {
    let world = RemoteWorld()
    let journal = MemoryJournal([
      LastKnownMachine(machine: RemoteWorld.machine("web-1"), power: .stopped, at: Instant(seconds: 1_700_000_000))
    ])
    let life = Life(world, journal)
    let early = await life.snapshot { !$0.machines.isEmpty }
    #expect(early?.machines.map(\.machine.name) == ["web-1"])
    #expect(early?.machines.first?.status.readings.power == .value(.stopped))
    #expect(early?.engine.notices.contains { $0.contains("2023-11-14T22:13:20Z") } == true)
    world.answer(.success([RemoteWorld.machine("web-1"), RemoteWorld.machine("web-2")]))
    let late = await life.snapshot {
      $0.machines.count == 2 && $0.machines[1].status.readings.power == .value(.running)
    }
    #expect(late?.machines.map(\.status.readings.power) == [.value(.running), .value(.running)])
    #expect(late?.machines.allSatisfy { $0.verdict == .notWatched } == true)
    await life.end()
  }

  @Test("keeps the machines it had where it fails, and says why")
  func failure() async throws {
    let world = RemoteWorld()
    let journal = MemoryJournal([
      LastKnownMachine(machine: RemoteWorld.machine("web-1"), power: nil, at: Instant(seconds: 1_700_000_000))
    ])
    let life = Life(world, journal)
    world.answer(.failure(Unreachable()))
    let snapshot = await life.snapshot {
      $0.engine.notices.contains { $0 == "Azure as of 2023-11-14T22:13:20Z: no way to it" }
    }
    #expect(snapshot?.machines.map(\.machine.name) == ["web-1"])
    #expect(snapshot?.machines.first?.status.readings.power.value == nil)
    await life.end()
  }
}

private struct Unreachable: Error, CustomStringConvertible { var description: String { "no way to it" } }

/// A provider whose list comes when the test says so.
private final class RemoteWorld: Inventory, GuestProbe, ControlPlane {
  private let list:
    (
      stream: AsyncStream<Result<[VirtualMachine], Unreachable>>,
      continuation: AsyncStream<Result<[VirtualMachine], Unreachable>>.Continuation
    ) = AsyncStream.makeStream()

  static func machine(_ name: String) -> VirtualMachine {
    VirtualMachine(
      id: MachineID("/subscriptions/s/resourcegroups/g/providers/microsoft.compute/virtualmachines/\(name)"),
      name: name, group: "g", provider: .azure)
  }

  func answer(_ result: Result<[VirtualMachine], Unreachable>) { list.continuation.yield(result) }

  func machines() async throws -> [VirtualMachine] {
    for await answer in list.stream { return try answer.get() }
    throw CancellationError()
  }

  func listedPower() async -> ListedPower? {
    ListedPower(
      words: [Self.machine("web-1").id: .running, Self.machine("web-2").id: .running],
      at: SystemClock().now())
  }

  func probe(_ machine: VirtualMachine, _ request: ProbeRequest) async -> ProbeReport {
    ProbeReport(startedAt: SystemClock().now(), finishedAt: SystemClock().now())
  }
  func notices() async -> [String] { [] }
  func look(at machine: VirtualMachine, _ order: LookOrder) async -> LookReport {
    LookReport(finishedAt: SystemClock().now(), outcome: .impossible("not here"))
  }
  func perform(_ order: RemedyOrder) async -> RemedyReport {
    RemedyReport(finishedAt: SystemClock().now(), outcome: .refused("not here"))
  }
  func effect(of remedy: Remedy, on machine: VirtualMachine) -> String? { nil }
}

/// A journal that only knows what it is made with.
private struct MemoryJournal: EngineJournal {
  let known: [LastKnownMachine]
  init(_ known: [LastKnownMachine]) { self.known = known }
  func restore() async throws -> RestoredState { RestoredState() }
  func write(intent: RecoveryRecord) async throws {}
  func append(_ entries: [JournalEntry]) async throws {}
  func takeCommands() async throws -> [QueuedCommand] { [] }
  func answer(_ id: Int64, _ answer: CommandAnswer) async throws {}
  func heartbeat(_ beat: EngineHeartbeat) async throws {}
  func lastKnown(of provider: ProviderKind) async throws -> [LastKnownMachine] { known }
}

private struct NoHooks: HookRunner {
  func run(_ occasion: HookOccasion, _ hooks: [HookRegistration]) async -> [HookRun] { [] }
  func problem(with hook: HookRegistration) -> String? { nil }
}

private struct NoPolicies: PolicySource {
  func policies(for machines: [VirtualMachine]) async -> [MachineID: EffectivePolicy] { [:] }
  func changeStamp() async -> UInt64 { 1 }
  func apply(_ edits: [PolicyEdit], to machine: VirtualMachine) async throws -> String { "" }
}

/// A runtime at work.
private struct Life {
  let runtime: AutopilotRuntime
  let task: Task<Void, any Error>

  init(_ world: RemoteWorld, _ journal: MemoryJournal) {
    let runtime = AutopilotRuntime(
      engine: Engine(settings: EngineSettings(mode: .observing, context: "test", seed: 1)),
      providers: [Provider(kind: .azure, inventory: world, probe: world, control: world)],
      ports: RuntimePorts(
        journal: journal, hooks: NoHooks(), policies: NoPolicies(), clock: SystemClock(), processID: 1))
    self.runtime = runtime
    task = Task { try await runtime.run() }
  }

  /// The first snapshot that a test waits for; nil: none within 20 s.
  func snapshot(where isWanted: @escaping @Sendable (FleetSnapshot) -> Bool) async -> FleetSnapshot? {
    await withTaskGroup(of: FleetSnapshot?.self) { group in
      group.addTask { [runtime] in
        for await snapshot in runtime.snapshots() where isWanted(snapshot) { return snapshot }
        return nil
      }
      group.addTask {
        try? await Task.sleep(for: .seconds(20))
        return nil
      }
      let first = await group.next() ?? nil
      group.cancelAll()
      return first
    }
  }

  func end() async {
    task.cancel()
    _ = await task.result
  }
}
