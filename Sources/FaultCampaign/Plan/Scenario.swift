import FleetModel

/// An incident that happened to others, played again on a fleet that azlin watches: in none does azlin do harm.
package struct Scenario: Sendable {
  /// As `--scenario` takes it.
  package var name: String
  /// What it taught, in one sentence.
  package var lesson: String
  package var plan: CampaignPlan
  /// What else must be so, besides all invariants: problems in words.
  package var check: @Sendable (CampaignRun) -> [String]

  package func play() -> (run: CampaignRun, problems: [String]) {
    var run = CampaignRun(plan)
    run.run()
    let judgement = Judgement(run)
    return (run, judgement.violations.map(\.description) + check(run))
  }

  package static let all: [Scenario] = []
}
