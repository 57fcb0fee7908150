import FaultCampaign
import FleetModel

/// Runs many seeds of the fault campaign and judges them.
@main
enum CampaignMain {
  static func main() async {
    let words = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
    let seeds = words.first ?? 100
    let began = ContinuousClock.now
    var tally = Tally()
    for seed in 1...seeds {
      let judgement = Judgement.of(PlanMaker.plan(seed: seed))
      tally.add(judgement.tally)
      for violation in judgement.violations { tally.violations[violation.invariant, default: 0] += 1 }
      if let first = judgement.violations.first { print("\(judgement.plan.name): \(first)") }
    }
    print("\(seeds) seeds in \((ContinuousClock.now - began))")
    print(tally.violations.map { "\($0.key.rawValue): \($0.value)" }.sorted().joined(separator: "\n"))
    print(
      "probes \(tally.probes), remedies \(tally.remedies.map { "\($0.key.rawValue) \($0.value)" }.sorted()), incidents \(tally.incidents), verified \(tally.verified)/\(tally.settled)"
    )
    print("guards \(tally.guards.map { "\($0.key.rawValue) \($0.value)" }.sorted())")
    print("diagnoses \(tally.diagnoses.map { "\($0.key.rawValue) \($0.value.right)/\($0.value.made)" }.sorted())")
    print("never: \(tally.vacuous)")
  }
}
