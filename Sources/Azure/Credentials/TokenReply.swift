import FleetModel
import FoundationEssentials

/// A token as endpoints answer it: numbers come as numbers from Entra, and as texts from App Service and IMDS.
struct TokenReply {
  private struct Body: Decodable {
    var token: String?
    var life: LooseNumber?
    var end: LooseNumber?
    var renewal: LooseNumber?
    var client: String?
    enum CodingKeys: String, CodingKey {
      case token = "access_token"
      case life = "expires_in"
      case end = "expires_on"
      case renewal = "refresh_in"
      case client = "client_id"
    }
  }

  let token: AccessToken
  /// Whose token it is, where the endpoint says so.
  let clientID: String?

  /// - Parameter now: when the answer came. A life that is told in seconds counts from here, so that a clock that is off
  ///   does no harm.
  /// - Returns: nil where the answer is no token.
  init?(_ bytes: [UInt8], now: Instant) {
    guard let body = try? JSONDecoder().decode(Body.self, from: Data(bytes)), let value = body.token,
      !value.isEmpty, value.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f })
    else { return nil }
    let life: Duration
    if let seconds = body.life?.value {
      life = .seconds(seconds)
    } else if let end = body.end?.value {
      life = Instant(seconds: end) - now
    } else {
      return nil
    }
    var refresh = body.renewal.map { Duration.seconds($0.value) }
    // Long ones live 24 hours, and are renewed half-way (as azure-identity does).
    if refresh == nil, life >= .hours(2) { refresh = life / 2 }
    token = AccessToken(value: value, expiresAt: now + life, refreshAt: refresh.map { now + $0 })
    clientID = body.client
  }
}
