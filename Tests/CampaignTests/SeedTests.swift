import FaultCampaign
import FleetModel
import Testing

@Suite("The campaign, small")
struct SeedTests {
  @Test("Twenty seeds of six hours keep every promise", arguments: Array(1...20) as [UInt64])
  func seed(seed: UInt64) {
    let judgement = Judgement.of(PlanMaker.plan(seed: seed, duration: .hours(6)))
    #expect(judgement.violations.isEmpty, "\(judgement.violations.map(\.description).joined(separator: "\n"))")
    #expect(judgement.tally.probes > 0)
  }

  @Test("A seed is the same run every time")
  func deterministic() {
    var runs = [
      CampaignRun(PlanMaker.plan(seed: 8, duration: .hours(8))),
      CampaignRun(PlanMaker.plan(seed: 8, duration: .hours(8))),
    ]
    for index in runs.indices { runs[index].run() }
    #expect(Story.of(runs[0]) == Story.of(runs[1]))
    #expect(!Story.of(runs[0]).isEmpty)
  }

  @Test("Another seed is another run")
  func different() {
    #expect(Story.plan(PlanMaker.plan(seed: 1)) != Story.plan(PlanMaker.plan(seed: 2)))
  }

  @Test("What is cut away never happens")
  func cuts() {
    let plan = PlanMaker.plan(seed: 5)
    let cut = PlanCuts(only: [2], machines: 1, duration: .hours(3)).cut(plan)
    #expect(cut.machines == 1 && cut.policies.count == 1 && cut.duration == .hours(3))
    #expect(cut.troubles.allSatisfy { $0.number == 2 && $0.places.allSatisfy { $0 == 0 } })
  }
}
