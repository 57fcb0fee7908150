import FleetModel
import FoundationEssentials

/// An access token of the simulator: a JWT without a signature.
enum BearerToken {
  static func unsigned(_ claims: JSON) -> String {
    encoded(["alg": "none", "typ": "JWT"]) + "." + encoded(claims) + "."
  }

  /// One part of a JWT; nil: it is no JSON in base64url.
  static func json(_ part: Substring) -> JSON? {
    var text = part.replacing("-", with: "+").replacing("_", with: "/")
    while text.utf8.count % 4 != 0 { text += "=" }
    return Data(base64Encoded: String(text)).flatMap { JSONReader.value(Array($0)) }
  }

  private static func encoded(_ json: JSON) -> String {
    Data(JSONWriter.bytes(json)).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
      .replacing("=", with: "")
  }
}

// Tokens: believed until they expire.
extension ARMSimulator {
  /// Why the bearer is not believed; nil: it is.
  func refusal(of call: ARMCall) -> ARMAnswer? {
    func refused(_ code: String, _ message: String) -> ARMAnswer {
      .error(
        401, code, message, isGateway: true,
        headers: [
          (
            "WWW-Authenticate",
            "Bearer authorization_uri=\"https://login.microsoftonline.com/\(settings.tenant)\", error=\"invalid_token\", "
              + "error_description=\"\(message)\""
          )
        ])
    }
    guard let header = call.header("Authorization") else {
      return refused("AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.")
    }
    guard header.lowercased().hasPrefix("bearer ") else {
      return refused(
        "AuthenticationFailed", "Authentication failed. The 'Authorization' header is provided in an invalid format.")
    }
    let parts = header.dropFirst(7).split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, let claims = BearerToken.json(parts[1]), let end = claims["exp"].double,
      let start = claims["nbf"].double
    else { return refused("InvalidAuthenticationToken", "The access token is invalid.") }
    guard claims["tid"].text == settings.tenant else {
      return refused(
        "InvalidAuthenticationTokenTenant",
        "The access token is from the wrong issuer. It must match the tenant 'https://sts.windows.net/\(settings.tenant)/' "
          + "associated with this subscription.")
    }
    guard isAudience(claims["aud"].text ?? "", of: call) else {
      return refused(
        "InvalidAuthenticationTokenAudience",
        "The access token has been obtained for wrong audience or resource '\(claims["aud"].text ?? "")'. It should exactly "
          + "match with one of the allowed audiences 'https://management.core.windows.net/','https://management.azure.com/'."
      )
    }
    let valid = state.withLock { $0.faults.since(.tokensExpired, at: call.at) } ?? .distantPast
    let given = claims["xms_at"].double ?? start * 1000
    guard call.at.seconds < end, Double(valid.milliseconds) <= given else {
      return refused(
        "ExpiredAuthenticationToken",
        "The access token expiry UTC time is earlier than current UTC time '\(TimestampText.rfc3339(call.at))'.")
    }
    guard start <= call.at.seconds + 300 else {
      return refused("InvalidAuthenticationToken", "The access token is not yet valid.")
    }
    return nil
  }

  private func isAudience(_ audience: String, of call: ARMCall) -> Bool {
    var wanted = audience.lowercased()
    while wanted.hasSuffix("/") { wanted.removeLast() }
    if call.path.folded.last == "metrics:getbatch", wanted == "https://metrics.monitor.azure.com" { return true }
    return ["https://management.azure.com", "https://management.core.windows.net", call.base.lowercased()].contains(
      wanted)
  }
}
