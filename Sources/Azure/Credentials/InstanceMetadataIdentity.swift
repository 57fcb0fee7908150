import FleetModel
import HTTPTypes

/// A virtual machine's identity, from the instance metadata service (2018-02-01). Probed for one second first, for
/// nothing answers at its address outside of Azure.
struct InstanceMetadataIdentity: Sendable {
  static let standardHost = "http://169.254.169.254"
  private static let path = "/metadata/identity/oauth2/token"
  private static let probeTime = Duration.seconds(1)
  private static let timeout = Duration.seconds(10)
  /// Seconds between the tries of azure-identity 1.27; at 410 the service is being updated, which takes up to 70 s.
  private static let waits = [0, 1.6, 3.2, 6.4, 12.8]
  private static let waitsAfterGone = [0.0, 5, 10, 20, 40]

  let host: String
  let isProbed: Bool

  func token(
    _ demand: TokenDemand, _ line: IdentityLine, for credential: ManagedIdentityCredential
  ) async throws(CredentialError.Attempt) -> AccessToken {
    let url = (host.hasSuffix("/") ? String(host.dropLast()) : host) + Self.path
    let query = line.query("2018-02-01", demand)
    let request = try line.request(url, query, for: credential)
    if isProbed { try await probe(request, line, credential) }
    var tries = 0
    while true {
      let reply: HTTPReply
      do { reply = try await line.transport.send(request, body: [], timeout: Self.timeout) } catch {
        throw credential.absent("the instance metadata service does not answer: \(error.description)")
      }
      switch reply.status {
      case 200: return try line.token(reply, for: credential).token
      case 400:
        throw credential.absent(
          "\(line.whose) is not assigned to this machine (\(line.words(reply))): assign one under Identity in the portal"
        )
      case 404, 410, 429, 500...:
        guard tries < Self.waits.count, !Task.isCancelled else {
          throw credential.refused("the instance metadata service gives no token now (\(line.words(reply)))")
        }
        let wait = (reply.status == 410 ? Self.waitsAfterGone : Self.waits)[tries]
        tries += 1
        if wait > 0 { await line.clock.sleep(until: line.clock.now() + .seconds(wait)) }
      case 403 where line.words(reply).contains("unreachable"): throw credential.absent(Self.notHere)
      default: throw credential.refused("the instance metadata service refused (\(line.words(reply)))")
      }
    }
  }

  private static let notHere =
    "no Azure machine: nothing of Azure answers at the instance metadata address; it needs a virtual machine with a "
    + "managed identity"

  /// Asks without the header that the service wants: Azure's refuses that at once, with 400.
  private func probe(
    _ request: HTTPRequest, _ line: IdentityLine, _ credential: ManagedIdentityCredential
  ) async throws(CredentialError.Attempt) {
    var request = request
    request.headerFields[.metadata] = nil
    let reply: HTTPReply
    do { reply = try await line.transport.send(request, body: [], timeout: Self.probeTime) } catch {
      throw credential.absent(Self.notHere)
    }
    // Other clouds have a metadata service at the same address: they do not know the path (404, 401, 403).
    if [401, 403, 404].contains(reply.status) { throw credential.absent(Self.notHere) }
  }
}
