import FleetModel

/// What of a run is kept: the rest of its troubles never happen, its fleet and its time are as they were drawn unless
/// they are cut too.
package struct PlanCuts: Hashable, Sendable {
  /// Numbers of the troubles that are kept; nil: all.
  package var only: Set<Int>?
  package var machines: Int?
  package var duration: Duration?

  package init(only: Set<Int>? = nil, machines: Int? = nil, duration: Duration? = nil) {
    self.only = only
    self.machines = machines
    self.duration = duration
  }

  package func cut(_ plan: CampaignPlan) -> CampaignPlan {
    var plan = plan
    if let only { plan.troubles.removeAll { !only.contains($0.number) } }
    if let machines, machines < plan.machines {
      plan.machines = machines
      plan.policies = Array(plan.policies.prefix(machines))
      plan.spot = plan.spot.filter { $0 < machines }
      plan.shielded = plan.shielded.filter { $0 < machines }
      plan.limited = plan.limited.filter { $0 < machines }
      for index in plan.troubles.indices { plan.troubles[index].places.removeAll { $0 >= machines } }
      plan.troubles.removeAll { $0.kind.isOfMachine && $0.places.isEmpty }
    }
    if let duration { plan.duration = min(plan.duration, duration) }
    return plan
  }

  /// As options of the campaign's command line.
  package var options: String {
    var words: [String] = []
    if let only { words.append("--only \(only.sorted().map(String.init).joined(separator: ","))") }
    if let machines { words.append("--vms \(machines)") }
    if let duration { words.append("--hours \(Int((duration.inSeconds / 3600).rounded(.up)))") }
    return words.joined(separator: " ")
  }
}
