import Autopilot
import Azure
import FleetModel
import Foundation
import HTTPTypes
import Testing

private let status =
  "https://management.azure.com/subscriptions/s/providers/Microsoft.Compute/locations/l/operations/1?p=1&s=x"
private let location = status + "&monitor=true"

@Suite("Long-running operations")
struct OperationTests {
  private func finish(
    _ bench: ClientBench, _ request: ARMRequest = ClientBench.order(), within: Duration = .minutes(30)
  ) async throws -> ARMReply {
    let operation = try await bench.client.begin(request)
    return try await bench.client.finish(operation, deadline: bench.clock.now() + within)
  }
  private func state(_ word: String, _ more: String = "") -> HTTPReply {
    HTTPReply(200, "{\"status\":\"\(word)\"\(more)}")
  }
  private let accepted = HTTPReply(202, "", [("Azure-AsyncOperation", status), ("Location", location)])
  private func text(_ reply: ARMReply) -> String { String(decoding: reply.body, as: UTF8.self) }

  @Test("A power action is watched by its operation alone, word for word, whatever the case of its end")
  func power() async throws {
    for word in ["Succeeded", "SUCCEEDED", "succeeded"] {
      let bench = ClientBench(accepted, state("InProgress"), state("Updating"), state(word))
      _ = try await finish(bench)
      #expect(bench.transport.sent.count == 4)
      for poll in bench.transport.sent.dropFirst() {
        #expect(poll.request.method == .get)
        #expect(status.hasSuffix(try #require(poll.request.path)))
      }
    }
  }

  @Test("One client request id goes with an operation from its order to its last poll")
  func requestID() async throws {
    let bench = ClientBench(accepted, state("InProgress"), state("Succeeded"))
    _ = try await finish(bench)
    let name = try #require(HTTPField.Name("x-ms-client-request-id"))
    let ids = bench.transport.sent.map { $0.request.headerFields[name] }
    #expect(Set(ids).count == 1)
    #expect(UUID(uuidString: ids[0] ?? "") != nil)
    _ = try await bench.client.call(ClientBench.read)
    #expect(bench.transport.sent.last?.request.headerFields[name] != ids[0])
  }

  @Test("The first polls come soon, later ones every 15 seconds, and none before Retry-After")
  func delays() async throws {
    let bench = ClientBench(accepted, state("InProgress"))
    let start = bench.clock.now()
    await #expect(throws: AzureError.self) { try await finish(bench, within: .seconds(60)) }
    // 2, 6, 14, 29, 44, 59.
    #expect(bench.transport.sent.count == 7)
    #expect(bench.clock.now() == start + .seconds(60))
    let asked = HTTPReply(202, "", [("Azure-AsyncOperation", status), ("Retry-After", "50")])
    let slow = ClientBench(
      asked, HTTPReply(200, "{\"status\":\"InProgress\"}", [("retry-after-ms", "30000")]), state("Succeeded"))
    let begun = slow.clock.now()
    _ = try await finish(slow)
    #expect(slow.clock.now() - begun == .seconds(80))
  }

  @Test(
    "A failure inside HTTP 200 is a failure, with its code, its message and what to do",
    arguments: ["Failed", "canceled"])
  func failed(_ word: String) async throws {
    let bench = ClientBench(
      accepted,
      state(
        word, ",\"error\":{\"code\":\"AllocationFailed\",\"message\":\"Allocation failed. We do not have capacity.\"}"))
    let error = try await #require(throws: AzureError.self) { try await finish(bench) }
    #expect(error.kind == .operationFailed)
    #expect(error.code == "AllocationFailed")
    #expect(
      error.sentence
        == "restart of virtual machine RG-Web/a ended as \(word): Allocation failed. We do not have capacity. Azure has no "
        + "room for this size here now: try later, or with another size or zone (HTTP 200 AllocationFailed)")
  }

  @Test("A 503, a lost answer and a 429 in the middle do not end the waiting")
  func trouble() async throws {
    let bench = ClientBench(
      ScriptedTransport { _, number throws(TransportFailure) in
        switch number {
        case 0: return HTTPReply(202, "", [("Azure-AsyncOperation", status)])
        case 1: return HTTPReply(503)
        case 2: throw TransportFailure(.lost, "reset")
        case 3: return HTTPReply(429, "", [("Retry-After", "3")])
        default: return HTTPReply(200, "{\"status\":\"Succeeded\"}")
        }
      })
    _ = try await finish(bench)
    #expect(bench.transport.sent.count == 5)
    #expect(bench.transport.lines.filter { $0.hasPrefix("POST") }.count == 1)
  }

  @Test("Azure out of reach until the deadline is a time-out that says so, not a failure")
  func outage() async throws {
    let bench = ClientBench(
      ScriptedTransport { _, number throws(TransportFailure) in
        if number == 0 { return HTTPReply(202, "", [("Azure-AsyncOperation", status)]) }
        throw TransportFailure(.notSent, "no route to host")
      })
    let error = try await #require(throws: AzureError.self) { try await finish(bench, within: .minutes(10)) }
    #expect(error.kind == .timedOut)
    #expect(error.sentence.contains("restart of virtual machine RG-Web/a had not ended by 2023-11-14T22:23:20Z"))
    #expect(error.sentence.contains("no route to host"))
  }

  @Test("An operation that Azure no longer knows has expired, whichever way it is refused")
  func expired() async throws {
    for reply in [
      HTTPReply(404), HTTPReply(410), HTTPReply(400), HTTPReply(403, "{\"error\":{\"code\":\"Forbidden\"}}"),
    ] {
      let error = try await #require(throws: AzureError.self) { try await finish(ClientBench(accepted, reply)) }
      #expect(error.kind == .operationExpired)
    }
    let denied = HTTPReply(
      403,
      "{\"error\":{\"code\":\"AuthorizationFailed\",\"message\":\"no authorization to perform action 'a/read' over scope '/s'\"}}"
    )
    let error = try await #require(throws: AzureError.self) { try await finish(ClientBench(accepted, denied)) }
    #expect(error.kind == .forbidden(action: "a/read", scope: "/s"))
  }

  @Test("An operation that names no state is told, not taken for an end")
  func unclear() async throws {
    for body in ["", "{}", "null", "[1]", "<html></html>"] {
      let error = try await #require(throws: AzureError.self) {
        try await finish(ClientBench(accepted, HTTPReply(200, body)))
      }
      #expect(error.kind == .unreadable)
    }
  }

  @Test("With a Location alone 202 goes on at its newest address, 200 is the result, and its Location is not followed")
  func locationOnly() async throws {
    let other = location + "&n=2"
    let bench = ClientBench(
      HTTPReply(202, "null", [("Location", location)]), HTTPReply(202, "", [("Location", other)]),
      HTTPReply(200, "{\"value\":[]}", [("Location", location)]))
    let request = ARMRequest(
      .post, "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkInterfaces/n/effectiveRouteTable")
    #expect(text(try await finish(bench, request)) == "{\"value\":[]}")
    #expect(bench.transport.sent.count == 3)
    #expect(other.hasSuffix(bench.transport.sent[2].request.path ?? "?"))
    let empty = ClientBench(HTTPReply(202, "", [("Location", location)]), HTTPReply(204))
    #expect(try await finish(empty, request).status == 204)
    let refused = ClientBench(
      HTTPReply(202, "", [("Location", location)]), HTTPReply(409, "{\"error\":{\"code\":\"Conflict\"}}"))
    let error = try await #require(throws: AzureError.self) { try await finish(refused, request) }
    #expect(error.kind == .operationFailed)
  }

  @Test("A command's result is taken from the operation where it holds one, else from its Location")
  func result() async throws {
    let request = ComputeRequests.runCommand(try #require(ResourcePath(vmID("a"))), script: "true")
    let inside = ClientBench(accepted, state("Succeeded", ",\"properties\":{\"output\":{\"value\":[]}}"))
    #expect(text(try await finish(inside, request)).contains("output"))
    #expect(inside.transport.sent.count == 2)
    let outside = ClientBench(accepted, state("Succeeded"), HTTPReply(200, "{\"value\":[1]}"))
    #expect(text(try await finish(outside, request)) == "{\"value\":[1]}")
    #expect(location.hasSuffix(outside.transport.sent[2].request.path ?? "?"))
  }

  @Test("A change ends with a look at what was changed, and has ended well even where that may not be read")
  func change() async throws {
    let put = HTTPReply(
      201, "{\"properties\":{\"provisioningState\":\"Creating\"}}", [("Azure-AsyncOperation", status)])
    let bench = ClientBench(put, state("Succeeded"), HTTPReply(200, "{\"name\":\"new\"}"))
    #expect(text(try await finish(bench, ClientBench.order(.put))) == "{\"name\":\"new\"}")
    #expect(bench.transport.sent[2].request.path == vmID("a") + "?api-version=2024-07-01")
    let blind = ClientBench(put, state("Succeeded"), HTTPReply(403))
    #expect(try await finish(blind, ClientBench.order(.put)).status == 200)
  }

  @Test("A change answered with a finished state is done; with an unfinished one and no address the resource is asked")
  func body() async throws {
    func reply(_ word: String, _ fields: [(String, String)] = []) -> HTTPReply {
      HTTPReply(201, "{\"properties\":{\"provisioningState\":\"\(word)\"}}", fields)
    }
    let done = ClientBench(reply("Succeeded", [("Location", location)]))
    let operation = try await done.client.begin(ClientBench.order(.put))
    #expect(operation.isDone)
    #expect(text(try await done.client.finish(operation, deadline: done.clock.now())).contains("Succeeded"))
    #expect(done.transport.sent.count == 1)
    let going = ClientBench(reply("Updating"), reply("Updating"), reply("Succeeded"))
    _ = try await finish(going, ClientBench.order(.put))
    #expect(going.transport.lines == ["PUT", "GET", "GET"].map { "\($0) \(vmID("a"))" })
    let failed = ClientBench(reply("Updating"), reply("Failed"))
    let error = try await #require(throws: AzureError.self) { try await finish(failed, ClientBench.order(.put)) }
    #expect(error.kind == .operationFailed)
  }

  @Test("Answers of 200 and 204 to an order are its end", arguments: [200, 204])
  func final(_ status: Int) async throws {
    let bench = ClientBench(HTTPReply(status, "", [("Location", location)]))
    #expect(try await bench.client.begin(ClientBench.order()).isDone)
    #expect(bench.transport.sent.count == 1)
  }

  @Test("An operation written down by one process is finished by another, with the same id and no second order")
  func resumed() async throws {
    let first = ClientBench(accepted)
    let operation = try await first.client.begin(ClientBench.order())
    let written = try JSONEncoder().encode(operation)
    let read = try JSONDecoder().decode(ARMOperation.self, from: written)
    #expect(read == operation)
    let second = ClientBench(state("InProgress"), state("Succeeded"))
    _ = try await second.client.finish(read, deadline: second.clock.now() + .minutes(5))
    #expect(second.transport.sent.allSatisfy { $0.request.method == .get })
    let name = try #require(HTTPField.Name("x-ms-client-request-id"))
    #expect(second.transport.sent.first?.request.headerFields[name] == operation.clientRequestID)
  }

  @Test("An operation written down by an older azlin, without what was added since, is still read")
  func older() throws {
    let text = """
      {"status":"https://management.azure.com/op","wantsResult":false,"startedAt":1,"nextPoll":2,"isDone":false,"answer":[]}
      """
    let operation = try JSONDecoder().decode(ARMOperation.self, from: Data(text.utf8))
    #expect(operation.subject == nil)
    #expect(operation.status == "https://management.azure.com/op")
  }

  @Test("The waiting is given up when its task is")
  func cancelled() async throws {
    let bench = ClientBench(accepted, state("InProgress"))
    let operation = try await bench.client.begin(ClientBench.order())
    let deadline = bench.clock.now() + .minutes(5)
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try await bench.client.finish(operation, deadline: deadline)
    }
    let error = try await #require(throws: AzureError.self) { try await task.value }
    #expect(error.kind == .cancelled)
  }
}
