import FleetModel
import FoundationEssentials

/// A token as endpoints answer it: numbers come as numbers from Entra, and as texts from App Service and IMDS.
struct TokenReply {
  private struct Body: Decodable {
    var access_token: String?
    var expires_in: Seconds?
    var expires_on: Seconds?
    var refresh_in: Seconds?
    var client_id: String?
  }

  private struct Seconds: Decodable {
    var value: Double
    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let number = try? container.decode(Double.self) {
        value = number
      } else if let number = Double(try container.decode(String.self)) {
        value = number
      } else {
        throw DecodingError.dataCorruptedError(in: container, debugDescription: "no number of seconds")
      }
      guard value.isFinite, abs(value) < 1e11 else {
        throw DecodingError.dataCorruptedError(in: container, debugDescription: "no time")
      }
    }
  }

  let token: AccessToken
  /// Whose token it is, where the endpoint says so.
  let clientID: String?

  /// - Parameter now: when the answer came. A life that is told in seconds counts from here, so that a clock that is off
  ///   does no harm.
  /// - Returns: nil where the answer is no token.
  init?(_ bytes: [UInt8], now: Instant) {
    guard let body = try? JSONDecoder().decode(Body.self, from: Data(bytes)), let value = body.access_token,
      !value.isEmpty, value.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f })
    else { return nil }
    let life: Duration
    if let seconds = body.expires_in?.value {
      life = .seconds(seconds)
    } else if let end = body.expires_on?.value {
      life = Instant(seconds: end) - now
    } else {
      return nil
    }
    var refresh = body.refresh_in.map { Duration.seconds($0.value) }
    // Long ones live 24 hours, and are renewed half-way (as azure-identity does).
    if refresh == nil, life >= .hours(2) { refresh = life / 2 }
    token = AccessToken(value: value, expiresAt: now + life, refreshAt: refresh.map { now + $0 })
    clientID = body.client_id
  }
}
