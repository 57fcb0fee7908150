import ArgumentParser
import FleetConfiguration
import FleetModel

/// `azlin autopilot enable VM…`.
struct AutopilotEnable: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "enable", abstract: "Watch machines, and heal them unless told otherwise.")

  @Argument(help: "Machines: a name, group/name or a glob.") var machines: [String] = []
  @Flag(help: "All machines.") var all = false
  @Flag(help: "Monitor health (the default; named for clarity).") var healthChecks = false
  @Flag(inversion: .prefixedNo, help: "Heal by itself.") var selfHealing: Bool?
  @Option(help: "basic, standard or advanced.") var level: String?
  @OptionGroup var output: OutputOptions
  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let site = try Site(global)
    let console = output.console(global)
    let word = try await FleetWord.read(site)
    let wanted = try Selection.machines(named: machines, all: all, among: word.statuses)
    var edits: [PolicyEdit] = []
    if let selfHealing { edits.append(PolicyEdit(key: "self_healing.enabled", value: "\(selfHealing)")) }
    if let level { edits.append(PolicyEdit(key: "health_monitoring.level", value: level)) }
    // All are written before the first is told: a reader that goes away (| head) must not leave half a fleet unwatched.
    var enabled: [VirtualMachine] = []
    var failure: (any Error)?
    for status in wanted {
      do { _ = try await site.policies.enable(status.machine, edits) } catch {
        failure = error
        break
      }
      enabled.append(status.machine)
    }
    for machine in enabled {
      let effective = await site.policies.policy(of: machine)
      for line in PolicyBlock.lines("Health monitoring enabled", machine, effective, console) { console.result(line) }
      for problem in PolicyProblems.all(effective, at: site) { Console.error(problem) }
    }
    if let failure { throw failure }
    if word.engine?.isHealing != true {
      console.note("nothing is watching yet: start azlin autopilot run (or azlin top --heal)")
    }
  }
}

/// `azlin autopilot disable VM…`.
struct AutopilotDisable: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "disable", abstract: "Stop watching machines.")

  @Argument(help: "Machines: a name, group/name or a glob.") var machines: [String] = []
  @Flag(help: "All machines.") var all = false
  @Flag(help: "Keep the policy file; only switch it off.") var keepConfig = false
  @OptionGroup var output: OutputOptions
  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let site = try Site(global)
    let console = output.console(global)
    let word = try await FleetWord.read(site)
    for status in try Selection.machines(named: machines, all: all, among: word.statuses) {
      let name = SafeText.line(status.machine.name)
      let done = try await site.policies.disable(status.machine, keepConfiguration: keepConfig)
      console.result("✓ Health monitoring disabled for '\(name)'")
      console.note(done)
    }
  }
}

/// The block `enable` and `config` print.
enum PolicyBlock {
  static func lines(
    _ heading: String, _ machine: VirtualMachine, _ effective: EffectivePolicy, _ console: Console
  ) -> [String] {
    let monitoring = effective.policy.monitoring
    let healing = effective.policy.healing
    func state(_ on: Bool) -> String { on ? "Enabled" : "Disabled" }
    let resources = [CheckKind.disk, .memory, .cpu].filter { monitoring.checks.contains($0) }.map(\.label)
    let isDefault = effective.origin(of: "self_healing.enabled") == .builtIn
    var heals = state(healing.enabled) + (isDefault ? " (default)" : "")
    if healing.enabled, healing.mode == .observe { heals = "Observing (mode: observe)" }
    return [
      "\(console.paint("✓", .green)) \(heading) for '\(SafeText.line(machine.name))'",
      "  Check Interval: \(DurationText.long(monitoring.interval))",
      "  Connectivity Check: \(state(monitoring.checks.contains(.connectivity)))",
      "  Resource Check: \(resources.isEmpty ? "Disabled" : "Enabled (\(resources.joined(separator: ", ")))")",
      "  Self-Healing: \(heals)",
    ]
  }
}
