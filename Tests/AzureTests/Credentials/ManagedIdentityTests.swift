import FleetModel
import HTTPTypes
import Testing

@testable import Azure

private let only = ["AZURE_TOKEN_CREDENTIALS": "ManagedIdentityCredential"]

@Suite("The identity of an app of App Service")
struct AppServiceIdentityTests {
  private let environment = [
    "IDENTITY_ENDPOINT": "http://127.0.0.1:41741/msi/token", "IDENTITY_HEADER": "853b9a84-5bfa",
  ]

  /// What azure-identity 1.27.0 (msal 1.39) sent to such an endpoint, recorded from the wire: the target's query and
  /// those headers that an identity endpoint looks at.
  @Test("is asked for as azure-identity asks", arguments: [nil, "cid"])
  func wire(client: String?) async throws {
    let recorded =
      client == nil
      ? "/msi/token?api-version=2019-08-01&resource=https://management.azure.com"
      : "/msi/token?api-version=2019-08-01&resource=https://management.azure.com&client_id=cid"
    var environment = environment
    environment["AZURE_CLIENT_ID"] = client
    let transport = ScriptedIdentityServer([
      HTTPReply(
        200,
        """
        {"access_token":"t1","expires_on":"1700086400","resource":"https://management.azure.com","token_type":"Bearer"}
        """)
    ])
    let token = try await source(environment, transport).token()
    #expect(token.value == "t1")
    #expect(token.expiresAt == Instant(seconds: 1_700_086_400))
    // A day long: renewed half-way.
    #expect(token.refreshAt == Instant(seconds: 1_700_043_200))
    let sent = try #require(transport.sent.first)
    #expect(transport.sent.count == 1)
    #expect(sent.request.method == .get)
    #expect(sent.request.authority == "127.0.0.1:41741")
    #expect(sent.request.path == recorded)
    #expect(sent.request.headerFields[.identityHeader] == "853b9a84-5bfa")
    #expect(sent.request.headerFields[.metadata] == "true")
    #expect(sent.body.isEmpty)
  }

  @Test("that is not assigned ends the chain, and the header is not shown")
  func refused() async throws {
    let transport = ScriptedIdentityServer([
      HTTPReply(400, "{\"statusCode\":400,\"message\":\"No User Assigned found for 853b9a84-5bfa.\"}")
    ])
    let error = try #require(await source(environment, transport).refusal())
    #expect(error.attempts.last?.credential == "ManagedIdentityCredential")
    #expect(error.description.contains("HTTP 400: No User Assigned found for (secret)."))
    #expect(error.description.contains("assign a managed identity to this app"))
  }
}

@Suite("The identity of a virtual machine")
struct InstanceMetadataTests {
  private let probeAnswer = HTTPReply(
    400, "{\"error\":\"invalid_request\",\"error_description\":\"Required metadata header not specified\"}")
  private let answer = HTTPReply(
    200,
    """
    {"access_token":"t1","client_id":"x","expires_in":"86399","expires_on":"1","resource":"https://management.azure.com",\
    "token_type":"Bearer"}
    """)

  @Test("is probed for one second without the header, then asked")
  func probed() async throws {
    let transport = ScriptedIdentityServer([probeAnswer, answer])
    let clock = SteppedClock()
    let token = try await source([:], transport, clock: clock).token()
    // The life in seconds counts, whatever the other clock says.
    #expect(token.expiresAt == clock.now() + .seconds(86399))
    #expect(transport.sent.count == 2)
    let url = "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=\(arm)"
    #expect(transport.sent.map(\.url) == [url, url])
    #expect(transport.sent.map { $0.request.headerFields[.metadata] } == [nil, "true"])
    #expect(transport.sent[0].timeout == .seconds(1))
  }

  @Test("is not probed where it is the only credential, and picks a user-assigned one by AZURE_CLIENT_ID")
  func unprobed() async throws {
    let transport = ScriptedIdentityServer([answer])
    _ = try await source(only.merging(["AZURE_CLIENT_ID": "c-1"]) { $1 }, transport).token()
    #expect(transport.sent.count == 1)
    #expect(transport.sent[0].request.path?.hasSuffix("&client_id=c-1") == true)
  }

  @Test("that nothing answers for is passed over")
  func absent() async throws {
    let transport = ScriptedIdentityServer { _ throws(TransportFailure) in throw TransportFailure(.notSent, "no route")
    }
    let error = try #require(await source([:], transport).refusal())
    #expect(error.attempts.last?.credential == "AzureCliCredential")
    #expect(error.attempts[2].problem.contains("no Azure machine"))
    #expect(transport.sent.count == 1)
  }

  @Test("of another cloud's machine is passed over")
  func otherCloud() async throws {
    let transport = ScriptedIdentityServer([HTTPReply(404, "<html>Not Found</html>")])
    let error = try #require(await source([:], transport).refusal())
    #expect(error.attempts.count == 4)
    #expect(transport.sent.count == 1)
  }

  @Test("that is not assigned is passed over, as the operator may be signed in")
  func unassigned() async throws {
    let transport = ScriptedIdentityServer([
      probeAnswer, HTTPReply(400, "{\"error\":\"invalid_request\",\"error_description\":\"Identity not found\"}"),
    ])
    let error = try #require(await source([:], transport).refusal())
    #expect(error.attempts.count == 4)
    #expect(error.attempts[2].problem.contains("is not assigned to this machine (HTTP 400: Identity not found)"))
  }

  @Test("is waited for while the service is updated, up to 75 s")
  func gone() async throws {
    let transport = ScriptedIdentityServer([410, 410, 410, 410, 410].map { HTTPReply($0, "") } + [answer])
    let clock = SteppedClock()
    let begin = clock.now()
    #expect(try await source(only, transport, clock: clock).token().value == "t1")
    #expect(clock.now() - begin == .seconds(75))
  }

  @Test("is asked five times more at 404, 429 and 5xx, and then given up")
  func busy() async throws {
    let transport = ScriptedIdentityServer([HTTPReply(404, ""), HTTPReply(429, ""), HTTPReply(500, "")])
    let clock = SteppedClock()
    let begin = clock.now()
    let error = try #require(await source(only, transport, clock: clock).refusal())
    #expect(transport.sent.count == 6)
    #expect(clock.now() - begin == .seconds(24))
    #expect(error.attempts[0].isFinal)
  }
}

@Suite("The identity of an Arc machine")
struct ArcIdentityTests {
  private let folder: TemporaryFolder
  private let clock = SteppedClock()
  init() throws { folder = try TemporaryFolder() }

  private func credential(_ transport: ScriptedIdentityServer, client: String? = nil) -> ManagedIdentityCredential {
    var environment = [
      "IDENTITY_ENDPOINT": "http://localhost:40342/metadata/identity/oauth2/token",
      "IMDS_ENDPOINT": "http://localhost:40342",
    ]
    environment["AZURE_CLIENT_ID"] = client
    return ManagedIdentityCredential(
      environment: environment, transport: transport, clock: clock, isOnlyOne: true,
      arc: .init(agent: "/nonexistent", tokens: folder.path))
  }

  private func challenge(_ path: String) -> HTTPReply {
    HTTPReply(status: 401, headers: [.wwwAuthenticate: "Basic realm=\(path)"])
  }

  private func refusal(_ transport: ScriptedIdentityServer, client: String? = nil) async -> CredentialError.Attempt? {
    do {
      _ = try await credential(transport, client: client).token(TokenDemand(resource: arm))
      return nil
    } catch {
      return error
    }
  }

  @Test("is proved by the file that the agent names")
  func challenged() async throws {
    let path = try folder.write("a.key", "c2VjcmV0\n")
    let transport = ScriptedIdentityServer([challenge(path), .token("t1")])
    #expect(try await credential(transport).token(TokenDemand(resource: arm)).value == "t1")
    #expect(
      transport.sent.map(\.request.path)
        == Array(
          repeating: "/metadata/identity/oauth2/token?api-version=2020-06-01&resource=https://management.azure.com",
          count: 2))
    #expect(transport.sent.map { $0.request.headerFields[.authorization] } == [nil, "Basic c2VjcmV0"])
    #expect(transport.sent.allSatisfy { $0.request.headerFields[.metadata] == "true" })
  }

  @Test("reads no file but a small .key file of the agent's own folder")
  func hostile() async throws {
    let good = try folder.write("big.key", String(repeating: "x", count: 4097))
    let other = try TemporaryFolder()
    let outside = try other.write("a.key", "azlinplanted")
    try folder.write("a.txt", "azlinplanted")
    for (path, expected) in [
      (good, "longer than 4096 bytes"), (outside, "outside of"), (folder.path + "/a.txt", "outside of"),
      (folder.path + "/../" + (outside.split(separator: "/").dropFirst().joined(separator: "/")), "outside of"),
      (folder.path + "/none.key", "no such file"),
    ] {
      let transport = ScriptedIdentityServer([challenge(path), .token("t1")])
      let problem = try #require(await refusal(transport)).problem
      #expect(problem.contains(expected), "\(problem)")
      #expect(transport.sent.count == 1)
    }
  }

  @Test("is refused where the agent answers for another identity than the one asked for")
  func otherIdentity() async throws {
    let path = try folder.write("a.key", "k")
    let transport = ScriptedIdentityServer([challenge(path), .token("t1")])
    #expect(await refusal(transport, client: "c-1")?.problem.contains("did not answer for identity c-1") == true)
    let right = ScriptedIdentityServer([
      challenge(path), HTTPReply(200, "{\"access_token\":\"t\",\"expires_in\":\"60\",\"client_id\":\"C-1\"}"),
    ])
    #expect(await refusal(right, client: "c-1") == nil)
  }
}
