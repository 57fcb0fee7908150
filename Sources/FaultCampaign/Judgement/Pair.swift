import FleetModel

/// What the two runs of a pair did to the fleet.
package struct Pair: Sendable {
  package let plan: PairPlan
  package let base: CampaignRun
  package let other: CampaignRun

  package init(_ plan: PairPlan) {
    self.plan = plan
    var runs = [CampaignRun(plan.base), CampaignRun(plan.other)]
    for index in runs.indices { runs[index].run() }
    (base, other) = (runs[0], runs[1])
  }

  /// The harshest rung that reached each machine, by place; a start that is owed belongs to the rung that owes it.
  private static func harshest(_ calls: [FleetCall]) -> [Int: Remedy] {
    calls.filter { !$0.isOwed }.reduce(into: [:]) { harshest, call in
      if (harshest[call.place]?.rank ?? -1) < call.remedy.rank { harshest[call.place] = call.remedy }
    }
  }

  package var violations: [Violation] { Self.judge(plan, base: base.world.calls, other: other.world.calls) }

  static func judge(_ plan: PairPlan, base: [FleetCall], other: [FleetCall]) -> [Violation] {
    let before = harshest(base)
    return harshest(other).sorted { $0.key < $1.key }.compactMap { place, remedy in
      let milder = before[place]
      guard remedy.rank > milder?.rank ?? -1,
        let call = other.first(where: { $0.place == place && $0.remedy == remedy && !$0.isOwed })
      else { return nil }
      return Violation(
        invariant: .milder, at: call.at, machine: call.machine,
        text: "\(remedy.title) with \"\(plan.change)\", \(milder?.title ?? "nothing") without")
    }
  }

  /// Whether the change has made something milder.
  package var isMilder: Bool {
    let after = Self.harshest(other.world.calls)
    return Self.harshest(base.world.calls).contains { (after[$0.key]?.rank ?? -1) < $0.value.rank }
  }
}
