import FleetModel
import FoundationEssentials
import HTTPTypes

// Tokens: given to whoever asks in the right form.
extension ARMSimulator {
  /// The answer of a token endpoint; nil: the path is none.
  func tokenAnswer(_ call: ARMCall) -> ARMAnswer? {
    switch call.path.folded {
    case ["msi", "token"]: return appService(call)
    case ["metadata", "identity", "oauth2", "token"]: return instanceMetadata(call)
    default: break
    }
    if call.path.folded.count == 4, Array(call.path.folded.dropFirst()) == ["oauth2", "v2.0", "token"] {
      return authority(call)
    }
    if call.path.folded.suffix(2) == [".well-known", "openid-configuration"] { return openID(call) }
    return nil
  }

  /// App Service's: `X-IDENTITY-HEADER` is the secret (api-version 2019-08-01).
  private func appService(_ call: ARMCall) -> ARMAnswer {
    guard call.method == .get else { return methodNotAllowed(call) }
    guard call.header("X-IDENTITY-HEADER") == settings.identityHeader else {
      return ARMAnswer(401, ["statusCode": 401, "message": "The X-IDENTITY-HEADER is missing or does not match."])
    }
    guard let resource = call.path.parameter("resource") else {
      return ARMAnswer(400, ["statusCode": 400, "message": "The query parameter 'resource' is missing."])
    }
    return ARMAnswer(grant(audience: resource, at: call.at, isManaged: true))
  }

  /// The instance metadata service's.
  private func instanceMetadata(_ call: ARMCall) -> ARMAnswer {
    guard call.header("Metadata")?.lowercased() == "true" else {
      return ARMAnswer(
        400, ["error": "invalid_request", "error_description": "Required metadata header not specified"])
    }
    guard call.header("X-Forwarded-For") == nil else {
      return ARMAnswer(400, ["error": "invalid_request", "error_description": "Request was forwarded by a proxy"])
    }
    guard let resource = call.path.parameter("resource") else {
      return ARMAnswer(
        400, ["error": "invalid_request", "error_description": "Required query variable 'resource' is missing"])
    }
    if let client = call.path.parameter("client_id"), client.lowercased() != Identity.applicationID {
      return ARMAnswer(400, ["error": "invalid_request", "error_description": "Identity not found"])
    }
    return ARMAnswer(grant(audience: resource, at: call.at, isManaged: true))
  }

  /// Entra's: a secret, or an assertion of the right shape.
  private func authority(_ call: ARMCall) -> ARMAnswer {
    func refused(_ status: Int, _ error: String, _ code: Int, _ text: String) -> ARMAnswer {
      ARMAnswer(
        status,
        [
          "error": .string(error),
          "error_description":
            "AADSTS\(code): \(text) Trace ID: \(Chance.uuid("trace")) Correlation ID: \(call.header("client-request-id") ?? Chance.uuid("correlation")) Timestamp: \(TimestampText.rfc3339(call.at))",
          "error_codes": [.integer(Int64(code))], "timestamp": .string(TimestampText.rfc3339(call.at)),
          "error_uri": .string("\(call.base)/error?code=\(code)"),
        ])
    }
    guard call.method == .post else { return methodNotAllowed(call) }
    let tenant = call.path.folded[0]
    guard tenant == settings.tenant.lowercased() || tenant == "organizations" || tenant == "common" else {
      return refused(
        400, "invalid_request", 90002,
        "Tenant '\(call.path.segments[0])' not found. Check to make sure you have the correct tenant ID and are signing "
          + "into the correct cloud.")
    }
    let form = Dictionary(
      ARMPath.pairs(Substring(String(decoding: call.body, as: UTF8.self))).map { ($0.name, $0.value) },
      uniquingKeysWith: { _, last in last })
    guard let grantType = form["grant_type"] else {
      return refused(
        400, "invalid_request", 900144, "The request body must contain the following parameter: 'grant_type'.")
    }
    guard grantType == "client_credentials" else {
      return refused(
        400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type '\(grantType)'.")
    }
    guard let client = form["client_id"], !client.isEmpty else {
      return refused(
        400, "invalid_request", 900144, "The request body must contain the following parameter: 'client_id'.")
    }
    guard let scope = form["scope"], scope.hasSuffix("/.default") else {
      return refused(
        400, "invalid_scope", 70011,
        "The provided value for the input parameter 'scope' is not valid. The scope \(form["scope"] ?? "") is not valid."
      )
    }
    if let assertion = form["client_assertion"] {
      if let problem = AssertionShape(assertion).problem(
        client: client, type: form["client_assertion_type"], at: call.at)
      {
        return refused(401, "invalid_client", 50027, "JWT token is invalid or malformed: \(problem).")
      }
    } else if form["client_secret"]?.isEmpty != false {
      return refused(
        401, "invalid_client", 7_000_218,
        "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.")
    }
    return ARMAnswer(grant(audience: String(scope.dropLast(9)), at: call.at, isManaged: false))
  }

  private func openID(_ call: ARMCall) -> ARMAnswer {
    let root = "\(call.base)/\(call.path.segments.first ?? settings.tenant)"
    return ARMAnswer([
      "token_endpoint": "\(root)/oauth2/v2.0/token", "authorization_endpoint": "\(root)/oauth2/v2.0/authorize",
      "issuer": "\(call.base)/\(settings.tenant)/v2.0", "jwks_uri": "\(root)/discovery/v2.0/keys",
      "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
      "tenant_region_scope": "EU", "cloud_instance_name": "microsoftonline.com",
    ])
  }

  private func grant(audience: String, at now: Instant, isManaged: Bool) -> JSON {
    let issued = now.milliseconds / 1000
    let expires = issued + Int64(settings.tokenLife)
    let number = state.withLock { $0.nextNumber() }
    let claims: JSON = [
      "aud": .string(audience), "iss": "https://sts.windows.net/\(settings.tenant)/", "iat": .integer(issued),
      "nbf": .integer(issued), "exp": .integer(expires), "tid": .string(settings.tenant),
      "oid": .string(Identity.objectID), "sub": .string(Identity.objectID), "appid": .string(Identity.applicationID),
      // In milliseconds: tokens that are made to expire are told apart from those given just after.
      "xms_at": .integer(now.milliseconds), "idtyp": "app",
      "uti": .string(Chance.opaque("token \(number) \(issued)", length: 22)),
      "xms_mirid":
        "/subscriptions/\(settings.subscription)/resourcegroups/azlin/providers/Microsoft.ManagedIdentity/userAssignedIdentities/azlin",
    ]
    let token = BearerToken.unsigned(claims)
    let life = Int64(settings.tokenLife)
    guard isManaged else {
      return [
        "token_type": "Bearer", "expires_in": .integer(life), "ext_expires_in": .integer(life),
        "access_token": .string(token),
      ]
    }
    // Managed identities write their numbers as text.
    return [
      "access_token": .string(token), "client_id": .string(Identity.applicationID), "expires_in": .string("\(life)"),
      "expires_on": .string("\(expires)"), "ext_expires_in": .string("\(life)"), "not_before": .string("\(issued)"),
      "resource": .string(audience), "token_type": "Bearer",
    ]
  }
}

/// A client's assertion: looked at for its shape; whose key signed it, nobody here knows.
private struct AssertionShape {
  private let header: JSON?
  private let claims: JSON?
  private let hasSignature: Bool

  init(_ text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    header = parts.count == 3 ? BearerToken.json(parts[0]) : nil
    claims = parts.count == 3 ? BearerToken.json(parts[1]) : nil
    hasSignature = parts.count == 3 && !parts[2].isEmpty
  }

  /// What is wrong with it; nil: nothing.
  func problem(client: String, type: String?, at now: Instant) -> String? {
    guard type == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" else {
      return "client_assertion_type must be urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    }
    guard let header, let claims else { return "it does not have three parts of JSON, JSON and a signature" }
    guard hasSignature, let algorithm = header["alg"].text, ["PS256", "RS256"].contains(algorithm) else {
      return "it is not signed with PS256 or RS256"
    }
    guard let end = claims["exp"].double, end > now.seconds else { return "it is expired" }
    if let start = claims["nbf"].double, start > now.seconds + 300 { return "it is not yet valid" }
    // A federated token (workload identity) is of another issuer and about a workload.
    let isFederated = claims["aud"].text == "api://AzureADTokenExchange"
    guard isFederated || (claims["iss"].text == client && claims["sub"].text == client) else {
      return "its issuer and subject must be the client id"
    }
    guard isFederated || header["x5t#S256"].text != nil || header["x5t"].text != nil else {
      return "its header names no certificate (x5t#S256)"
    }
    return nil
  }
}
