import Azure
import FleetModel
import HTTPTypes
import Testing

private let principal = [
  "AZURE_TENANT_ID": directory, "AZURE_CLIENT_ID": "app-1", "AZURE_CLIENT_SECRET": "s&c=r+t /~é",
]

/// A refusal as Entra words it (login.microsoftonline.com, 401).
private func refusal(_ code: Int, _ text: String) -> HTTPReply {
  HTTPReply(
    401,
    """
    {"error":"invalid_client","error_description":"AADSTS\(code): \(text) Trace ID: 0b4b4f43-aaaa-bbbb-cccc-000000000000 \
    Correlation ID: 1c8ae5b4-aaaa-bbbb-cccc-000000000000 Timestamp: 2026-01-02 03:04:05Z","error_codes":[\(code)],
    "timestamp":"2026-01-02 03:04:05Z","trace_id":"0b4b4f43-aaaa-bbbb-cccc-000000000000"}
    """)
}

@Suite("A service principal of the environment")
struct ServicePrincipalTests {
  @Test("sends its secret as a form to its tenant's token endpoint")
  func secretForm() async throws {
    let transport = ScriptedIdentityServer([.token("t1", life: 3599)])
    let clock = SteppedClock()
    let token = try await source(principal, transport, clock: clock).token()
    #expect(token.value == "t1")
    #expect(token.expiresAt == clock.now() + .seconds(3599))
    let sent = try #require(transport.sent.first)
    #expect(transport.sent.count == 1)
    #expect(sent.request.method == .post)
    #expect(sent.url == "https://login.microsoftonline.com/\(directory)/oauth2/v2.0/token")
    #expect(sent.request.headerFields[.contentType] == "application/x-www-form-urlencoded")
    #expect(
      sent.body == "grant_type=client_credentials&client_id=app-1&scope=https%3A%2F%2Fmanagement.azure.com%2F.default"
        + "&client_secret=s%26c%3Dr%2Bt%20%2F~%C3%A9")
  }

  /// Bodies that azure-identity 1.27.0 (msal 1.39.0) posted for the same secret, and for a federated token with a claims
  /// challenge, recorded from the wire.
  @Test("sends what Microsoft's library sends, but for the wish to be told of the account")
  func recordedForms() async throws {
    var recorded = items(
      ofForm: "client_id=app-1&grant_type=client_credentials&client_info=1&client_secret=s%26c%3Dr%2Bt+%2F~%C3%A9"
        + "&scope=https%3A%2F%2Fmanagement.azure.com%2F.default")
    recorded["client_info"] = nil
    let transport = ScriptedIdentityServer([.token("t1")])
    _ = try await source(principal, transport).token()
    #expect(transport.sent.first?.form == recorded)

    let federated = items(
      ofForm: "client_assertion=eyJ.first&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3A"
        + "jwt-bearer&client_id=app-2&grant_type=client_credentials&scope=https%3A%2F%2Fmanagement.azure.com%2F.default"
        + "&claims=%7B%22access_token%22%3A%7B%22nbf%22%3A%7B%22essential%22%3Atrue%7D%7D%7D")
    let folder = try TemporaryFolder()
    let workload = [
      "AZURE_TENANT_ID": directory, "AZURE_CLIENT_ID": "app-2",
      "AZURE_FEDERATED_TOKEN_FILE": try folder.write("token", "eyJ.first"),
    ]
    _ = try await source(workload, transport).token(
      for: arm, claims: "{\"access_token\":{\"nbf\":{\"essential\":true}}}", rejected: nil)
    #expect(transport.sent.last?.form == federated)
  }

  @Test("asks for an audience that ends with a slash by two slashes, as az does")
  func audienceWithSlash() async throws {
    let transport = ScriptedIdentityServer([.token("t1")])
    _ = try await source(principal, transport).token(
      for: "https://management.core.windows.net/", claims: nil, rejected: nil)
    #expect(transport.sent.first?.form["scope"] == "https://management.core.windows.net//.default")
  }

  @Test("asks the authority of its cloud")
  func authority() async throws {
    let transport = ScriptedIdentityServer([.token("t1")])
    _ = try await source(principal, transport, cloud: .china).token()
    #expect(transport.sent.first?.url == "https://login.chinacloudapi.cn/\(directory)/oauth2/v2.0/token")
  }

  @Test("says what AADSTS numbers mean, ends the chain, and leaves trace ids and secrets out")
  func refused() async throws {
    let transport = ScriptedIdentityServer([
      refusal(
        7_000_215, "Invalid client secret provided: s&c=r+t /~é is not it, \\u001b[2Jnor is eyJhbGciOiJQUzI1NiJ9.e30.x."
      )
    ])
    let error = try #require(await source(principal, transport).refusal())
    #expect(error.attempts.map(\.credential) == ["EnvironmentCredential"])
    #expect(error.attempts[0].isFinal)
    #expect(transport.sent.count == 1)
    let text = error.description
    #expect(text.contains("AZURE_CLIENT_SECRET wants the secret's value"))
    #expect(text.contains("AADSTS7000215"))
    for hidden in ["s&c=r+t", "eyJ", "Trace ID", "\u{1b}"] { #expect(!text.contains(hidden), "\(hidden)") }
  }

  @Test(
    "explains the numbers that operators meet",
    arguments: [
      (700_016, "app app-1 is not known in tenant \(directory)"), (90_002, "tenant \(directory) is not known"),
      (700_027, "the certificate is not registered for app app-1"), (7_000_222, "has expired"),
      (50_126, "user name or password is wrong"), (700_024, "this machine's clock"), (53_003, "conditional access"),
      (500_011, "https://management.azure.com is not known in tenant"),
    ])
  func advice(code: Int, expected: String) async {
    let error = await source(principal, ScriptedIdentityServer([refusal(code, "Something.")])).refusal()
    #expect(error?.description.contains(expected) == true)
    #expect(error?.description.contains("AADSTS\(code): Something.") == true)
  }

  @Test("waits out a busy service, by Retry-After, and asks again")
  func busy() async throws {
    let transport = ScriptedIdentityServer([
      HTTPReply(429, "", headers: [.retryAfter: "7"]), HTTPReply(503, "<html>"), .token("t1"),
    ])
    let clock = SteppedClock()
    let begin = clock.now()
    #expect(try await source(principal, transport, clock: clock).token().value == "t1")
    #expect(transport.sent.count == 3)
    #expect(clock.now() - begin == .seconds(7 + 2))
  }

  @Test("that cannot reach its authority is not replaced by another identity")
  func unreachable() async throws {
    let transport = ScriptedIdentityServer { _ throws(TransportFailure) in
      throw TransportFailure(.notSent, "login.microsoftonline.com: the name could not be looked up; check DNS")
    }
    let error = try #require(await source(principal, transport).refusal())
    #expect(error.attempts.count == 1)
    #expect(error.description.contains("login.microsoftonline.com: the name could not be looked up"))
    #expect(transport.sent.count == 3)
  }

  @Test("that is set up by half says what is missing, and the others are asked")
  func incomplete() async throws {
    var environment = principal
    environment["AZURE_TENANT_ID"] = nil
    let transport = ScriptedIdentityServer { _ throws(TransportFailure) in throw TransportFailure(.notSent, "nobody") }
    let error = try #require(await source(environment, transport).refusal())
    #expect(
      error.attempts.map(\.credential) == [
        "EnvironmentCredential", "WorkloadIdentityCredential", "ManagedIdentityCredential", "AzureCliCredential",
      ])
    #expect(error.attempts[0].problem == "AZURE_CLIENT_SECRET is set, but not AZURE_TENANT_ID: set it too")
  }

  @Test("does not take a tenant that would change the URL")
  func hostileTenant() async {
    var environment = principal
    environment["AZURE_TENANT_ID"] = "x/../../evil?"
    let transport = ScriptedIdentityServer([.token("t1")])
    #expect(
      await source(environment, transport).refusal()?.description.contains("neither an id nor a domain name") == true)
    #expect(transport.sent.isEmpty)
  }

  @Test("with a user's password is told to use az")
  func userPassword() async {
    let error = await source(
      [
        "AZURE_USERNAME": "u", "AZURE_PASSWORD": "p", "AZURE_CLIENT_ID": "c",
        "AZURE_TOKEN_CREDENTIALS": "EnvironmentCredential",
      ],
      ScriptedIdentityServer([.token("t1")])
    ).refusal()
    #expect(error?.attempts.first?.problem.contains("is not supported") == true)
  }

  @Test("whose endpoint answers a page instead of a token says so")
  func notAToken() async {
    let error = await source(principal, ScriptedIdentityServer([HTTPReply(200, "<html>login</html>")])).refusal()
    #expect(error?.description.contains("answered something that is no token") == true)
  }
}
