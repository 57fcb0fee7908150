import Autopilot
import FleetModel
import HTTPTypes

/// The identity that Azure gives to the machine azlin runs on: App Service, Azure Arc, or a virtual machine (IMDS).
/// `AZURE_CLIENT_ID` picks a user-assigned one.
struct ManagedIdentityCredential: Credential {
  private enum Place: Sendable {
    case appService(AppServiceIdentity)
    case arc(ArcIdentity)
    case machine(InstanceMetadataIdentity)
    case unsupported(String)
  }

  let name = "ManagedIdentityCredential"
  private let place: Place
  private let line: IdentityLine
  private let arc: ArcIdentity.Places

  /// - Parameters:
  ///   - isOnlyOne: no other credential is tried: IMDS is not probed first.
  ///   - arc: where Arc's agent keeps things.
  init(
    environment: [String: String], transport: any HTTPTransport, clock: any EngineClock, isOnlyOne: Bool,
    arc: ArcIdentity.Places = .standard
  ) {
    func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    let line = IdentityLine(transport: transport, clock: clock, client: value("AZURE_CLIENT_ID"))
    self.line = line
    self.arc = arc
    if let endpoint = value("IDENTITY_ENDPOINT"), let header = Secret(value("IDENTITY_HEADER")) {
      place =
        value("IDENTITY_SERVER_THUMBPRINT") == nil
        ? .appService(AppServiceIdentity(endpoint: endpoint, header: header))
        : .unsupported("Service Fabric's identities are not supported: use AZURE_CLIENT_SECRET or `az login`")
    } else if let endpoint = value("IDENTITY_ENDPOINT"), value("IMDS_ENDPOINT") != nil {
      place = .arc(ArcIdentity(endpoint: endpoint, places: arc))
    } else {
      let host = value("AZURE_POD_IDENTITY_AUTHORITY_HOST")
      place = .machine(
        InstanceMetadataIdentity(
          host: host ?? InstanceMetadataIdentity.standardHost, isProbed: host == nil && !isOnlyOne))
    }
  }

  func token(_ demand: TokenDemand) async throws(CredentialError.Attempt) -> AccessToken {
    switch place {
    case .appService(let identity): try await identity.token(demand, line, for: self)
    case .arc(let identity): try await identity.token(demand, line, for: self)
    case .machine(let identity) where identity.host == InstanceMetadataIdentity.standardHost && arc.isAgentInstalled:
      try await ArcIdentity(endpoint: ArcIdentity.standardEndpoint, places: arc).token(demand, line, for: self)
    case .machine(let identity): try await identity.token(demand, line, for: self)
    case .unsupported(let problem): throw absent(problem)
    }
  }
}

/// What the kinds of managed identity have in common.
struct IdentityLine: Sendable {
  let transport: any HTTPTransport
  let clock: any EngineClock
  /// The client id of a user-assigned identity; nil: the machine's own.
  let client: String?

  /// The query of a token request.
  func query(_ version: String, _ demand: TokenDemand) -> String {
    FormText.query(
      [("api-version", version), ("resource", demand.resource)] + (client.map { [("client_id", $0)] } ?? []))
  }

  /// Whose identity, for a sentence.
  var whose: String { client.map { "identity \(SafeText.line($0)) (AZURE_CLIENT_ID)" } ?? "a managed identity" }

  func request(
    _ url: String, _ query: String, for credential: some Credential
  ) throws(CredentialError.Attempt) -> HTTPRequest {
    guard var request = HTTPRequest(.get, tokenURL: url + (url.contains("?") ? "&" : "?") + query) else {
      throw credential.refused("the identity endpoint \(SafeText.line(url)) is no http address")
    }
    request.headerFields[.metadata] = "true"
    request.headerFields[.accept] = "application/json"
    return request
  }

  /// The answer's token, or why there is none.
  func token(_ reply: HTTPReply, for credential: some Credential) throws(CredentialError.Attempt) -> TokenReply {
    if let token = TokenReply(reply.body, now: clock.now()) { return token }
    throw credential.refused("the identity endpoint answered something that is no token")
  }

  /// What an endpoint said, made harmless.
  func words(_ reply: HTTPReply, secrets: [Secret] = []) -> String {
    let said = IdentityWords.of(reply.body)
    return "HTTP \(reply.status)" + (said.isEmpty ? "" : ": " + Scrubbed.line(said, secrets: secrets))
  }
}

extension HTTPField.Name {
  /// `Metadata: true` keeps forwarded requests out.
  static let metadata = HTTPField.Name("Metadata")!  // a token by RFC 9110
}
