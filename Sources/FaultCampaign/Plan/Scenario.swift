import Autopilot
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
    return (run, Judgement(run).violations.map(\.description) + check(run))
  }

  package static let all: [Scenario] = [
    slack2021, aws2025, reddit2016, azureLeapDay2012, googleDiskErase, joyent2014, chronicStorm, flappingThenDead,
    twoEngines, owedStart,
  ]

  private static let start = CampaignPlan.defaultStart

  private static func trouble(
    _ minute: Double, _ kind: TroubleKind, _ places: [Int] = [], for minutes: Double?
  ) -> Trouble {
    Trouble(
      number: 0, at: start + .milliseconds(Int64(minute * 60_000)), kind: kind, places: places,
      for: minutes.map { .milliseconds(Int64($0 * 60_000)) })
  }

  private static func plan(
    _ name: String, _ machines: Int, hours: Int, policy: Policy = CampaignPlan.standardPolicy(), _ troubles: [Trouble]
  ) -> CampaignPlan {
    var plan = CampaignPlan(
      name: name, seed: 2021, machines: machines, duration: .hours(hours), policy: policy, troubles: troubles)
    for index in plan.troubles.indices { plan.troubles[index].number = index + 1 }
    return plan
  }

  private static func problem(_ isProblem: Bool, _ text: @autoclosure () -> String) -> [String] {
    isProblem ? [text()] : []
  }

  private static func names(_ calls: [FleetCall]) -> String {
    calls.map { "\($0.remedy.title) on \($0.machine) at \(TimestampText.rfc3339($0.at))" }.joined(separator: ", ")
  }

  // MARK: Incidents of others

  static let slack2021 = Scenario(
    name: "slack-2021", lesson: "when everything looks unhealthy at once, the way there is lost, not the machines",
    plan: plan("slack-2021", 50, hours: 8, [trouble(60, .allBlocked, for: 90), trouble(240, .networkLost, for: 60)])
  ) { run in problem(!run.world.calls.isEmpty, "healthy machines were remedied: \(names(run.world.calls))") }

  static let aws2025 = Scenario(
    name: "aws-2025-10",
    lesson:
      "new hosts that are only half configured flap in their health checks; capacity must not be taken away for that",
    plan: plan("aws-2025-10", 15, hours: 10, (0..<15).flatMap(halfConfigured))
  ) { run in
    let calls = run.world.calls.filter { $0.remedy.isPower }
    return problem(!calls.isEmpty, "half-configured hosts were restarted: \(names(calls))")
  }

  /// A new host that boots slowly and answers its checks now and then.
  private static func halfConfigured(_ place: Int) -> [Trouble] {
    var troubles = [
      trouble(40, .slowBoot, [place], for: 500), trouble(45 + Double(place), .recreated, [place], for: nil),
    ]
    for round in 0..<30 {
      let minute = 70 + Double(place) + 15 * Double(round)
      troubles.append(trouble(minute, .halfOpen, [place], for: Double(2 + round % 4)))
    }
    return troubles
  }

  static let reddit2016 = Scenario(
    name: "reddit-2016", lesson: "an automation that was switched off for a migration stays off when it comes back",
    plan: plan(
      "reddit-2016", 15, hours: 10,
      [trouble(60, .operatorPauses, [], for: 300), trouble(70, .killed, [], for: 1)]
        + (0..<10).map { trouble(80 + Double($0), .personStops, [$0], for: 400) }
        + [trouble(90, .hangs, [12], for: 200), trouble(120, .killed, [], for: 0.2)])
  ) { run in
    let calls = run.world.calls.filter { $0.at < start + .minutes(360) }
    return problem(!calls.isEmpty, "while it was switched off: \(names(calls))")
      + problem(run.world.calls.contains { $0.remedy == .start }, "what people had stopped was started")
  }

  static let azureLeapDay2012 = Scenario(
    name: "azure-leap-day-2012",
    lesson: "a remedy that spreads the fault must stop by itself before it reaches everybody",
    plan: plan(
      "azure-leap-day-2012", 50, hours: 20,
      (0..<50).map { trouble(1, .remedyHarms, [$0], for: nil) }
        + (0..<12).map { trouble(60 + 60 * Double($0), .hangs, [$0 * 4], for: 600) })
  ) { run in
    let touched = Set(run.world.calls.filter { $0.remedy.isPower }.map(\.place))
    return problem(touched.count > 3, "\(touched.count) machines were power-acted by a remedy that harms")
      + problem(touched.isEmpty, "the remedy was never tried, so that nothing is proven")
  }

  static let googleDiskErase = Scenario(
    name: "google-disk-erase", lesson: "an empty selection means nothing, never everything",
    plan: plan("google-disk-erase", 15, hours: 4, [trouble(60, .inventoryShrinks, Array(0..<15), for: 60)])
  ) { run in
    var problems = problem(!run.world.calls.isEmpty, "an empty inventory led to \(names(run.world.calls))")
    for command in [
      OperatorCommand.pause(.machines([]), for: nil), .acknowledge(.machines([])), .resume(.machines([])),
    ] {
      var engine = Engine(settings: EngineSettings(mode: .healing, context: "scenario", seed: 1))
      _ = engine.step(.started(RestoredState()), at: start)
      _ = engine.step(.inventory(run.world.machines(), of: .azure), at: start)
      let isRefused = engine.step(.command(CommandID(number: 1), command), at: start).contains {
        if case .answer(_, .failure) = $0 { true } else { false }
      }
      problems += problem(!isRefused, "\(command) was not refused")
    }
    return problems
  }

  static let joyent2014 = Scenario(
    name: "joyent-2014", lesson: "a whole site that boots at once needs patience, not another restart",
    plan: plan(
      "joyent-2014", 50, hours: 6,
      (0..<50).map { trouble(40, .slowBoot, [$0], for: 300) }
        + (0..<50).map { trouble(60, .otherRestarts, [$0], for: nil) })
  ) { run in
    let calls = run.world.calls.filter { $0.remedy.isPower }
    return problem(!calls.isEmpty, "booting machines were remedied: \(names(calls))")
  }

  // MARK: What must still happen

  static let chronicStorm = Scenario(
    name: "chronic-storm", lesson: "chronic criticals that a person knows of do not hold a storm for ever",
    plan: plan(
      "chronic-storm", 15, hours: 16,
      (0..<4).map { trouble(40 + 25 * Double($0), .pathBlocked, [$0], for: 900) }
        + (0..<4).map { trouble(150, .operatorAcknowledges, [$0], for: nil) } + [trouble(600, .hangs, [9], for: 300)])
  ) { run in
    problem(
      !run.world.calls.contains { $0.place == 9 && $0.remedy == .restart },
      "a machine that hung long after the storm was never restarted")
  }

  static let flappingThenDead = Scenario(
    name: "flapping-then-dead", lesson: "what flapped and then died is dead, not flapping",
    plan: plan(
      "flapping-then-dead", 15, hours: 12,
      (0..<20).map { trouble(60 + 10 * Double($0), .halfOpen, [5], for: 5) } + [trouble(258, .hangs, [5], for: 400)])
  ) { run in
    problem(
      !run.world.calls.contains { $0.place == 5 && $0.remedy == .restart && $0.at > start + .minutes(258) },
      "it was never restarted")
  }

  static let twoEngines: Scenario = {
    var plan = Self.plan(
      "two-engines", 15, hours: 12,
      [
        trouble(60, .hangs, [3], for: 300), trouble(150, .sshDown, [7], for: 300), trouble(240, .dies, [11], for: 300),
        trouble(420, .networkDown, [2], for: 300),
      ])
    plan.engines = 2
    return Scenario(
      name: "two-engines", lesson: "two that watch the same fleet without knowing of each other hurt nothing",
      plan: plan
    ) { _ in [] }
  }()

  static let owedStart = Scenario(
    name: "owed-start", lesson: "whoever turns a machine off owes it a start, whatever happens meanwhile",
    plan: plan(
      "owed-start", 15, hours: 8,
      [
        trouble(60, .hangs, [4], for: 400), trouble(60, .remedyFails, [4], for: 16),
        trouble(76, .killedAfterCall, [], for: 3),
      ])
  ) { run in
    let cycles = run.world.calls.filter { $0.place == 4 && $0.remedy == .powerCycle }
    return problem(cycles.isEmpty, "no power cycle was interrupted, so that nothing is proven")
      + problem(run.world.truth(of: 4, at: run.now).power != .running, "the machine is still off")
  }
}
