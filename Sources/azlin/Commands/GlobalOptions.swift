import ArgumentParser
import FleetConfiguration
import FleetModel
import Terminal

/// What every command takes.
struct GlobalOptions: ParsableArguments {
  @Option(help: "Hosts to watch besides the inventory: user@host:port,…") var hosts: String?
  @Option(help: "The inventory of hosts (default: inventory.yaml in the configuration directory).")
  var inventory: String?
  @Option(help: "Where azlin keeps policies and journal (default: AZLIN_CONFIG_DIR, else ~/.azlin).")
  var configDir: String?
  @Option(help: "Read this instead of ~/.ssh/config (ssh -F; also AZLIN_SSH_CONFIG).") var sshConfig: String?
  @Flag(name: .shortAndLong, help: "Say only results and errors.") var quiet = false

  var directory: ConfigurationDirectory {
    get throws { try ConfigurationDirectory.find(option: configDir, environment: ProcessEnvironment.current()) }
  }
}

/// What commands that print results take.
struct OutputOptions: ParsableArguments {
  @Option(name: [.customShort("o"), .long], help: "text or json.") var output: Format = .text
  @Option(help: "Colour: auto, always or never. NO_COLOR is honoured.") var color: Console.ColorChoice = .auto

  enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

  func console(_ global: GlobalOptions) -> Console { Console(color: color, isQuiet: global.quiet) }
}

extension Console.ColorChoice: ExpressibleByArgument {}
