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
  @Flag(help: "Say more: the evidence behind results, and each call to Azure on stderr (never a secret).")
  var verbose = false
  @OptionGroup var azure: AzureOptions

  /// The same words for another azlin that this one starts; the directory goes by its environment.
  var inherited: [String] {
    func word(_ name: String, _ value: String?) -> [String] { value.map { ["--\(name)", $0] } ?? [] }
    return word("hosts", hosts) + word("inventory", inventory) + word("ssh-config", sshConfig)
      + word("context", azure.context) + word("subscription", azure.subscription)
      + word("resource-group", azure.resourceGroup) + word("region", azure.region)
      + azure.managementGroup.flatMap { word("management-group", $0) } + (azure.scaleSets ? ["--scale-sets"] : [])
      + (azure.arc ? ["--arc"] : [])
  }

  var directory: ConfigurationDirectory {
    get throws { try ConfigurationDirectory.find(option: configDir, environment: ProcessEnvironment.current()) }
  }
}

/// Which part of Azure is meant; without any of these: what azlin's own files, the environment and `az` say.
struct AzureOptions: ParsableArguments {
  @Option(help: "A context of azlin (default: the active one).") var context: String?
  @Option(help: "An Azure subscription id (default: the context's, AZURE_SUBSCRIPTION_ID, az's own).")
  var subscription: String?
  @Option(name: [.long, .customLong("rg")], help: "Only VMs of this resource group (default: the context's).")
  var resourceGroup: String?
  @Option(help: "All subscriptions below this management group; may be given up to 10 times.")
  var managementGroup: [String] = []
  @Option(help: "Only VMs of this Azure region.") var region: String?
  @Flag(help: "Show instances of scale sets too.") var scaleSets = false
  @Flag(help: "Show machines of Azure Arc too.") var arc = false

  var isGiven: Bool {
    context != nil || subscription != nil || resourceGroup != nil || !managementGroup.isEmpty || region != nil
      || scaleSets || arc
  }

  var flags: AzlinConfiguration.Flags {
    AzlinConfiguration.Flags(
      context: context, subscription: subscription, resourceGroup: resourceGroup, region: region)
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
