import Autopilot
import FleetModel
import Journal

/// An engine at work in this process.
struct RunningEngine: Sendable {
  let service: AutopilotRuntime
  let life: Task<Void, any Error>
  /// Held as long as the engine lives; nil: it does not heal.
  private let lock: EngineLock?
  /// Ends what goes on beside it: a simulated Azure, tunnels that az holds open.
  private let closing: @Sendable () async -> Void

  /// - Parameter underWay: the engine comes warm out of virtual time with these answers on their way; nil: fresh.
  init(
    _ runtime: AutopilotRuntime, underWay: [EventUnderWay]? = nil, lock: EngineLock? = nil,
    closing: @escaping @Sendable () async -> Void = {}
  ) {
    service = runtime
    self.lock = lock
    self.closing = closing
    life = Task { try await runtime.run(underWay: underWay) }
  }

  /// Ends it; what is not yet in the journal is written first.
  func stop() async {
    life.cancel()
    _ = await life.result
    await closing()
  }

  /// Waits for the first snapshot that satisfies a condition.
  /// - Returns: nil where none came within `patience`.
  func snapshot(
    within patience: Duration, where isWanted: @escaping @Sendable (FleetSnapshot) -> Bool
  ) async -> FleetSnapshot? {
    await withTaskGroup(of: FleetSnapshot?.self) { group in
      group.addTask {
        for await snapshot in service.snapshots() where isWanted(snapshot) { return snapshot }
        return nil
      }
      group.addTask {
        try? await Task.sleep(for: patience)
        return nil
      }
      let first = await group.next() ?? nil
      group.cancelAll()
      return first
    }
  }
}
