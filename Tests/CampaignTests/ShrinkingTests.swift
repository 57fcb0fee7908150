import FleetModel
import Testing

@testable import FaultCampaign

@Suite("A failing seed is made small")
struct ShrinkingTests {
  /// A day full of troubles, with two that matter: a VM that hangs while its remedies fail.
  private static let plan: CampaignPlan = {
    var plan = PlanMaker.plan(seed: 12, machines: 3)
    plan.policies = Array(repeating: CampaignPlan.standardPolicy(), count: 3)
    plan.isCloud = true
    plan.shielded = []
    plan.limited = []
    plan.troubles = []
    func add(_ minute: Int, _ kind: TroubleKind, _ place: Int, for minutes: Int) {
      plan.troubles.append(
        Trouble(
          number: plan.troubles.count + 1, at: plan.startAt + .minutes(minute), kind: kind, places: [place],
          for: .minutes(minutes)))
    }
    for hour in 1..<5 {
      add(hour * 60, .sshDown, 0, for: 20)
      add(hour * 60 + 30, .diskFull, 1, for: 20)
    }
    add(360, .remedyFails, 2, for: 300)
    add(362, .hangs, 2, for: 300)
    for hour in 12..<20 { add(hour * 60, .sshDown, 1, for: 30) }
    return plan
  }()

  /// A real run of it: whether the third VM was powered off by azlin, which takes both.
  private static func isCycled(_ plan: CampaignPlan) -> FleetCall? {
    var run = CampaignRun(plan)
    run.run()
    return run.world.calls.first { $0.place == 2 && $0.remedy == .powerCycle }
  }

  @Test("What is left is what it takes, and it still breaks in the same way")
  func shrinks() throws {
    let plan = Self.plan
    let call = try #require(Self.isCycled(plan))
    var tries = 0
    let cuts = Shrinking.shrink(plan, until: call.at) { smaller in
      tries += 1
      return Self.isCycled(smaller) != nil
    }
    #expect(cuts.only == [9, 10])
    let duration = try #require(cuts.duration)
    #expect(duration < .hours(10) && plan.startAt + duration > call.at)
    #expect(Self.isCycled(cuts.cut(plan)) != nil)
    #expect(tries <= 60)
    #expect(cuts.options.hasPrefix("--only 9,10 --hours "))
  }

  @Test("Either alone is not enough", arguments: [9, 10])
  func either(number: Int) { #expect(Self.isCycled(PlanCuts(only: [number]).cut(Self.plan)) == nil) }
}
