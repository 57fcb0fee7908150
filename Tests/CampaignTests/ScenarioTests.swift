import FaultCampaign
import Testing

@Suite("Incidents of others, played again")
struct ScenarioTests {
  @Test("azlin does no harm, and does what it should", arguments: Scenario.all.map(\.name))
  func scenario(name: String) throws {
    let scenario = try #require(Scenario.all.first { $0.name == name })
    let (run, problems) = scenario.play()
    #expect(problems.isEmpty, "\(scenario.lesson): \(problems.joined(separator: "\n"))")
    #expect(run.world.struck.values.reduce(0, +) > 0)
  }
}
