import Azure
import FleetModel
import HTTPTypes
import Testing

@Suite("Retries")
struct RetryTests {
  private static func elapsed(_ bench: ClientBench, _ request: ARMRequest) async throws -> Int64 {
    let start = bench.clock.now()
    _ = try await bench.client.call(request)
    return (bench.clock.now() - start).milliseconds
  }

  @Test("A read is repeated after what may pass, with growing pauses", arguments: [408, 429, 500, 502, 503, 504])
  func reads(_ status: Int) async throws {
    let bench = ClientBench(HTTPReply(status), HTTPReply(status), HTTPReply(200, "{}"))
    let waited = try await Self.elapsed(bench, ClientBench.read)
    #expect(bench.transport.sent.count == 3)
    // 0.8 s and 1.6 s, each by a fifth more or less.
    #expect((1920...2880).contains(waited))
    #expect(bench.client.counters().repeated == 2)
  }

  @Test("A read whose answer was lost is repeated; so is a query by POST")
  func lostReads() async throws {
    for request in [ClientBench.read, InventoryQuery.request("resources", scope: AzureScope(), skipToken: nil)] {
      let bench = ClientBench(
        ScriptedTransport { _, number throws(TransportFailure) in
          if number == 0 { throw TransportFailure(.lost, "the connection was closed") }
          return HTTPReply(200, "{}")
        })
      _ = try await bench.client.call(request)
      #expect(bench.transport.sent.count == 2)
    }
  }

  @Test(
    "An order is never sent a second time where the first may have arrived",
    arguments: [HTTPRequest.Method.post, .put, .patch, .delete], [0, 408, 500, 502, 503, 504])
  func orders(_ method: HTTPRequest.Method, _ status: Int) async throws {
    let bench = ClientBench(
      ScriptedTransport { _, _ throws(TransportFailure) in
        if status == 0 { throw TransportFailure(.lost, "no answer in 60 s") }
        return HTTPReply(status)
      })
    let error = try await #require(throws: AzureError.self) { try await bench.client.begin(ClientBench.order(method)) }
    #expect(bench.transport.sent.count == 1)
    #expect(error.kind == (status == 0 ? .lost : .serverFault))
    #expect(error.status == status)
  }

  @Test("An order is sent again where it was refused for load, or never left", arguments: [0, 429])
  func unsent(_ status: Int) async throws {
    let bench = ClientBench(
      ScriptedTransport { _, number throws(TransportFailure) in
        guard number == 0 else { return HTTPReply(200) }
        if status == 0 { throw TransportFailure(.notSent, "connection refused") }
        return HTTPReply(status)
      })
    #expect(try await bench.client.begin(ClientBench.order()).isDone)
    #expect(bench.transport.sent.count == 2)
  }

  @Test("What will not pass is told at once", arguments: [400, 403, 404, 409, 412])
  func final(_ status: Int) async throws {
    let bench = ClientBench(HTTPReply(status))
    await #expect(throws: AzureError.self) { try await bench.client.call(ClientBench.read) }
    #expect(bench.transport.sent.count == 1)
  }

  private static let waits: [([(String, String)], Int64)] = [
    ([("Retry-After", "7")], 7000), ([("retry-after-ms", "250")], 250), ([("x-ms-retry-after-ms", "1500")], 1500),
    ([("Retry-After", "7"), ("x-ms-retry-after-ms", "40")], 40),
    // The service's clock is ten minutes before ours: only the difference of its own two words counts.
    ([("Retry-After", "Tue, 14 Nov 2023 22:23:29 GMT"), ("Date", "Tue, 14 Nov 2023 22:23:20 GMT")], 9000),
    ([("Retry-After", "Tue, 14 Nov 2023 22:13:25 GMT")], 5000),
  ]

  @Test("The service's word on when to come back goes before our own, milliseconds first", arguments: waits)
  func asked(_ fields: [(String, String)], _ milliseconds: Int64) async throws {
    for status in [429, 503] {
      let bench = ClientBench(HTTPReply(status, "", fields), HTTPReply(200))
      #expect(try await Self.elapsed(bench, ClientBench.read) == milliseconds)
    }
  }

  @Test("A wait that a service states only in words is kept too")
  func words() async throws {
    let body =
      "{\"error\":{\"code\":\"SubscriptionRequestsThrottled\",\"message\":\"Please try again after '6' seconds.\"}}"
    let bench = ClientBench(HTTPReply(429, body), HTTPReply(200))
    #expect(try await Self.elapsed(bench, ClientBench.read) == 6000)
  }

  @Test("A wait beyond the call's time is not begun, and its end is told")
  func tooLong() async throws {
    let bench = ClientBench(HTTPReply(429, "", [("Retry-After", "1000")]))
    let start = bench.clock.now()
    let error = try await #require(throws: AzureError.self) { try await bench.client.call(ClientBench.read) }
    #expect(error.kind == .throttled(until: start + .seconds(1000)))
    #expect(bench.clock.now() == start)
    #expect(error.sentence.contains("Try again after 2023-11-14T22:30:00Z"))
    // Others do not run into the same wall.
    await #expect(throws: AzureError.self) { try await bench.client.call(ClientBench.read) }
    #expect(bench.transport.sent.count == 1)
  }

  @Test("Patience ends after two minutes, or when the request says")
  func patience() async throws {
    let bench = ClientBench(HTTPReply(503))
    let start = bench.clock.now()
    let error = try await #require(throws: AzureError.self) { try await bench.client.call(ClientBench.read) }
    #expect(error.kind == .serverFault)
    #expect(bench.clock.now() - start <= .minutes(2))
    #expect((5...9).contains(bench.transport.sent.count))
    var hurried = ClientBench.read
    hurried.notAfter = bench.clock.now()
    let count = bench.transport.sent.count
    await #expect(throws: AzureError.self) { try await bench.client.call(hurried) }
    #expect(bench.transport.sent.count == count + 1)
  }

  @Test("A server that says Retry-After: 0 for ever is not hammered")
  func zero() async throws {
    let bench = ClientBench(HTTPReply(503, "", [("Retry-After", "0")]))
    await #expect(throws: AzureError.self) { try await bench.client.call(ClientBench.read) }
    #expect(bench.transport.sent.count < 10)
  }

  @Test("Azure out of reach is told as that, and nothing has happened")
  func unreachable() async throws {
    let bench = ClientBench(
      ScriptedTransport { _, _ throws(TransportFailure) in throw TransportFailure(.notSent, "no such host") })
    let error = try await #require(throws: AzureError.self) { try await bench.client.call(ClientBench.order()) }
    #expect(error.kind == .unreachable)
    #expect(error.sentence.contains("no such host"))
  }

  @Test("The same seed gives the same pauses, another seed others")
  func seeds() async throws {
    func wait(_ seed: UInt64) async throws -> Int64 {
      let transport = ScriptedTransport(HTTPReply(500), HTTPReply(200))
      return try await Self.elapsed(ClientBench(transport, seed: seed), ClientBench.read)
    }
    #expect(try await wait(1) == wait(1))
    #expect(try await wait(1) != wait(2))
  }

  @Test("A cancelled task sends nothing more")
  func cancelled() async throws {
    let bench = ClientBench(HTTPReply(503))
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try await bench.client.call(ClientBench.read)
    }
    let error = try await #require(throws: AzureError.self) { try await task.value }
    #expect(error.kind == .cancelled)
    #expect(bench.transport.sent.isEmpty)
  }
}
