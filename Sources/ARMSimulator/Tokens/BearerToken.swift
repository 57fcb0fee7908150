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
    let valid = state.withLock { state in
      state.faults.since(.tokensExpired, at: call.at).map { max($0, state.tokensFrom) } ?? state.tokensFrom
    }
    guard call.at.seconds < end, valid.milliseconds / 1000 <= Int64(start) else {
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

// GET /metadata/endpoints: where a client finds the rest of a cloud.
extension ARMSimulator {
  func metadata(_ call: ARMCall) -> JSON {
    let base = call.base
    let audiences: JSON = ["https://management.core.windows.net/", "https://management.azure.com/"]
    let login: JSON = [
      "loginEndpoint": .string(base + "/"), "audiences": audiences, "tenant": "common", "identityProvider": "AAD",
    ]
    let version = call.version
    if version < "2018" {
      return [
        "galleryEndpoint": .string(base), "graphEndpoint": "https://graph.windows.net/",
        "portalEndpoint": .string(base),
        "authentication": ["loginEndpoint": .string(base + "/"), "audiences": audiences],
      ]
    }
    let cloud: JSON = [
      "portal": .string(base), "authentication": login, "media": "https://rest.media.azure.net",
      "graphAudience": "https://graph.windows.net/", "graph": "https://graph.windows.net/", "name": "AzlinSimulator",
      "suffixes": [
        "azureDataLakeStoreFileSystem": "azuredatalakestore.net", "acrLoginServer": "azurecr.io",
        "sqlServerHostname": "database.windows.net", "keyVaultDns": "vault.azure.net", "storage": "core.windows.net",
        "azureDataLakeAnalyticsCatalogAndJob": "azuredatalakeanalytics.net",
        "storageSyncEndpointSuffix": "afs.azure.net", "mhsmDns": "managedhsm.azure.net",
        "azureFrontDoorEndpointSuffix": "azurefd.net", "mysqlServerEndpoint": "mysql.database.azure.com",
        "postgresqlServerEndpoint": "postgres.database.azure.com",
        "mariadbServerEndpoint": "mariadb.database.azure.com",
        "synapseAnalytics": "dev.azuresynapse.net",
      ], "batch": "https://batch.core.windows.net/", "resourceManager": .string(base + "/"),
      "vmImageAliasDoc": .string(base + "/aliases.json"),
      "activeDirectoryDataLake": "https://datalake.azure.net/",
      "sqlManagement": "https://management.core.windows.net:8443/",
      "microsoftGraphResourceId": "https://graph.microsoft.com/",
      "appInsightsResourceId": "https://api.applicationinsights.io",
      "appInsightsTelemetryChannelResourceId": "https://dc.applicationinsights.azure.com/v2/track",
      "attestationResourceId": "https://attest.azure.net", "synapseAnalyticsResourceId": "https://dev.azuresynapse.net",
      "logAnalyticsResourceId": "https://api.loganalytics.io",
      "ossrDbmsResourceId": "https://ossrdbms-aad.database.windows.net",
    ]
    return version >= "2022-09-01" ? cloud : [cloud]
  }
}
