import Autopilot
import FleetModel

/// Sees to it that one operation at a time runs on a machine, that each is written down while it runs, and that one
/// that another process began is waited for, not begun again.
actor OperationDesk {
  typealias Work = @Sendable () async -> RemedyReport
  private struct Running {
    var remedy: Remedy
    var task: Task<RemedyReport, Never>
  }
  private let clock: any EngineClock
  private var running: [MachineID: Running] = [:]

  init(clock: any EngineClock) { self.clock = clock }

  func isBusy(_ machine: MachineID) -> Bool { running[machine] != nil }

  /// Runs `work`, or joins the same remedy where it runs already; another remedy meanwhile is told to wait.
  func run(_ remedy: Remedy, on machine: MachineID, _ work: @escaping Work) async -> RemedyReport {
    if let current = running[machine] {
      guard current.remedy == remedy else {
        return RemedyReport(
          finishedAt: clock.now(), outcome: .busy("\(current.remedy.title) is still under way on this VM"))
      }
      return await current.task.value
    }
    // A task of its own: an operation that was begun is seen to its end, whoever stops waiting for it.
    let task = Task { await work() }
    running[machine] = Running(remedy: remedy, task: task)
    let report = await task.value
    running[machine] = nil
    return report
  }
}
