import FleetModel
import HTTPTypes

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The identity of a machine outside of Azure that Arc's agent connects (2020-06-01): the agent challenges with a file
/// that only its group may read.
struct ArcIdentity: Sendable {
  /// Where Arc's agent keeps things.
  struct Places: Sendable {
    var agent: String
    var tokens: String
    static let standard = Places(agent: "/opt/azcmagent/bin/himds", tokens: "/var/opt/azcmagent/tokens")
    var isAgentInstalled: Bool { access(agent, F_OK) == 0 }
  }

  static let standardEndpoint = "http://localhost:40342/metadata/identity/oauth2/token"
  private static let timeout = Duration.seconds(10)
  /// The longest key file in bytes (azure-identity's rule).
  private static let keyLimit = 4096

  let endpoint: String
  let places: Places

  func token(
    _ demand: TokenDemand, _ line: IdentityLine, for credential: ManagedIdentityCredential
  ) async throws(CredentialError.Attempt) -> AccessToken {
    var request = try line.request(endpoint, line.query("2020-06-01", demand), for: credential)
    let challenge = try await send(request, line, credential)
    guard challenge.status == 401 else {
      throw credential.refused("Arc's agent did not ask for its key (\(line.words(challenge))): check the agent")
    }
    let key = try key(challenge.headers[.wwwAuthenticate] ?? "", credential)
    request.headerFields[.authorization] = "Basic " + key.value
    let reply = try await send(request, line, credential)
    guard reply.status == 200 else {
      throw credential.refused("Arc's agent gave no token (\(line.words(reply, secrets: [key])))")
    }
    let answer = try line.token(reply, for: credential)
    // Older agents ignore client_id and answer with the machine's own identity.
    if let client = line.client, answer.clientID?.lowercased() != client.lowercased() {
      throw credential.refused(
        "Arc's agent did not answer for \(line.whose): update the agent, or unset AZURE_CLIENT_ID for the machine's own"
      )
    }
    return answer.token
  }

  private func send(
    _ request: HTTPRequest, _ line: IdentityLine, _ credential: ManagedIdentityCredential
  ) async throws(CredentialError.Attempt) -> HTTPReply {
    do { return try await line.transport.send(request, body: [], timeout: Self.timeout) } catch {
      throw credential.absent("Azure Arc's agent does not answer: \(error.description)")
    }
  }

  /// The content of the file that the challenge names: only a `.key` file of the agent's own directory is ever read.
  private func key(
    _ challenge: String, _ credential: ManagedIdentityCredential
  ) throws(CredentialError.Attempt) -> Secret {
    let parts = challenge.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let path = parts.count == 2 ? parts[1].filter { $0 != "\"" } : ""
    guard parts.first?.lowercased() == "basic realm", !path.isEmpty else {
      throw credential.refused("Arc's agent asked for its key in an unknown way")
    }
    let folder = places.tokens + "/"
    let file = path.dropFirst(folder.count)
    guard path.hasPrefix(folder), file.hasSuffix(".key"), !file.contains("/") else {
      throw credential.refused(
        "Arc's agent named a key outside of \(places.tokens): \(SafeText.line(path)) is not read")
    }
    do {
      let text = String(decoding: try LocalFile.bytes(path, limit: Self.keyLimit), as: UTF8.self)
      return Secret(text.filter { !$0.isNewline })
    } catch {
      throw credential.refused(
        "Arc's key \(SafeText.line(path)) cannot be read (\(error.text)): add your account to the group himds, then sign "
          + "in anew")
    }
  }
}
