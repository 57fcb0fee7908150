import Autopilot
import FleetModel
import Synchronization

/// A service that is still being made: the screen does not wait for it.
final class DeferredService: FleetService {
  private let engine: Task<RunningEngine, any Error>

  init(_ make: @escaping @Sendable () async throws -> RunningEngine) {
    engine = Task { try await make() }
  }

  func cancel() {
    engine.cancel()
    Task { try await engine.value.life.cancel() }
  }

  /// Ends the engine and waits until its last words are in the journal.
  func stop() async {
    guard let engine = try? await engine.value else { return }
    await engine.stop()
  }

  func snapshots() -> AsyncStream<FleetSnapshot> {
    let (stream, continuation) = AsyncStream.makeStream(of: FleetSnapshot.self, bufferingPolicy: .bufferingNewest(1))
    let pump = Task {
      if let running = try? await engine.value {
        for await snapshot in running.service.snapshots() { continuation.yield(snapshot) }
      }
      continuation.finish()
    }
    continuation.onTermination = { _ in pump.cancel() }
    return stream
  }

  func submit(_ command: OperatorCommand) async throws -> String {
    try await engine.value.service.submit(command)
  }

  func recoveryPlan(for machine: MachineID) async throws -> RecoveryPlan {
    try await engine.value.service.recoveryPlan(for: machine)
  }
}

/// A clock that stands until the one it follows is there.
final class LateClock: Sendable {
  private let state: Mutex<(fixed: Instant, clock: (any EngineClock)?)>

  init(now: Instant) { state = Mutex((now, nil)) }

  func follow(_ clock: any EngineClock) { state.withLock { $0.clock = clock } }

  func now() -> Instant { state.withLock { $0.clock?.now() ?? $0.fixed } }
}
