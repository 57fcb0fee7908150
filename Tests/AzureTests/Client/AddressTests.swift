import Autopilot
import Azure
import FleetModel
import HTTPTypes
import Testing

@Suite("Addresses")
struct AddressTests {
  @Test(
    "A URL on another host, scheme or port is refused, and no token leaves",
    arguments: [
      "https://evil.example/subscriptions?x=1", "http://management.azure.com/subscriptions",
      "https://management.azure.com:8443/subscriptions", "https://management.azure.com.evil.example/",
      "https://management.azure.com@evil.example/", "https://evil.example/https://management.azure.com/",
      "//evil.example/x", "ftp://management.azure.com/x", "https://management.azure.com\\@evil.example/", "x",
      "https://management.azure.com/a b", "/x\r\nHost: evil.example",
    ])
  func foreign(_ url: String) async throws {
    let bench = ClientBench(HTTPReply(200))
    let error = try await #require(throws: AzureError.self) { try await bench.client.call(ARMRequest(.get, url)) }
    #expect(error.kind == .unreadable)
    #expect(bench.transport.sent.isEmpty)
    #expect(bench.tokens.asked.isEmpty)
  }

  @Test(
    "A URL on the cloud's own host is used word for word",
    arguments: [
      "https://management.azure.com/next?api-version=2024-07-01&$skiptoken=a%2Fb%20c",
      "https://MANAGEMENT.azure.com:443/next?x=%7e", "https://management.azure.com/op%2fx",
    ])
  func own(_ url: String) async throws {
    let bench = ClientBench(HTTPReply(200))
    _ = try await bench.client.call(ARMRequest(.get, url))
    let request = try #require(bench.transport.sent.first?.request)
    #expect(url.hasSuffix(try #require(request.path)))
    #expect(request.authority == "management.azure.com" || request.authority == "management.azure.com:443")
  }

  @Test("A list whose next page is elsewhere fails, and the token does not go there")
  func nextLink() async throws {
    let bench = ClientBench(HTTPReply(200, "{\"value\":[],\"nextLink\":\"https://evil.example/page2\"}"))
    let session = AzureSession(
      caller: bench.client, scope: AzureScope(), ledger: MemoryOperationLedger(), clock: bench.clock)
    let path = try #require(ResourcePath(vmID("a")))
    let error = try await #require(throws: AzureError.self) {
      try await session.control.activity(of: path, from: bench.clock.now() - .hours(1))
    }
    #expect(error.sentence.contains("evil.example"))
    #expect(bench.transport.sent.count == 1)
  }

  @Test("An operation whose URL is elsewhere is not asked there")
  func operation() async throws {
    let bench = ClientBench(
      HTTPReply(
        202, "", [("Azure-AsyncOperation", "https://evil.example/op"), ("Location", "https://evil.example/l")]),
      HTTPReply(200, "{\"properties\":{\"provisioningState\":\"Updating\"}}"),
      HTTPReply(200, "{\"properties\":{\"provisioningState\":\"Succeeded\"}}"))
    let operation = try await bench.client.begin(ClientBench.order())
    _ = try await bench.client.finish(operation, deadline: bench.clock.now() + .minutes(5))
    #expect(bench.transport.lines == ["POST \(vmID("a"))/restart", "GET \(vmID("a"))", "GET \(vmID("a"))"])
    #expect(bench.transport.sent.allSatisfy { $0.request.authority == "management.azure.com" })
  }

  @Test("Metrics go to the region's host of the same cloud only with that service's audience")
  func metrics() async throws {
    let bench = ClientBench(HTTPReply(200))
    let url = "https://westus2.metrics.monitor.azure.com/subscriptions/s/metrics:getBatch"
    _ = try await bench.client.call(ARMRequest(.post, url, audience: "https://metrics.monitor.azure.com"))
    #expect(bench.tokens.asked.map(\.resource) == ["https://metrics.monitor.azure.com"])
    let refused: [(String, String?)] = [
      (url, nil), (url, "https://evil.example"),
      ("https://evilmetrics.monitor.azure.com.x/", "https://metrics.monitor.azure.com"),
      ("http://a.metrics.monitor.azure.com/", "https://metrics.monitor.azure.com"),
    ]
    for (url, audience) in refused {
      await #expect(throws: AzureError.self) { try await bench.client.call(ARMRequest(.post, url, audience: audience)) }
    }
    #expect(bench.transport.sent.count == 1)
  }

  @Test("A local endpoint with a port, over http, is its own host and nothing else")
  func local() async throws {
    let cloud = Cloud(
      name: "local", resourceManager: "http://127.0.0.1:8181", authority: "http://127.0.0.1:8181", audience: "x",
      metricsSuffix: "")
    let transport = ScriptedTransport(HTTPReply(200))
    let client = ARMClient(cloud: cloud, transport: transport, tokens: CountingTokens(), clock: SteppedClock())
    _ = try await client.call(ARMRequest(.get, "http://127.0.0.1:8181/next?a=b"))
    _ = try await client.call(ARMRequest(.get, "/subscriptions", version: "1"))
    #expect(transport.sent.map(\.request.authority) == ["127.0.0.1:8181", "127.0.0.1:8181"])
    #expect(transport.sent.map(\.request.scheme) == ["http", "http"])
    #expect(transport.sent.map(\.request.path) == ["/next?a=b", "/subscriptions?api-version=1"])
    await #expect(throws: AzureError.self) { try await client.call(ARMRequest(.get, "http://127.0.0.1:8182/x")) }
  }
}
