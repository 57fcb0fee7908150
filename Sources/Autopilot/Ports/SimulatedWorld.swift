import FleetModel

/// A world that answers at once and says when the answer would have come: what the engine is driven against in
/// virtual time. Calls come with rising instants.
package protocol SimulatedWorld: Sendable {
  func machines(at now: Instant) -> [VirtualMachine]
  /// The report's `finishedAt` says when it arrives.
  func probe(_ machine: VirtualMachine, _ request: ProbeRequest, at now: Instant) -> ProbeReport
  func look(at machine: VirtualMachine, _ order: LookOrder, at now: Instant) -> LookReport
  /// The effect happens inside the world between now and the report's `finishedAt`.
  func perform(_ order: RemedyOrder, at now: Instant) -> RemedyReport
  func stopReason(of machine: VirtualMachine, _ question: StopQuestion, at now: Instant) -> StopReport
  func inspect(_ machine: VirtualMachine, _ order: InspectionOrder, at now: Instant) -> PlatformReport
  func canaries(at now: Instant) -> CanaryReport
  func effect(of remedy: Remedy, on machine: VirtualMachine) -> String?
}

extension SimulatedWorld {
  package func canaries(at now: Instant) -> CanaryReport {
    CanaryReport(askedAt: now, finishedAt: now, answered: [:])
  }

  package func stopReason(of machine: VirtualMachine, _ question: StopQuestion, at now: Instant) -> StopReport {
    StopReport(finishedAt: now, reason: .nobody("nobody stopped it through azlin"))
  }
}
