import Autopilot
import FleetModel
import HTTPTypes

/// Entra's token endpoint: a form goes in, a token or a refusal with its AADSTS number comes out.
struct TokenEndpoint: Sendable {
  /// Asking twice harms nobody: the network's and the service's hiccups are waited out, up to 3 tries.
  private static let tries = 3
  private static let timeout = Duration.seconds(20)
  private static let longestWait = Duration.seconds(20)

  /// Without a slash at its end.
  let authority: String
  let transport: any HTTPTransport
  let clock: any EngineClock

  /// Where a tenant's tokens are asked for: also an assertion's audience.
  func url(tenant: String) -> String { "\(authority)/\(tenant)/oauth2/v2.0/token" }

  /// - Parameters:
  ///   - proof: the items that prove who asks.
  ///   - secrets: taken out of whatever is answered before it is shown.
  func token(
    _ demand: TokenDemand, tenant: String, client: String, proof: [FormText.Item], secrets: [Secret],
    for credential: some Credential
  ) async throws(CredentialError.Attempt) -> AccessToken {
    guard !tenant.isEmpty, tenant.utf8.allSatisfy(Self.isTenantCharacter) else {
      throw credential.refused("the tenant \(SafeText.line(tenant)) is neither an id nor a domain name: check it")
    }
    var form: [FormText.Item] = [("grant_type", "client_credentials"), ("client_id", client), ("scope", demand.scope)]
    form += proof
    if let claims = demand.claims { form.append(("claims", claims)) }
    guard var request = HTTPRequest(.post, tokenURL: url(tenant: tenant)) else {
      throw credential.refused(
        "the authority \(SafeText.line(authority)) is no https:// address: check AZURE_AUTHORITY_HOST")
    }
    request.headerFields[.contentType] = "application/x-www-form-urlencoded"
    request.headerFields[.accept] = "application/json"

    var problem = ""
    for attempt in 1...Self.tries {
      var wait = Duration.seconds(1 << (attempt - 1))
      do {
        let reply = try await transport.send(request, body: FormText.body(form), timeout: Self.timeout)
        if reply.status == 200 {
          if let token = TokenReply(reply.body, now: clock.now())?.token { return token }
          throw credential.refused(
            "\(SafeText.line(authority)) answered something that is no token: check who answers there")
        }
        let refusal = EntraRefusal(reply, secrets: secrets)
        problem = refusal.sentence(tenant: tenant, client: client, resource: demand.resource)
        guard reply.status == 429 || reply.status >= 500 else { throw credential.refused(problem) }
        if let seconds = reply.headers[.retryAfter].flatMap({ Int($0) }), seconds >= 0 { wait = .seconds(seconds) }
      } catch let failure as TransportFailure {
        problem = failure.description
        if failure.kind == .cancelled { break }
      } catch let refusal as CredentialError.Attempt {
        throw refusal
      } catch {
        problem = "no token came: \(SafeText.line("\(type(of: error))"))"
      }
      if attempt < Self.tries { await clock.sleep(until: clock.now() + min(wait, Self.longestWait)) }
      if Task.isCancelled { break }
    }
    throw credential.refused(problem)
  }

  private static func isTenantCharacter(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
      || byte == 0x2d || byte == 0x2e
  }
}

extension HTTPRequest {
  /// A request for a token; nil where the URL has no scheme or no host.
  init?(_ method: Method, tokenURL url: String) {
    guard let colon = url.firstRange(of: "://") else { return nil }
    let rest = url[colon.upperBound...]
    let slash = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
    guard HTTPTarget.place(String(rest[..<slash])) != nil else { return nil }
    let path = String(rest[slash...])
    self.init(
      method: method, scheme: url[..<colon.lowerBound].lowercased(), authority: String(rest[..<slash]),
      path: path.hasPrefix("/") ? path : "/" + path)
    headerFields[.userAgent] = "azlin"
  }
}
