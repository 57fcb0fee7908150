import ArgumentParser
import FleetConfiguration
import FleetModel
import Glibc
import Terminal

/// `azlin autopilot config VM --any-key value`.
struct AutopilotConfig: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config", abstract: "Show or change the policy of machines.",
    discussion: """
      One flag for each key of the policy; --show lists all keys with value and origin.

      \(PolicyKey.all.compactMap { key in key.flag.map { "  --\($0)  \(key.summary) [\(key.defaultText)]" } }.joined(separator: "\n"))
        --resource-check  disk, memory and cpu at once
      """)

  @Option(help: "Take the whole policy from this YAML file.") var fromFile: String?
  @Flag(help: "Print each effective value with the layer it comes from.") var show = false
  @Option(help: "Remove a key, so that the layer below shows (repeatable).") var reset: [String] = []
  @Flag(help: "Open the policy file in $EDITOR and check it on return.") var edit = false
  @Flag(help: "Print the JSON schema of the policy file.") var schema = false
  @Flag(help: "Print the difference; write nothing.") var dryRun = false
  @Argument(parsing: .allUnrecognized, help: ArgumentHelp("Machines and policy flags.", valueName: "vm … --flag value"))
  var words: [String] = []
  @OptionGroup var output: OutputOptions
  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let console = output.console(global)
    if schema { return console.result(PolicySchema.text(scope: .machine)) }
    var flags = try PolicyFlags(words)
    flags.edits += reset.map { PolicyEdit(key: $0, value: nil) }
    let site = try Site(global)
    let word = try await FleetWord.read(site)
    let wanted = try Selection.machines(named: flags.names, among: word.statuses).map(\.machine)
    if let fromFile { try await load(fromFile, wanted, site, console) }
    if edit { try await openEditor(wanted, site, console) }
    if !flags.edits.isEmpty { try await write(flags.edits, wanted, site, console) }
    let changes = fromFile != nil || edit || !flags.edits.isEmpty
    for machine in wanted where show || !changes {
      let effective = await site.policies.policy(of: machine)
      console.result("Policy of '\(SafeText.line(machine.name))':")
      for line in PolicyShow.text(effective) { console.result(line) }
      for problem in PolicyProblems.all(effective, at: site) { Console.error(problem) }
    }
  }

  private func write(_ edits: [PolicyEdit], _ machines: [VirtualMachine], _ site: Site, _ console: Console) async throws
  {
    for machine in machines {
      if dryRun {
        let change = try await site.policies.preview(edits, for: machine)
        console.result(change.difference.isEmpty ? "nothing would change in \(change.name)" : change.difference)
        continue
      }
      let change = try await site.policies.write(edits, to: machine)
      let effective = await site.policies.policy(of: machine)
      for line in PolicyBlock.lines("Policy updated", machine, effective, console) { console.result(line) }
      console.note(change.sentence)
      if !effective.policy.monitoring.enabled {
        console.note(
          "'\(SafeText.line(machine.name))' is not watched: azlin autopilot enable \(SafeText.line(machine.name))")
      }
    }
  }

  private func load(_ file: String, _ machines: [VirtualMachine], _ site: Site, _ console: Console) async throws {
    guard let bytes = try FileAccess.read(file) else {
      throw ExitStatus(ExitStatus.configuration, "\(file) does not exist: give the path of a policy file")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ExitStatus(ExitStatus.configuration, "\(file) is not UTF-8 text")
    }
    for machine in machines {
      if dryRun {
        try await site.policies.check(text, from: file, for: machine)
        console.result("\(file) is right; nothing was written")
        continue
      }
      let change = try await site.policies.replace(with: text, from: file, of: machine)
      let effective = await site.policies.policy(of: machine)
      for line in PolicyBlock.lines("Policy loaded", machine, effective, console) { console.result(line) }
      console.note(change.sentence)
    }
  }

  private func openEditor(_ machines: [VirtualMachine], _ site: Site, _ console: Console) async throws {
    guard let machine = machines.first, machines.count == 1 else {
      throw ExitStatus(ExitStatus.usage, "--edit takes one machine")
    }
    let editor = ProcessEnvironment.current()["VISUAL"] ?? ProcessEnvironment.current()["EDITOR"] ?? "vi"
    try await PolicyEditing(site: site, machine: machine, editor: editor, console: console).run()
  }
}
