import ARMSimulator
import ArgumentParser
import FaultCampaign
import FleetConfiguration
import FleetModel
import Glibc
import Terminal

/// `azlin simulate run`: what a policy would have done.
struct SimulateRun: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Try a policy on a simulated fleet, days in seconds.",
    discussion: """
      Runs the real engine in virtual time over a simulated cloud and tells what it would have done: fault and over are what \
      strikes the fleet and ends, azlin is what it saw and decided, effect is what reached a VM, with what was really so. \
      Nothing outside this process is touched; hooks are not run, they count as agreeing. VMs are named vm-ROLE-NN; --policy DIR takes a directory \
      like ~/.azlin: each VM that has a file there is played by one of them under its name. Without it every VM is enabled \
      with the defaults. Exit 1: an invariant of azlin broke; that is a defect, please report the seed.

      --faults FILE is a JSON list, as simulate serve takes it: [{"vm": "vm-web-01", "fault": "ssh-down", "after": "2h", \
      "for": "30m"}]; "vm" may be "--all". Faults: \(TroubleKind.allCases.map(\.rawValue).joined(separator: " ")).
      """)

  @Option(help: "Simulated VMs, 1–1000; else 20, or as many as --policy has files for.") var vms: Int?
  @Option(help: "The same seed gives the same days.") var seed: UInt64 = 1
  @Option(help: "Days, 1–365.") var days = 1
  @Option(help: "A directory with the policy files to be tried.") var policy: String?
  @Option(help: "Faults to let strike; without it a seeded mix, about one fault per VM in 2 days.") var faults: String?
  @OptionGroup var output: OutputOptions
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard vms.map((1...1000).contains) ?? true else { throw ValidationError("--vms takes 1 to 1000") }
    guard (1...365).contains(days) else { throw ValidationError("--days takes 1 to 365") }
  }

  func run() async throws {
    let script = try faults.map(SimulateServe.script).map { script in
      script.lines.map { UserFault(vm: $0.vm, fault: $0.fault, after: $0.after, duration: $0.duration) }
    }
    let files = try policy.map(Self.files)
    let names = await files?.named() ?? []
    let machines = vms ?? min(1000, max(20, names.count))
    var plan: CampaignPlan
    do throws(UserFault.Mistake) {
      plan = try .trying(machines: machines, seed: seed, days: days, names: names, faults: script)
    } catch {
      throw ExitStatus(ExitStatus.usage, "--faults: \(faults ?? ""): \(error)")
    }
    if let files { plan.policies = try await Self.policies(files, for: plan) }
    let console = output.console(global)
    if names.count > machines {
      console.note("--policy has files for \(names.count) VMs, more than the \(machines) that take part: see --vms")
    }
    var run = CampaignRun(plan)
    run.run()
    let judgement = Judgement(run)
    let watched = plan.policies.count { $0.monitoring.enabled }
    if watched == 0 {
      console.note(
        "this policy enables none of the \(machines) simulated VMs, so that azlin looks at nothing: set health_monitoring.enabled "
          + "in autopilot/defaults.yaml, or in a file of \(plan.fleetMachines.first?.name ?? "a VM")")
    }
    if output.output == .json {
      console.result(try StatusDocument.text(SimulationDocument(run, judgement, days: days)))
    } else {
      for line in SimulationText.lines(run, judgement) { console.result(line) }
    }
    if !judgement.violations.isEmpty { throw ExitStatus(1) }
  }

  private static func files(in folder: String) throws -> PolicyFiles {
    var directory: ConfigurationDirectory
    do { directory = try ConfigurationDirectory.find(option: folder, environment: ProcessEnvironment.current()) } catch
    {
      throw ExitStatus(ExitStatus.usage, "--policy: \(error)")
    }
    if access(directory.autopilot, R_OK | X_OK) != 0, directory.path.hasSuffix("/autopilot") {
      directory = ConfigurationDirectory(
        path: String(directory.path.dropLast("/autopilot".count)), home: directory.home)
    }
    guard access(directory.autopilot, R_OK | X_OK) == 0 else {
      throw ExitStatus(
        ExitStatus.usage,
        "--policy: \(SafeText.line(directory.autopilot)) cannot be read: \(String(cString: strerror(errno))); name a directory that has autopilot/defaults.yaml"
      )
    }
    return PolicyFiles(directory)
  }

  private static func policies(_ files: PolicyFiles, for plan: CampaignPlan) async throws -> [Policy] {
    let machines = plan.fleetMachines
    let found = await files.policies(for: machines)
    if let problem = found.values.flatMap(\.problems).sorted().first {
      throw ExitStatus(ExitStatus.usage, "--policy: \(problem)")
    }
    return machines.map { found[$0.id]?.policy ?? Policy() }
  }
}

/// What `simulate run -o json` prints.
struct SimulationDocument: Encodable {
  struct Remedy: Encodable {
    var at: String
    var vm: String
    var remedy: String
    var outcome: String
  }
  var seed: UInt64
  var vms: Int
  /// VMs that the policy enables.
  var watched: Int
  var days: Int
  /// Remedies that reached the fleet.
  var remedies: Int
  var verified: Int
  /// Broken invariants, in sentences.
  var violations: [String]
  var incidents: Int
  var faults: Int
  var wouldHave: Int
  var timeline: [Remedy]

  init(_ run: CampaignRun, _ judgement: Judgement, days: Int) {
    seed = run.plan.seed
    vms = run.plan.machines
    watched = run.plan.policies.count { $0.monitoring.enabled }
    self.days = days
    remedies = run.world.calls.count
    verified = judgement.tally.verified
    violations = judgement.violations.map(\.description)
    incidents = judgement.tally.incidents
    faults = judgement.tally.troubles.values.reduce(0, +)
    let records = run.engines.flatMap(\.disk.records)
    wouldHave = records.count { $0.outcome == .wouldHave }
    timeline = records.map { record in
      Remedy(
        at: TimestampText.rfc3339(record.startedAt), vm: record.machineName, remedy: record.remedy.rawValue,
        outcome: SimulationText.word(record.outcome))
    }
  }
}

/// A simulated run for people.
enum SimulationText {
  static func lines(_ run: CampaignRun, _ judgement: Judgement) -> [String] {
    var lines = Timeline.lines(run)
    let tally = judgement.tally
    let remedies = counts(tally.remedies)
    let guards = tally.guards.map { "\($0.key.rawValue) \($0.value)" }.sorted().joined(separator: ", ")
    var would: [Remedy: Int] = [:]
    for record in run.engines.flatMap(\.disk.records) where record.outcome == .wouldHave {
      would[record.remedy, default: 0] += 1
    }
    let watched = run.plan.policies.count { $0.monitoring.enabled }
    lines += [
      "",
      "\(run.plan.machines) VMs, \(watched) of them watched, \(DurationText.text(run.plan.duration)), seed \(run.plan.seed)",
      "faults      \(tally.troubles.values.reduce(0, +)), incidents \(tally.incidents)",
      "remedies    \(run.world.calls.count)\(remedies.isEmpty ? "" : " (\(remedies))")",
      "would have  \(would.values.reduce(0, +))\(would.isEmpty ? "" : " (\(counts(would)))")",
      "verified    \(tally.verified) of \(tally.settled) with a known outcome",
      "held by     \(guards.isEmpty ? "nothing" : guards)",
      "invariants  \(judgement.violations.isEmpty ? "all held" : "\(judgement.violations.count) BROKEN")",
    ]
    return lines + judgement.violations.map { "  \($0)" }
  }

  private static func counts(_ remedies: [Remedy: Int]) -> String {
    remedies.map { "\($0.key.rawValue) \($0.value)" }.sorted().joined(separator: ", ")
  }

  static func word(_ outcome: RecoveryOutcome) -> String {
    switch outcome {
    case .running: "running"
    case .verifying: "verifying"
    case .verified: "verified"
    case .held: "held"
    case .relapsed: "relapsed"
    case .failed(let why): "failed: \(why)"
    case .unknown(let why): "unknown: \(why)"
    case .recoveredByItself: "recovered by itself"
    case .notBegun(let why): "not begun: \(why)"
    case .vetoed(let by): "vetoed: \(by)"
    case .wouldHave: "would have"
    case .gone: "gone"
    }
  }
}
