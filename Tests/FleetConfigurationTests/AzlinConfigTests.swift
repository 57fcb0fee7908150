import FleetConfiguration
import Foundation
import Testing

/// The operator's azlin files and az's profile, in a folder of one test's own.
private final class Home: Sendable {
  let path: String
  var directory: ConfigurationDirectory { ConfigurationDirectory(path: path + "/.azlin", home: path) }

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("azlin-\(UUID().uuidString)").path
    for folder in ["/.azlin/contexts", "/.azure"] {
      try FileManager.default.createDirectory(atPath: path + folder, withIntermediateDirectories: true)
    }
  }
  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ text: String, _ name: String) throws {
    try text.write(toFile: path + "/" + name, atomically: true, encoding: .utf8)
  }

  func read(
    _ flags: AzlinConfiguration.Flags = .init(), _ environment: [String: String] = [:]
  ) throws -> AzlinConfiguration {
    try AzlinConfiguration.read(directory, flags: flags, environment: environment)
  }
}

private let one = "11111111-2222-3333-4444-555555555555"
private let two = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
private let profile = """
  \u{feff}{"installationId": "x", "subscriptions": [
    {"id": "99999999-0000-0000-0000-000000000000", "isDefault": false, "tenantId": "t0"},
    {"id": "77777777-0000-0000-0000-000000000000", "isDefault": true, "tenantId": "t7", "state": "Enabled"}]}
  """

@Suite("The operator's azlin files")
struct AzlinConfigTests {
  @Test("Without any file nothing is said, and that is no error")
  func empty() throws {
    #expect(try Home().read() == AzlinConfiguration())
  }

  @Test("config.toml gives group, region and time-out, and its unknown keys are left alone")
  func general() throws {
    let home = try Home()
    try home.write(
      "default_resource_group = \"rg-dev\"\ndefault_region = \"westus2\"\nssh_connect_timeout = 30\n"
        + "default_vm_size = \"Standard_D4s_v3\"\n[notification]\nurl = \"x\"\n", ".azlin/config.toml")
    let read = try home.read()
    #expect(read.resourceGroup == "rg-dev")
    #expect(read.region == "westus2")
    #expect(read.sshConnectTimeout == .seconds(30))
    #expect(read.subscription == nil)
  }

  @Test("The active context goes before config.toml, and flags before both")
  func order() throws {
    let home = try Home()
    try home.write("default_resource_group = \"rg-dev\"\ndefault_region = \"westus2\"\n", ".azlin/config.toml")
    try home.write("prod\n", ".azlin/active-context")
    try home.write(
      "name = \"prod\"\nsubscription_id = \"\(one)\"\ntenant_id = \"t1\"\nresource_group = \"rg-prod\"\n",
      ".azlin/contexts/prod.toml")
    try home.write("subscription_id = \"\(two)\"\nregion = \"eastus\"\n", ".azlin/contexts/lab.toml")
    let active = try home.read()
    #expect(active.context == "prod")
    #expect(active.subscription == one)
    #expect(active.tenant == "t1")
    #expect(active.resourceGroup == "rg-prod")
    #expect(active.region == "westus2")
    let lab = try home.read(.init(context: "lab"))
    #expect(lab.subscription == two)
    #expect(lab.resourceGroup == "rg-dev")
    #expect(lab.region == "eastus")
    let flagged = try home.read(.init(subscription: two, resourceGroup: "other"))
    #expect(flagged.subscription == two)
    #expect(flagged.resourceGroup == "other")
  }

  @Test("The subscription comes from the context, then the environment, then az's profile with its byte order mark")
  func subscription() throws {
    let home = try Home()
    try home.write(profile, ".azure/azureProfile.json")
    let last = try home.read()
    #expect(last.subscription == "77777777-0000-0000-0000-000000000000")
    #expect(last.tenant == "t7")
    #expect(last.subscriptionSource == "az's default subscription")
    #expect(try home.read(.init(), ["AZURE_SUBSCRIPTION_ID": one]).subscription == one)
    try home.write("subscription_id = \"\(two)\"\n", ".azlin/contexts/lab.toml")
    #expect(try home.read(.init(context: "lab"), ["AZURE_SUBSCRIPTION_ID": one]).subscription == two)
  }

  @Test("AZURE_CONFIG_DIR says where az's profile is")
  func configDirectory() throws {
    let home = try Home()
    try home.write(profile, ".azlin/azureProfile.json")
    #expect(try home.read(.init(), ["AZURE_CONFIG_DIR": home.path + "/.azlin"]).tenant == "t7")
    #expect(try home.read().tenant == nil)
  }

  @Test(
    "A file that cannot be used is named with its line and what to do",
    arguments: [
      (".azlin/config.toml", "default_region = \"a\"\ndefault_resource_group = 7\n", "config.toml:2: default_res"),
      (".azlin/config.toml", "default_region = \"a\"\nssh_connect_timeout = 9000\n", "config.toml:2: ssh_connect"),
      (".azlin/config.toml", "a = 1\nb = = 2\n", "config.toml:2: not TOML"),
      (".azlin/active-context", "../../etc/passwd", "no name of a context"),
      (".azlin/active-context", "gone", "the context 'gone' has no file ~/.azlin/contexts/gone.toml"),
      (".azure/azureProfile.json", "{", "azureProfile.json cannot be understood: run `az account show`"),
    ])
  func problems(_ file: String, _ text: String, _ words: String) throws {
    let home = try Home()
    try home.write(text, file)
    let error = try #require(throws: AzlinConfigurationError.self) { try home.read() }
    #expect(error.description.contains(words), "\(error)")
  }

  @Test("A subscription that is no id is refused with the place it came from")
  func badSubscription() throws {
    let home = try Home()
    let error = try #require(throws: AzlinConfigurationError.self) {
      try home.read(.init(), ["AZURE_SUBSCRIPTION_ID": "production"])
    }
    #expect(error.description.contains("'production' of AZURE_SUBSCRIPTION_ID is no id"))
  }
}
