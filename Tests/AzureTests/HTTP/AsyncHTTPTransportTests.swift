import FleetModel
import HTTPTypes
import NIOCore
import NIOPosix
import Testing

@testable import Azure

private func get(_ authority: String, _ path: String = "/", scheme: String = "http") -> HTTPRequest {
  HTTPRequest(method: .get, scheme: scheme, authority: authority, path: path)
}

extension AsyncHTTPTransport {
  /// Why a request got no answer; nil: it got one.
  func failure(
    _ request: HTTPRequest, body: [UInt8] = [], timeout: Duration = .seconds(20)
  ) async -> TransportFailure? {
    do {
      _ = try await send(request, body: body, timeout: timeout)
      return nil
    } catch {
      return error
    }
  }

  /// The status of an answer.
  func status(_ request: HTTPRequest) async throws -> Int {
    try await send(request, body: [], timeout: .seconds(20)).status
  }

  /// One for a test, shut down after it.
  static func using<Value>(
    _ environment: [String: String] = [:], bodyLimit: Int = AsyncHTTPTransport.bodyLimit,
    _ body: (AsyncHTTPTransport) async throws -> Value
  ) async throws -> Value {
    let transport = try AsyncHTTPTransport(environment: environment, bodyLimit: bodyLimit)
    do {
      let value = try await body(transport)
      await transport.shutdown()
      return value
    } catch {
      await transport.shutdown()
      throw error
    }
  }
}

@Suite("The HTTP transport", .timeLimit(.minutes(1)))
struct AsyncHTTPTransportTests {
  @Test("sends target, headers and body word for word, and brings the whole answer")
  func exchange() async throws {
    let server = try await LoopbackServer.start { _ in
      .answer(202, [("X-Two", "a"), ("X-Two", "b"), ("Retry-After", "7")], Array("{}".utf8))
    }
    let target =
      "/subscriptions/a%2Fb/resourceGroups/R%20G?api-version=2024-07-01&$skiptoken=%7B%22a%22%3A1%7D&t=x%2By~z'(1)*;c,d!"
    var request = HTTPRequest(
      method: .post, scheme: "http", authority: server.authority, path: target)
    request.headerFields[.authorization] = "Bearer t"
    request.headerFields[try #require(HTTPField.Name("X-IDENTITY-HEADER"))] = "h"
    try await AsyncHTTPTransport.using { transport in
      let reply = try await transport.send(request, body: Array("{\"a\":1}".utf8), timeout: .seconds(20))
      #expect(reply.status == 202)
      #expect(reply.headers[values: try #require(HTTPField.Name("x-two"))] == ["a", "b"])
      #expect(reply.headers[.retryAfter] == "7")
      #expect(reply.body == Array("{}".utf8))
    }
    let received = try #require(server.received.first)
    #expect(received.head.uri == target)
    #expect(received.head.method == .POST)
    #expect(received.body == Array("{\"a\":1}".utf8))
    #expect(received.head.headers["authorization"] == ["Bearer t"])
    #expect(received.head.headers["host"] == [server.authority])
    #expect(received.head.headers["content-length"] == ["7"])
    #expect(received.head.headers.contains { $0.name == "X-IDENTITY-HEADER" && $0.value == "h" })
    await server.stop()
  }

  @Test("sends an empty POST with its length, which Azure asks for")
  func emptyPost() async throws {
    let server = try await LoopbackServer.start { _ in .answer(202) }
    try await AsyncHTTPTransport.using { transport in
      _ = try await transport.send(
        HTTPRequest(method: .post, scheme: "http", authority: server.authority, path: "/restart"), body: [],
        timeout: .seconds(20))
    }
    #expect(server.received.first?.head.headers["content-length"] == ["0"])
    await server.stop()
  }

  @Test("follows no redirect, retries no error, and keeps its connection")
  func plain() async throws {
    let server = try await LoopbackServer.start { received in
      received.head.uri == "/moved" ? .answer(302, [("location", "/elsewhere")]) : .answer(503)
    }
    try await AsyncHTTPTransport.using { transport in
      let statuses = [
        try await transport.status(get(server.authority, "/moved")), try await transport.status(get(server.authority)),
      ]
      #expect(statuses == [302, 503])
    }
    #expect(server.received.count == 2)
    #expect(server.connections == 1)
    await server.stop()
  }

  @Test("unpacks gzip, and no more of it than its limit")
  func gzip() async throws {
    // gzip of 1 MiB of zeros; and of `[1,2,3]`.
    let server = try await LoopbackServer.start { received in
      .answer(200, [("content-encoding", "gzip")], received.head.uri == "/bomb" ? zippedZeros : zippedList)
    }
    try await AsyncHTTPTransport.using(bodyLimit: 100_000) { transport in
      let reply = try await transport.send(get(server.authority), body: [], timeout: .seconds(20))
      #expect(String(decoding: reply.body, as: UTF8.self) == "[1,2,3]")
      #expect(reply.headers[.contentEncoding] == nil)
      #expect(await transport.failure(get(server.authority, "/bomb"))?.kind == .lost)
    }
    #expect(server.received.first?.head.headers["accept-encoding"] == ["gzip"])
    await server.stop()
  }

  @Test("refuses an answer that is too long")
  func tooLong() async throws {
    let server = try await LoopbackServer.start { _ in .answer(200, [], [UInt8](repeating: 0x20, count: 2 << 20)) }
    try await AsyncHTTPTransport.using(bodyLimit: 1 << 20) { transport in
      let failure = await transport.failure(get(server.authority))
      #expect(failure?.kind == .lost)
      #expect(failure?.description.contains("and was thrown away") == true)
    }
    await server.stop()
  }

  @Test(
    "does not know what became of a request that was sent and not answered", arguments: ["/close", "/half", "/wait"])
  func lost(path: String) async throws {
    let server = try await LoopbackServer.start { received in
      switch received.head.uri {
      case "/close": .close
      case "/half": .breakOff
      default: .silence
      }
    }
    try await AsyncHTTPTransport.using { transport in
      let request = HTTPRequest(method: .post, scheme: "http", authority: server.authority, path: path)
      let failure = try #require(
        await transport.failure(request, timeout: path == "/wait" ? .milliseconds(300) : .seconds(20)))
      #expect(failure.kind == .lost)
      #expect(failure.description.hasPrefix(server.authority + ": "))
      if path == "/wait" { #expect(failure.description.contains("no complete answer within 300ms")) }
    }
    #expect(server.received.count == 1)
    await server.stop()
  }

  @Test("knows that a request was not sent where nothing listens or no name is found")
  func notSent() async throws {
    let server = try await LoopbackServer.start { _ in .silence }
    let port = server.port
    await server.stop()
    try await AsyncHTTPTransport.using { transport in
      let refused = await transport.failure(get("127.0.0.1:\(port)"))
      #expect(refused?.kind == .notSent)
      #expect(refused?.description.contains("127.0.0.1:\(port): nothing listens there") == true)
      let unknown = await transport.failure(get("management.azure.invalid", scheme: "https"))
      #expect(unknown?.kind == .notSent)
      #expect(
        unknown?.description.hasPrefix("management.azure.invalid: the name could not be looked up; check DNS") == true)
    }
  }

  @Test("knows that a request was not sent where no connection came about in time")
  func connectTimeout() async throws {
    try await AsyncHTTPTransport.using { transport in
      // TLS is spoken to a server that never says anything back.
      let deaf = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .bind(host: "127.0.0.1", port: 0).get()
      let failure = await transport.failure(
        get("127.0.0.1:\(deaf.localAddress?.port ?? 0)", scheme: "https"), timeout: .milliseconds(300))
      #expect(failure?.kind == .notSent)
      #expect(failure?.description.contains("no connection within 300ms") == true)
      try await deaf.close()
    }
  }

  @Test("ends at once when nobody wants the answer any more")
  func cancelled() async throws {
    let server = try await LoopbackServer.start { _ in .silence }
    try await AsyncHTTPTransport.using { transport in
      let task = Task { await transport.failure(get(server.authority), timeout: .seconds(3600)) }
      while server.received.isEmpty { await Task.yield() }
      task.cancel()
      #expect(await task.value?.kind == .cancelled)
    }
    await server.stop()
  }

  @Test("sends more than eight requests to a host at a time")
  func parallel() async throws {
    let server = try await LoopbackServer.start { _ in .silence }
    try await AsyncHTTPTransport.using { transport in
      let tasks = (0..<40).map { _ in Task { await transport.failure(get(server.authority), timeout: .seconds(3600)) } }
      while server.received.count < 40 { await Task.yield() }
      #expect(server.connections == 40)
      for task in tasks { task.cancel() }
      for task in tasks { _ = await task.value }
    }
    await server.stop()
  }

  @Test(
    "sends nothing unprotected to another machine",
    arguments: [
      "management.azure.com", "127.0.0.1.evil.org", "10.0.0.1", "localhost.evil.org", "169.255.0.1", "1270.0.0.1",
    ])
  func plainHTTP(host: String) async throws {
    try await AsyncHTTPTransport.using { transport in
      let failure = await transport.failure(get(host))
      #expect(failure?.kind == .notSent)
      #expect(failure?.description.contains("unprotected over plain http") == true)
    }
  }

  @Test("takes plain http for this machine's own addresses")
  func local() {
    for host in ["localhost", "127.9.9.9", "::1", "169.254.169.254", "169.254.130.4"] {
      #expect(HTTPTarget.isLocal(host), "\(host)")
    }
    for host in ["::2", "fe80::1", "168.254.169.254", ""] { #expect(!HTTPTarget.isLocal(host), "\(host)") }
  }

  @Test("does not send to what is no address", arguments: ["", "user@host", "a b", "host:0", "host:x", "[::1", "a/b"])
  func malformed(authority: String) async throws {
    try await AsyncHTTPTransport.using { transport in
      #expect(await transport.failure(get(authority, scheme: "https"))?.kind == .notSent)
    }
  }

  @Test("says that it is ending after it was shut down")
  func ended() async throws {
    let transport = try AsyncHTTPTransport(environment: [:])
    await transport.shutdown()
    let failure = await transport.failure(get("127.0.0.1:1"))
    #expect(failure == TransportFailure(.notSent, "127.0.0.1:1: azlin is ending"))
    await transport.shutdown()
  }
}

/// gzip of `[1,2,3]`.
private let zippedList: [UInt8] = [
  0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x8b, 0x36, 0xd4, 0x31, 0xd2, 0x31, 0x8e, 0x05, 0x00,
  0xe9, 0xb3, 0x6d, 0xfd, 0x07, 0x00, 0x00, 0x00,
]

/// gzip of 1 MiB of zeros.
private let zippedZeros: [UInt8] =
  [
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xed, 0xc1, 0x31, 0x01, 0x00, 0x00, 0x00, 0xc2, 0xa0,
    0xf5, 0x4f, 0x6d, 0x08, 0x5f, 0xa0,
  ] + [UInt8](repeating: 0, count: 1016)
  + [
    0x3e, 0x03, 0x1c, 0xea, 0x38, 0xa7, 0x00, 0x00, 0x10, 0x00,
  ]
