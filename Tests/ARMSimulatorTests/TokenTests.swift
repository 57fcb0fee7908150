import FleetModel
import FoundationEssentials
import Testing

@testable import ARMSimulator

@Suite("Tokens are given in the right form only, and believed until they expire")
struct TokenTests {
  let cloud = SimulatedCloud()

  private func claims(_ token: String) throws -> JSON {
    let parts = token.split(separator: ".", omittingEmptySubsequences: false)
    try #require(parts.count == 3)
    return try #require(BearerToken.json(parts[1]))
  }

  @Test("App Service: the header is the secret, and numbers are text")
  func appService() throws {
    let target = "/msi/token?api-version=2019-08-01&resource=https://management.azure.com"
    let refused = cloud.send(.get, target, token: nil, headers: ["X-IDENTITY-HEADER": "wrong"], toTokens: true)
    #expect(refused.status == 401)
    let answer = cloud.send(.get, target, token: nil, headers: ["X-IDENTITY-HEADER": "azlin-simulator"], toTokens: true)
    #expect(answer.status == 200)
    #expect(answer.json["expires_on"].text == "\(cloud.now.milliseconds / 1000 + 3600)")
    let claims = try claims(answer.json["access_token"].text ?? "")
    #expect(claims["tid"].text == cloud.simulator.settings.tenant)
    #expect(claims["aud"] == "https://management.azure.com")
    for name in ["oid", "appid", "xms_mirid", "uti"] { #expect(claims[name].text?.isEmpty == false, "\(name)") }
  }

  @Test("Instance metadata wants its header and no proxy")
  func instanceMetadata() {
    let target = "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://management.azure.com"
    #expect(cloud.send(.get, target, token: nil, toTokens: true).status == 400)
    #expect(cloud.send(.get, target, token: nil, headers: ["Metadata": "true"], toTokens: true).status == 200)
    let proxied = ["Metadata": "true", "X-Forwarded-For": "10.0.0.1"]
    #expect(cloud.send(.get, target, token: nil, headers: proxied, toTokens: true).status == 400)
  }

  @Test("The authority: a secret, or an assertion of the right shape")
  func authority() {
    let target = "/\(cloud.simulator.settings.tenant)/oauth2/v2.0/token"
    func ask(_ form: String) -> SimulatedCloud.Answer {
      cloud.send(
        .post, target,
        form: "grant_type=client_credentials&client_id=app&scope=https%3A%2F%2Fmanagement.azure.com%2F.default" + form,
        token: nil, toTokens: true)
    }
    #expect(ask("&client_secret=x").json["expires_in"] == 3600)
    #expect(ask("").status == 401)
    let type = "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
    func assertion(_ header: JSON, _ claims: JSON) -> String {
      func part(_ json: JSON) -> String {
        Data(JSONWriter.bytes(json)).base64EncodedString().replacing("=", with: "").replacing("+", with: "-")
          .replacing("/", with: "_")
      }
      return "&client_assertion=\(part(header)).\(part(claims)).c2ln"
    }
    let end = JSON.integer(cloud.now.milliseconds / 1000 + 600)
    let header: JSON = ["alg": "PS256", "typ": "JWT", "x5t#S256": "abc"]
    let good: JSON = ["aud": "x", "iss": "app", "sub": "app", "jti": "1", "exp": end]
    #expect(ask(type + assertion(header, good)).status == 200)
    #expect(ask(type + assertion(["alg": "none"], good)).status == 401)
    #expect(ask(type + assertion(header, ["iss": "another", "sub": "app", "exp": end])).status == 401)
    #expect(ask(type + assertion(header, ["iss": "app", "sub": "app", "exp": 1])).status == 401)
    #expect(ask(assertion(header, good)).status == 401)
    let federated: JSON = ["aud": "api://AzureADTokenExchange", "iss": "https://issuer", "sub": "repo:x", "exp": end]
    #expect(ask(type + assertion(["alg": "RS256"], federated)).status == 200)
    let other = cloud.send(
      .post, "/another/oauth2/v2.0/token", form: "grant_type=client_credentials", token: nil, toTokens: true)
    #expect(other.json["error_codes"][0] == 90002)
  }

  @Test("Without, wrong, for somebody else, expired: 401 with a challenge")
  func refusals() {
    func code(_ token: String?) -> String? {
      let answer = cloud.send(.get, cloud.subscription + "?api-version=2022-12-01", token: token)
      #expect(answer.status == 401)
      #expect(answer.header("WWW-Authenticate")?.hasPrefix("Bearer authorization_uri=") == true)
      return answer.code
    }
    #expect(code(nil) == "AuthenticationFailed")
    #expect(code("no.token.atall") == "InvalidAuthenticationToken")
    #expect(code(cloud.token(audience: "https://vault.azure.net")) == "InvalidAuthenticationTokenAudience")
    let token = cloud.token()
    #expect(cloud.send(.get, cloud.subscription, token: token).status == 200)
    cloud.pass(.seconds(3600))
    #expect(code(token) == "ExpiredAuthenticationToken")
  }

  @Test("Tokens can be made to expire in the middle of everything; a new one is believed")
  func expired() {
    let token = cloud.token()
    cloud.pass(.seconds(2))
    cloud.simulator.inject(.tokensExpired)
    #expect(cloud.send(.get, cloud.subscription, token: token).code == "ExpiredAuthenticationToken")
    #expect(cloud.send(.get, cloud.subscription, token: cloud.token()).status == 200)
  }
}
