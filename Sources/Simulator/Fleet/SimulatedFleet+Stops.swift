import Autopilot
import FleetModel

extension SimulatedFleet {
  /// As the cloud's log would tell it: at once where a person did it, and ten minutes after the stop where nobody did.
  package func stopReason(of machine: VirtualMachine, _ question: StopQuestion, at now: Instant) -> StopReport {
    let arrival = now + .milliseconds(400)
    guard let truth = truth(of: machine.id, at: now) else {
      return StopReport(finishedAt: arrival, reason: .notTold("the simulated fleet has no \(machine.name)"))
    }
    if truth.isOffOnPurpose { return StopReport(finishedAt: arrival, reason: .asked(by: "ops@contoso.example")) }
    let readable = question.offSince + .minutes(10)
    return StopReport(
      finishedAt: arrival,
      reason: now < readable
        ? .pending("the Activity Log may be behind until then", until: readable)
        : .nobody("the Activity Log names nobody"))
  }
}
