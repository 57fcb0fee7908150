import FleetModel

/// Makes a failing run as small as it can be and still fail in the same way.
package struct Shrinking {
  private let plan: CampaignPlan
  private let isBroken: (CampaignPlan) -> Bool
  private var cuts: PlanCuts
  /// Runs tried.
  package private(set) var tries = 0
  private let limit: Int

  /// - Parameter limit: runs at most.
  package static func shrink(_ plan: CampaignPlan, _ violation: Violation, limit: Int = 60) -> PlanCuts {
    shrink(plan, until: violation.at, limit: limit) { smaller in
      Judgement.of(smaller).violations.contains { $0.invariant == violation.invariant }
    }
  }

  /// - Parameters:
  ///   - end: when it broke.
  ///   - isBroken: whether a smaller plan still breaks in the same way.
  package static func shrink(
    _ plan: CampaignPlan, until end: Instant, limit: Int = 60, isBroken: @escaping (CampaignPlan) -> Bool
  ) -> PlanCuts {
    var shrinking = Shrinking(plan: plan, limit: limit, isBroken: isBroken)
    return shrinking.shrink(until: end)
  }

  private init(plan: CampaignPlan, limit: Int, isBroken: @escaping (CampaignPlan) -> Bool) {
    self.plan = plan
    self.isBroken = isBroken
    self.limit = limit
    cuts = PlanCuts()
  }

  private mutating func fails(_ cuts: PlanCuts) -> Bool {
    guard tries < limit else { return false }
    tries += 1
    return isBroken(cuts.cut(plan))
  }

  private mutating func keep(_ change: (inout PlanCuts) -> Void) -> Bool {
    var smaller = cuts
    change(&smaller)
    guard smaller != cuts, fails(smaller) else { return false }
    cuts = smaller
    return true
  }

  private mutating func shrink(until end: Instant) -> PlanCuts {
    // What came later had no part in it; what is due within a bound needs the time after it.
    for slack in [Duration.minutes(5), .hours(2), .hours(4)] {
      let hours = Int(((end + slack - plan.startAt).inSeconds / 3600).rounded(.up))
      if keep({ $0.duration = .hours(max(hours, 1)) }) { break }
    }
    let last = plan.startAt + (cuts.duration ?? plan.duration)
    var kept = plan.troubles.filter { $0.at < last }.map(\.number)
    if kept.count < plan.troubles.count { _ = keep { $0.only = Set(kept) } }
    // Halves, quarters, … and at last one by one.
    var piece = max(kept.count / 2, 1)
    while !kept.isEmpty, tries < limit {
      var start = 0
      while start < kept.count {
        let rest = Array(kept[..<start] + kept[min(start + piece, kept.count)...])
        if keep({ $0.only = Set(rest) }) { kept = rest } else { start += piece }
      }
      if piece == 1 { break }
      piece /= 2
    }
    return cuts
  }
}
