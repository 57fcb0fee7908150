import Autopilot
import FleetModel
import Journal
import Synchronization

/// A dashboard that was to heal where another engine heals already: it watches, and takes over when that one ends
/// (semantics 1.4: automatic healing belongs to one engine).
final class StandbyService: FleetService {
  private let site: Site
  private let includesLocal: Bool
  private let current: Mutex<SharedService>

  /// - Parameter first: the engine that observes meanwhile.
  init(site: Site, includesLocal: Bool, first: SharedService) {
    self.site = site
    self.includesLocal = includesLocal
    current = Mutex(first)
  }

  private var service: SharedService { current.withLock { $0 } }

  /// Waits for the lock; returns when this process heals, or when the task is cancelled.
  func takeOver() async {
    guard let lock = await EngineLock.wait(in: site.directory.path) else { return }
    guard let engine = try? await site.start(mode: .healing, includesLocal: includesLocal, lock: lock) else { return }
    let old = current.withLock { current in
      defer { current = SharedService(engine: engine, reader: current.reader) }
      return current
    }
    await old.engine.stop()
  }

  /// Ends whichever engine is at work.
  func stop() async { await service.engine.stop() }

  /// Goes on with the next engine's snapshots where those of the one before end.
  func snapshots() -> AsyncStream<FleetSnapshot> {
    let (stream, continuation) = AsyncStream.makeStream(of: FleetSnapshot.self, bufferingPolicy: .bufferingNewest(1))
    let task = Task {
      while !Task.isCancelled {
        let engine = service.engine
        for await snapshot in engine.service.snapshots() { continuation.yield(snapshot) }
        if service.engine.service === engine.service { break }
      }
      continuation.finish()
    }
    continuation.onTermination = { _ in task.cancel() }
    return stream
  }

  func submit(_ command: OperatorCommand) async throws -> String { try await service.submit(command) }

  func recoveryPlan(for machine: MachineID) async throws -> RecoveryPlan {
    try await service.recoveryPlan(for: machine)
  }
}
