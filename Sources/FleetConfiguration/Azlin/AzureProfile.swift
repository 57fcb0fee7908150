import FleetModel
import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// `azureProfile.json` of the Azure CLI: which subscription `az account set` chose. It is UTF-8 with a byte order mark.
enum AzureProfile {
  struct Account: Hashable {
    var subscription: String
    var tenant: String?
    /// `AzureCloud`, `AzureUSGovernment`, …
    var cloud: String?
  }

  private struct File: Decodable {
    struct Subscription: Decodable {
      var id: String?
      var isDefault: Bool?
      var tenantId: String?
      var environmentName: String?
    }
    var subscriptions: [Subscription]?
  }

  /// An account below `AZURE_CONFIG_DIR`, else `~/.azure`; nil where nobody logged in.
  /// - Parameter subscription: nil: the default one.
  static func account(
    of subscription: String? = nil, _ directory: ConfigurationDirectory, environment: [String: String]
  ) throws(AzlinConfigurationError) -> Account? {
    let said = environment["AZURE_CONFIG_DIR"].flatMap { $0.isEmpty ? nil : $0 }
    guard let folder = said ?? (directory.home.isEmpty ? nil : directory.home + "/.azure") else { return nil }
    let path = folder + "/azureProfile.json"
    // A home that is somebody else's, as under sudo: nobody logged in who is of use here.
    guard access(path, R_OK) == 0 else { return nil }
    guard let text = try AzlinFile.text(path, in: directory) else { return nil }
    let file: File
    do { file = try JSONDecoder().decode(File.self, from: Data(text.utf8)) } catch {
      throw AzlinConfigurationError(
        "\(SafeText.line(directory.shown(path))) cannot be understood: run `az account show`, which mends it, or name "
          + "the subscription with --subscription")
    }
    let chosen = file.subscriptions?.first { entry in
      subscription.map { entry.id?.lowercased() == $0.lowercased() } ?? (entry.isDefault == true)
    }
    guard let chosen, let id = chosen.id else { return nil }
    return Account(subscription: id, tenant: chosen.tenantId, cloud: chosen.environmentName)
  }
}
