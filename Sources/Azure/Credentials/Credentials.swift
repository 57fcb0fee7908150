import Autopilot
import FleetModel

/// The credentials that azlin finds by itself.
package enum Credentials {
  /// DefaultAzureCredential's order and environment variables, as far as they concern a server or an operator at a
  /// terminal: Environment, WorkloadIdentity, ManagedIdentity, AzureCli. `AZURE_TOKEN_CREDENTIALS` narrows it: `prod` (the
  /// first three), `dev` (az), or one name.
  ///
  /// Nothing is asked, read or started until a token is wanted.
  /// - Parameters:
  ///   - cloud: its authority is where tokens come from.
  ///   - tenant: whose directory az is asked for, where no subscription is given.
  ///   - subscription: whose account az is asked for.
  package static func standard(
    environment: [String: String], cloud: Cloud, tenant: String?, subscription: String?,
    transport: any HTTPTransport, clock: any EngineClock
  ) -> any TokenSource {
    CredentialChain(
      chain(
        environment: environment, cloud: cloud, tenant: tenant, subscription: subscription, transport: transport,
        clock: clock), clock: clock)
  }

  static func chain(
    environment: [String: String], cloud: Cloud, tenant: String?, subscription: String?,
    transport: any HTTPTransport, clock: any EngineClock
  ) -> [any Credential] {
    let wanted = (environment["AZURE_TOKEN_CREDENTIALS"] ?? "").filter { !$0.isWhitespace }.lowercased()
    let endpoint = TokenEndpoint(authority: cloud.authority, transport: transport, clock: clock)
    let servers: [any Credential] = [
      EnvironmentCredential(environment: environment, endpoint: endpoint),
      WorkloadIdentityCredential(environment: environment, endpoint: endpoint),
      ManagedIdentityCredential(
        environment: environment, transport: transport, clock: clock,
        isOnlyOne: wanted == "managedidentitycredential"),
    ]
    let cli = AzureCliCredential(environment: environment, tenant: tenant, subscription: subscription, clock: clock)
    let all = servers + [cli]
    switch wanted {
    case "": return all
    case "prod": return servers
    case "dev": return [cli]
    default:
      let chosen = all.filter { $0.name.lowercased() == wanted }
      return chosen.isEmpty ? [UnknownCredential(wanted: wanted, known: all.map(\.name))] : chosen
    }
  }
}

/// `AZURE_TOKEN_CREDENTIALS` names what is not there.
private struct UnknownCredential: Credential {
  let name = "AZURE_TOKEN_CREDENTIALS"
  let wanted: String
  let known: [String]

  func token(_ demand: TokenDemand) async throws(CredentialError.Attempt) -> AccessToken {
    throw refused(
      "\(SafeText.line(wanted)) is not among azlin's credentials: set it to dev, prod, \(known.joined(separator: ", "))"
    )
  }
}
