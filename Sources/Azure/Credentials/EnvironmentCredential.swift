import Autopilot
import FleetModel
import FoundationEssentials

/// A service principal of the environment: `AZURE_TENANT_ID` and `AZURE_CLIENT_ID` with `AZURE_CLIENT_SECRET` or
/// `AZURE_CLIENT_CERTIFICATE_PATH`.
struct EnvironmentCredential: Credential {
  private enum Proof: Sendable {
    case secret(Secret)
    case certificate(path: String, sendsChain: Bool)
    /// What is missing, or not supported.
    case none(String)
  }

  let name = "EnvironmentCredential"
  private let tenant: String
  private let client: String
  private let proof: Proof
  private let endpoint: TokenEndpoint

  init(environment: [String: String], endpoint: TokenEndpoint) {
    func value(_ name: String) -> String { environment[name] ?? "" }
    self.endpoint = endpoint
    tenant = value("AZURE_TENANT_ID")
    client = value("AZURE_CLIENT_ID")
    let path = value("AZURE_CLIENT_CERTIFICATE_PATH")
    let missing = [("AZURE_TENANT_ID", tenant), ("AZURE_CLIENT_ID", client)].filter { $0.1.isEmpty }.map(\.0)
    if let secret = Secret(environment["AZURE_CLIENT_SECRET"]) {
      proof = missing.isEmpty ? .secret(secret) : .none(Self.incomplete("AZURE_CLIENT_SECRET", missing))
    } else if !path.isEmpty {
      // As azure-identity reads it: any text, "0" and "false" among them there; those two mean no here.
      let sends = value("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN").lowercased()
      proof =
        missing.isEmpty
        ? .certificate(path: path, sendsChain: !["", "0", "false"].contains(sends))
        : .none(Self.incomplete("AZURE_CLIENT_CERTIFICATE_PATH", missing))
    } else if !value("AZURE_USERNAME").isEmpty {
      proof = .none(
        "signing in with AZURE_USERNAME and AZURE_PASSWORD is not supported (Microsoft ends it, for it knows no second "
          + "factor): use `az login`, or a service principal with AZURE_CLIENT_SECRET")
    } else {
      proof = .none(
        "not set up; it needs AZURE_TENANT_ID, AZURE_CLIENT_ID, and AZURE_CLIENT_SECRET or "
          + "AZURE_CLIENT_CERTIFICATE_PATH")
    }
  }

  func token(_ demand: TokenDemand) async throws(CredentialError.Attempt) -> AccessToken {
    switch proof {
    case .none(let problem): throw absent(problem)
    case .secret(let secret):
      return try await endpoint.token(
        demand, tenant: tenant, client: client, proof: [("client_secret", secret.value)], secrets: [secret], for: self)
    case .certificate(let path, let sendsChain):
      let assertion: Secret
      do {
        assertion = try ClientCertificate(path: path).assertion(
          client: client, audience: endpoint.url(tenant: tenant), now: endpoint.clock.now(), sendsChain: sendsChain)
      } catch {
        throw refused(error.sentence)
      }
      return try await endpoint.token(
        demand, tenant: tenant, client: client, proof: ClientAssertion.form(assertion), secrets: [assertion], for: self)
    }
  }

  private static func incomplete(_ given: String, _ missing: [String]) -> String {
    "\(given) is set, but not \(missing.joined(separator: " and ")): set \(missing.count == 1 ? "it" : "them") too"
  }
}

/// A signed statement in place of a secret (RFC 7523).
enum ClientAssertion {
  static func form(_ assertion: Secret) -> [FormText.Item] {
    [
      ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
      ("client_assertion", assertion.value),
    ]
  }
}
