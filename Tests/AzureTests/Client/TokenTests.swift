import Azure
import FleetModel
import HTTPTypes
import Testing

@Suite("Tokens")
struct TokenTests {
  private static let expired = HTTPReply(
    401,
    "{\"error\":{\"code\":\"ExpiredAuthenticationToken\",\"message\":\"The access token expiry UTC time is earlier.\"}}",
    [("WWW-Authenticate", "Bearer authorization_uri=\"https://login.microsoftonline.com/t\", error=\"invalid_token\"")])

  @Test("A token that is refused is fetched anew once, and the call repeated, whatever it asks for")
  func refreshed() async throws {
    for request in [ClientBench.read, ClientBench.order()] {
      let bench = ClientBench(Self.expired, HTTPReply(200))
      _ = try await bench.client.call(request)
      #expect(bench.transport.sent.map(\.authorization) == ["Bearer token-1", "Bearer token-2"])
      #expect(bench.tokens.asked.map(\.rejected) == [nil, "token-1"])
      #expect(bench.tokens.asked.map(\.resource) == Array(repeating: "https://management.azure.com", count: 2))
    }
  }

  @Test("A fresh token that is refused too ends it")
  func refused() async throws {
    let bench = ClientBench(Self.expired)
    let error = try await #require(throws: AzureError.self) { try await bench.client.call(ClientBench.read) }
    #expect(error.kind == .unauthorized)
    #expect(error.code == "ExpiredAuthenticationToken")
    #expect(bench.transport.sent.count == 2)
    #expect(!"\(error)".contains("token-"))
  }

  @Test(
    "The claims of a CAE challenge go to the token request, decoded, from either alphabet of base64",
    arguments: [
      "eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZSwgInZhbHVlIjoiMTYwMzc0MjgwMCJ9fX0=",
      "eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZSwgInZhbHVlIjoiMTYwMzc0MjgwMCJ9fX0",
    ])
  func claims(_ encoded: String) async throws {
    let challenge = HTTPReply(
      401, "", [("WWW-Authenticate", "Bearer realm=\"\", error=\"insufficient_claims\", claims=\"\(encoded)\"")])
    let bench = ClientBench(challenge, HTTPReply(200))
    _ = try await bench.client.call(ClientBench.read)
    #expect(
      bench.tokens.asked.map(\.claims)
        == [nil, "{\"access_token\":{\"nbf\":{\"essential\":true, \"value\":\"1603742800\"}}}"])
    #expect(bench.transport.sent.map(\.authorization) == ["Bearer token-1", "Bearer token-2"])
  }

  @Test("A challenge that is made again ends it")
  func challengedTwice() async throws {
    let challenge = HTTPReply(401, "", [("WWW-Authenticate", "Bearer claims=\"e30=\"")])
    let bench = ClientBench(challenge)
    let error = try await #require(throws: AzureError.self) { try await bench.client.call(ClientBench.read) }
    #expect(error.kind == .unauthorized)
    #expect(bench.transport.sent.count == 2)
  }

  @Test("A token that ends in the middle of an operation is replaced, and the operation seen to its end")
  func middle() async throws {
    let bench = ClientBench(
      HTTPReply(202, "", [("Azure-AsyncOperation", "https://management.azure.com/op?p=1")]),
      HTTPReply(200, "{\"status\":\"InProgress\"}"), Self.expired, HTTPReply(200, "{\"status\":\"Succeeded\"}"))
    let operation = try await bench.client.begin(ClientBench.order())
    _ = try await bench.client.finish(operation, deadline: bench.clock.now() + .minutes(5))
    #expect(
      bench.transport.sent.map(\.authorization)
        == ["Bearer token-1", "Bearer token-1", "Bearer token-1", "Bearer token-2"])
    #expect(bench.transport.lines.filter { $0.hasPrefix("POST") }.count == 1)
  }

  @Test("Without any credential the error names each and what it needs")
  func none() async throws {
    let transport = ScriptedTransport(HTTPReply(200))
    let client = ARMClient(cloud: .publicCloud, transport: transport, tokens: NoTokens(), clock: SteppedClock())
    let error = try await #require(throws: AzureError.self) { try await client.call(ClientBench.read) }
    #expect(transport.sent.isEmpty)
    guard case .credentials = error.kind else {
      Issue.record("\(error.kind)")
      return
    }
    #expect(error.sentence.contains("EnvironmentCredential: AZURE_CLIENT_ID is not set"))
    #expect(error.sentence.contains("AzureCliCredential: run az login"))
  }

  @Test("A try is logged in one line, without token, query, body or signature")
  func log() async throws {
    let bench = ClientBench(
      HTTPReply(503, "{\"secret\":\"azlinplanted-answer\"}", [("x-ms-request-id", "r-1")]),
      HTTPReply(200, "azlinplanted-answer"))
    var request = ARMRequest(
      .get, "https://management.azure.com/subscriptions/s/x?t=1&sig=azlinplanted-query",
      query: [.init("q", "azlinplanted-query")])
    request.headers[.ifMatch] = "azlinplanted-header"
    _ = try await bench.client.call(request)
    let lines = bench.lines.all
    #expect(lines.count == 2)
    #expect(lines[0].hasPrefix("GET /subscriptions/s/x: 503 after "))
    #expect(lines[0].contains("request r-1"))
    #expect(lines[1].contains("try 2"))
    for line in lines {
      for secret in ["token-", "azlinplanted-query", "azlinplanted-answer", "azlinplanted-header", "Bearer", "?"] {
        #expect(!line.contains(secret))
      }
    }
  }
}
