import FleetModel

/// A Kubernetes workload's identity: its service account's token stands for a secret. `AZURE_CLIENT_ID`,
/// `AZURE_TENANT_ID`, `AZURE_FEDERATED_TOKEN_FILE`; the file is read on each use, for it is renewed every hour.
struct WorkloadIdentityCredential: Credential {
  private static let sizeLimit = 64 * 1024

  let name = "WorkloadIdentityCredential"
  private let tenant: String
  private let client: String
  private let path: String
  private let endpoint: TokenEndpoint

  init(environment: [String: String], endpoint: TokenEndpoint) {
    tenant = environment["AZURE_TENANT_ID"] ?? ""
    client = environment["AZURE_CLIENT_ID"] ?? ""
    path = environment["AZURE_FEDERATED_TOKEN_FILE"] ?? ""
    self.endpoint = endpoint
  }

  func token(_ demand: TokenDemand) async throws(CredentialError.Attempt) -> AccessToken {
    guard !path.isEmpty else {
      throw absent("not set up; it needs AZURE_FEDERATED_TOKEN_FILE, AZURE_CLIENT_ID and AZURE_TENANT_ID")
    }
    let missing = [("AZURE_TENANT_ID", tenant), ("AZURE_CLIENT_ID", client)].filter { $0.1.isEmpty }.map(\.0)
    guard missing.isEmpty else {
      throw absent("AZURE_FEDERATED_TOKEN_FILE is set, but not \(missing.joined(separator: " and "))")
    }
    let bytes: [UInt8]
    do { bytes = try LocalFile.bytes(path, limit: Self.sizeLimit) } catch {
      throw refused("AZURE_FEDERATED_TOKEN_FILE \(SafeText.line(path)) cannot be read: \(error.text)")
    }
    let assertion = Secret(String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace })
    guard !assertion.value.isEmpty else {
      throw refused("AZURE_FEDERATED_TOKEN_FILE \(SafeText.line(path)) is empty")
    }
    return try await endpoint.token(
      demand, tenant: tenant, client: client, proof: ClientAssertion.form(assertion), secrets: [assertion], for: self)
  }
}
