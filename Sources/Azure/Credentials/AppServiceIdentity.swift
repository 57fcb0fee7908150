import FleetModel
import HTTPTypes

/// App Service, Functions, Container Apps and Automation: an endpoint on this machine and a header that proves we run here.
/// Request as azure-identity 1.27 sends it (2019-08-01).
struct AppServiceIdentity: Sendable {
  private static let timeout = Duration.seconds(20)
  let endpoint: String
  let header: Secret

  func token(
    _ demand: TokenDemand, _ line: IdentityLine, for credential: ManagedIdentityCredential
  ) async throws(CredentialError.Attempt) -> AccessToken {
    var request = try line.request(endpoint, line.query("2019-08-01", demand), for: credential)
    request.headerFields[.identityHeader] = header.value
    let reply: HTTPReply
    do { reply = try await line.transport.send(request, body: [], timeout: Self.timeout) } catch {
      throw credential.refused("IDENTITY_ENDPOINT does not answer: \(error.description)")
    }
    guard reply.status == 200 else {
      throw credential.refused(
        "IDENTITY_ENDPOINT gave no token (\(line.words(reply, secrets: [header]))): assign \(line.whose) to this app")
    }
    return try line.token(reply, for: credential).token
  }
}

extension HTTPField.Name {
  static let identityHeader = HTTPField.Name("X-IDENTITY-HEADER")!  // a token by RFC 9110
}
