import Autopilot
import FleetModel

/// An engine at work in this process.
struct RunningEngine: Sendable {
  let service: AutopilotRuntime
  let life: Task<Void, any Error>

  /// - Parameter underWay: the engine comes warm out of virtual time with these answers on their way; nil: fresh.
  init(_ runtime: AutopilotRuntime, underWay: [EventUnderWay]? = nil) {
    service = runtime
    life = Task { try await runtime.run(underWay: underWay) }
  }

  /// Ends it; what is not yet in the journal is written first.
  func stop() async {
    life.cancel()
    _ = await life.result
  }
}
