import FaultCampaign
import FleetModel
import Glibc

/// Runs many seeds of the fault campaign on all processors and judges them.
///
/// `swift run -c release campaign [--seeds 500] [--from 1] [--days 1] [--jobs N] [--skip 3,7] [--no-shrink] [--first]`;
/// one run again with `--seed N [--only 3,7] [--vms N] [--hours N] [--trace]`; `--pair N [--trace]`; `--scenario NAME|all`;
/// `--latency`. Exit 1: an invariant broke, or something never came to pass.
@main
enum CampaignMain {
  static func main() async {
    let options: Options
    do { options = try Options(CommandLine.arguments.dropFirst()) } catch {
      Output.line("campaign: \(error)")
      exit(64)
    }
    if options.latency {
      let latency = Latency.measure()
      Output.line(latency.text)
      exit(latency.holds ? 0 : 1)
    } else if let name = options.scenario {
      exit(scenarios(name, trace: options.trace) ? 0 : 1)
    } else if let pair = options.pair {
      exit(replay(Pair(.of(seed: pair)), trace: options.trace) ? 0 : 1)
    } else if let seed = options.seed {
      exit(replay(seed, options) ? 0 : 1)
    } else {
      exit(await Sweep.run(options) ? 0 : 1)
    }
  }

  /// One run again, with its story.
  private static func replay(_ seed: UInt64, _ options: Options) -> Bool {
    let plan = options.cuts.cut(PlanMaker.plan(seed: seed, duration: options.duration))
    Output.line(plan.name)
    if options.trace { Output.line(Story.plan(plan)) }
    var run = CampaignRun(plan)
    run.run()
    if options.trace { Output.line(Story.of(run)) }
    let judgement = Judgement(run)
    for violation in judgement.violations { Output.line("BROKEN \(violation)") }
    Output.line(judgement.violations.isEmpty ? "every invariant held" : "\(judgement.violations.count) broken")
    return judgement.violations.isEmpty
  }

  /// The two runs of a pair again.
  private static func replay(_ pair: Pair, trace: Bool) -> Bool {
    for (name, run) in [("without", pair.base), ("with", pair.other)] {
      Output.line("\(pair.plan.base.name), \(name) \"\(pair.plan.change)\"")
      if trace { Output.line(Story.plan(run.plan) + "\n" + Story.of(run)) }
    }
    for violation in pair.violations { Output.line("BROKEN \(violation)") }
    Output.line(pair.isMilder ? "the change made it milder" : "the change made nothing milder")
    return pair.violations.isEmpty
  }

  private static func scenarios(_ name: String, trace: Bool) -> Bool {
    let chosen = name == "all" ? Scenario.all : Scenario.all.filter { $0.name == name }
    guard !chosen.isEmpty else {
      Output.line(
        "campaign: no scenario is called \(name); there are \(Scenario.all.map(\.name).joined(separator: ", "))")
      return false
    }
    var isWell = true
    for scenario in chosen {
      let result = scenario.play()
      if trace { Output.line(Story.of(result.run)) }
      Output.line("\(result.problems.isEmpty ? "held  " : "BROKEN") \(scenario.name): \(scenario.lesson)")
      for problem in result.problems { Output.line("       \(problem)") }
      isWell = isWell && result.problems.isEmpty
    }
    return isWell
  }
}
