import FleetModel
import FoundationEssentials

/// What the operator's own azlin files say about where the VMs are: `config.toml`, `active-context` and
/// `contexts/<name>.toml` below `~/.azlin`. These files belong to azlin's other commands: they are read, never written,
/// and keys that are not known here are theirs.
package struct AzlinConfiguration: Hashable, Sendable {
  package var subscription: String?
  package var tenant: String?
  package var resourceGroup: String?
  package var region: String?
  /// `AzureCloud`, `AzureUSGovernment`, …, as az knows it of the subscription; nil: not known.
  package var cloud: String?
  package var sshConnectTimeout: Duration?
  /// The context in force, for the title of a screen; nil: none.
  package var context: String?
  /// Where the subscription came from (`context prod`, `AZURE_SUBSCRIPTION_ID`, …); nil: there is none.
  package var subscriptionSource: String?

  package init() {}

  /// What the command line says; it goes before every file.
  package struct Flags: Hashable, Sendable {
    package var context: String?
    package var subscription: String?
    package var tenant: String?
    package var resourceGroup: String?
    package var region: String?
    package init(
      context: String? = nil, subscription: String? = nil, tenant: String? = nil, resourceGroup: String? = nil,
      region: String? = nil
    ) {
      self.context = context
      self.subscription = subscription
      self.tenant = tenant
      self.resourceGroup = resourceGroup
      self.region = region
    }
  }

  /// Reads everything: flag, then context, then config.toml (and `AZURE_SUBSCRIPTION_ID`, then az's default
  /// subscription, for the subscription alone).
  /// - Throws: `AzlinConfigurationError`, with file, line and remedy.
  package static func read(
    _ directory: ConfigurationDirectory, flags: Flags = Flags(), environment: [String: String]
  ) throws(AzlinConfigurationError) -> AzlinConfiguration {
    let general = try AzlinFile(directory.path + "/config.toml", in: directory)
    var named = flags.context
    if named == nil { named = try activeContext(directory) }
    var context: AzlinFile?
    if let named { context = try readContext(named, directory) }
    var result = AzlinConfiguration()
    result.context = named
    func first(
      _ flag: String?, _ key: String, _ generalKey: String?
    ) throws(AzlinConfigurationError) -> String? {
      if let flag { return flag }
      if let said = try context?.text(key) { return said }
      guard let generalKey else { return nil }
      return try general?.text(generalKey)
    }
    result.tenant = try first(flags.tenant, "tenant_id", nil)
    result.resourceGroup = try first(flags.resourceGroup, "resource_group", "default_resource_group")
    result.region = try first(flags.region, "region", "default_region")
    result.sshConnectTimeout = try general?.seconds("ssh_connect_timeout", in: 1...300)
    if let said = flags.subscription {
      (result.subscription, result.subscriptionSource) = (said, "the command line")
    } else if let said = try context?.text("subscription_id") {
      (result.subscription, result.subscriptionSource) = (said, "context \(SafeText.line(named ?? ""))")
    } else if let said = environment["AZURE_SUBSCRIPTION_ID"], !said.isEmpty {
      (result.subscription, result.subscriptionSource) = (said, "AZURE_SUBSCRIPTION_ID")
    } else if let account = try AzureProfile.account(directory, environment: environment) {
      (result.subscription, result.subscriptionSource) = (account.subscription, "az's default subscription")
      result.tenant = result.tenant ?? account.tenant
      result.cloud = account.cloud
    }
    if let subscription = result.subscription, !isSubscription(subscription) {
      throw AzlinConfigurationError(
        "the subscription '\(SafeText.line(subscription))' of \(result.subscriptionSource ?? "") is no id: it is 32 "
          + "hexadecimal digits in groups of 8-4-4-4-12, as `az account list` shows them")
    }
    // Only az knows in which cloud a subscription is; a profile that cannot be read costs nothing but that.
    if let subscription = result.subscription, result.cloud == nil {
      result.cloud = (try? AzureProfile.account(of: subscription, directory, environment: environment))?.cloud
    }
    return result
  }

  private static func activeContext(_ directory: ConfigurationDirectory) throws(AzlinConfigurationError) -> String? {
    let path = directory.path + "/active-context"
    guard let text = try AzlinFile.text(path, in: directory) else { return nil }
    let name = text.trimmingBlanks
    return name.isEmpty ? nil : name
  }

  private static func readContext(
    _ name: String, _ directory: ConfigurationDirectory
  ) throws(AzlinConfigurationError) -> AzlinFile {
    let shown = SafeText.line(name)
    // A name is a file's name, and must not lead out of the folder.
    guard !name.isEmpty, !name.contains("/"), !name.contains("\0"), !name.hasPrefix("."), name.utf8.count <= 128 else {
      throw AzlinConfigurationError(
        "'\(shown)' is no name of a context: give one of those in \(directory.shown(directory.path + "/contexts"))")
    }
    let path = directory.path + "/contexts/" + name + ".toml"
    guard let file = try AzlinFile(path, in: directory) else {
      throw AzlinConfigurationError(
        "the context '\(shown)' has no file \(SafeText.line(directory.shown(path))): name another with --context, or "
          + "create it with `azlin context create`")
    }
    return file
  }

  private static func isSubscription(_ text: String) -> Bool {
    let groups = text.split(separator: "-", omittingEmptySubsequences: false)
    return groups.map(\.utf8.count) == [8, 4, 4, 4, 12]
      && text.utf8.allSatisfy { byte in
        byte == 0x2d || (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte | 0x20)
      }
  }
}

/// Why the operator's azlin files could not be used: what happened, where, and what to do.
package struct AzlinConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
  package let description: String
  init(_ description: String) { self.description = description }
}

extension String {
  /// Without blanks and line ends at both ends.
  var trimmingBlanks: String {
    let kept = drop { $0.isWhitespace }
    return String(kept.reversed().drop { $0.isWhitespace }.reversed())
  }
}
