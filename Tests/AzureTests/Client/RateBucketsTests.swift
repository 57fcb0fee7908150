import FleetModel
import HTTPTypes
import Synchronization
import Testing

@testable import Azure

@Suite("Slowing down before 429")
struct RateBucketsTests {
  private let start = Instant(seconds: 1_700_000_000)
  private func call(_ method: HTTPRequest.Method, _ path: String) -> RateClass {
    RateClass(method, path: path, audience: nil)
  }
  private func headers(_ fields: (String, String)...) -> ReplyHeaders {
    ReplyHeaders(HTTPReply(200, "", fields).headers)
  }
  private var restart: RateClass { call(.post, vmID("A") + "/restart") }

  @Test("A machine takes eleven orders at once, and then one each five seconds: Azure's twelve a minute")
  func machine() {
    var buckets = RateBuckets()
    for _ in 1...11 { #expect(buckets.enter(restart, at: start, notAfter: .distantFuture) == .now) }
    #expect(buckets.enter(restart, at: start, notAfter: .distantFuture) == .at(start + .seconds(5)))
    #expect(buckets.enter(restart, at: start, notAfter: .distantFuture) == .at(start + .seconds(10)))
    #expect(buckets.waits == 2)
    // Another machine, and the same one in other letters.
    #expect(buckets.enter(call(.post, vmID("b") + "/restart"), at: start, notAfter: .distantFuture) == .now)
    let same = call(.put, vmID("a").uppercased() + "/extensions/x")
    #expect(buckets.enter(same, at: start, notAfter: .distantFuture) == .at(start + .seconds(15)))
  }

  @Test("A call whose turn would come too late is not entered")
  func tooLate() {
    var buckets = RateBuckets()
    for _ in 1...11 { _ = buckets.enter(restart, at: start, notAfter: .distantFuture) }
    #expect(buckets.enter(restart, at: start, notAfter: start + .seconds(4)) == .tooLate(start + .seconds(5)))
    #expect(buckets.enter(restart, at: start, notAfter: .distantFuture) == .at(start + .seconds(5)))
  }

  @Test("What an answer says is left counts at once where it is less than thought")
  func learned() {
    var buckets = RateBuckets()
    #expect(buckets.enter(restart, at: start, notAfter: .distantFuture) == .now)
    buckets.leave(
      restart,
      headers(
        (
          "x-ms-ratelimit-remaining-resource",
          "Microsoft.Compute/UpdateVMSubscriptionMaximum;1498,Microsoft.Compute/UpdateVMResource;1"
        )),
      at: start)
    #expect(buckets.enter(restart, at: start, notAfter: .distantFuture) == .at(start + .seconds(5)))
    // A subscription's policy holds back its other machines too.
    buckets.leave(
      restart, headers(("x-ms-ratelimit-remaining-resource", "Microsoft.Compute/UpdateVMSubscriptionMaximum;0")),
      at: start)
    let other = buckets.enter(call(.post, vmID("b") + "/start"), at: start, notAfter: .distantFuture)
    guard case .at(let turn) = other else {
      Issue.record("\(other)")
      return
    }
    #expect(turn > start + .milliseconds(900))
  }

  @Test("A policy that only an answer names is kept from then on, repeated headers included")
  func unknownPolicy() {
    var buckets = RateBuckets()
    let read = call(.get, "/subscriptions/s/providers/Microsoft.Compute/virtualMachines")
    _ = buckets.enter(read, at: start, notAfter: .distantFuture)
    buckets.leave(
      read,
      headers(
        ("x-ms-ratelimit-remaining-resource", "Microsoft.Compute/HighCostGet30Min;899"),
        ("x-ms-ratelimit-remaining-resource", "Microsoft.Compute/HighCostGet3Min;0")), at: start)
    guard case .at(let turn) = buckets.enter(read, at: start, notAfter: .distantFuture) else {
      Issue.record("a list must wait")
      return
    }
    #expect(turn > start + .minutes(3))
  }

  @Test(
    "The Resource Manager's own buckets are those of the subscription, by kind of traffic",
    arguments: [
      (HTTPRequest.Method.get, "subscription-reads"), (.post, "subscription-writes"), (.delete, "subscription-deletes"),
    ])
  func subscription(_ method: HTTPRequest.Method, _ policy: String) {
    var buckets = RateBuckets()
    let path = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkInterfaces/n"
    _ = buckets.enter(call(method, path), at: start, notAfter: .distantFuture)
    buckets.leave(call(method, path), headers(("x-ms-ratelimit-remaining-" + policy, "2")), at: start)
    #expect(buckets.enter(call(method, path), at: start, notAfter: .distantFuture) != .now)
    let other = path.replacing("/s/", with: "/t/")
    #expect(buckets.enter(call(method, other), at: start, notAfter: .distantFuture) == .now)
  }

  @Test("The older limits of an hour are known by their size, and fill up slowly")
  func hours() {
    let policy = RatePolicy.named("subscription-writes", seen: 1199)
    #expect(policy == RatePolicy(capacity: 1200, perSecond: 1200.0 / 3600))
    #expect(RatePolicy.named("subscription-writes", seen: 399) == RatePolicy(capacity: 400, perSecond: 20))
    #expect(RatePolicy.named("subscription-global-reads", seen: 3749) == RatePolicy(capacity: 3750, perSecond: 375))
  }

  @Test("Resource Graph's quota comes back as a whole when it says")
  func graph() {
    var buckets = RateBuckets()
    let query = call(.post, "/providers/Microsoft.ResourceGraph/resources")
    _ = buckets.enter(query, at: start, notAfter: .distantFuture)
    buckets.leave(
      query, headers(("x-ms-user-quota-remaining", "0"), ("x-ms-user-quota-resets-after", "00:00:05")), at: start)
    #expect(buckets.enter(query, at: start, notAfter: .distantFuture) == .at(start + .seconds(5)))
  }

  @Test("After a 429 calls of the same kind wait until the service's time, others do not")
  func blocked() {
    var buckets = RateBuckets()
    let list = call(.get, "/subscriptions/s/providers/Microsoft.Compute/virtualMachines")
    buckets.refused(list, until: start + .seconds(40), wholeSubscription: false)
    #expect(buckets.enter(list, at: start, notAfter: .distantFuture) == .at(start + .seconds(40)))
    #expect(buckets.enter(restart, at: start, notAfter: .distantFuture) == .now)
    buckets.refused(list, until: start + .seconds(50), wholeSubscription: true)
    let card = call(.get, "/subscriptions/s/providers/Microsoft.Network/networkInterfaces")
    #expect(buckets.enter(card, at: start, notAfter: .distantFuture) == .at(start + .seconds(50)))
    #expect(buckets.throttled == 2)
  }

  /// Counts as Azure does, and refuses what is too much.
  private final class Server: Sendable {
    private struct State {
      var level = 12.0
      var at: Instant
      var refused = 0
    }
    private let state: Mutex<State>
    private let clock: SteppedClock
    init(_ clock: SteppedClock) {
      self.clock = clock
      state = Mutex(State(at: clock.now()))
    }
    var refused: Int { state.withLock { $0.refused } }
    func answer() -> HTTPReply {
      state.withLock { state in
        let now = clock.now()
        state.level = min(12, state.level + (now - state.at).inSeconds / 5)
        state.at = now
        guard state.level >= 1 else {
          state.refused += 1
          return HTTPReply(429, "", [("Retry-After", "5")])
        }
        state.level -= 1
        let left = "Microsoft.Compute/UpdateVMResource;\(Int(state.level))"
        return HTTPReply(200, "", [("x-ms-ratelimit-remaining-resource", left)])
      }
    }
  }

  @Test("A hundred orders to one machine run into no 429, though the server counts twelve a minute")
  func noneRefused() async throws {
    let clock = SteppedClock()
    let server = Server(clock)
    let bench = ClientBench(ScriptedTransport { _, _ in server.answer() }, clock: clock)
    for _ in 1...100 { _ = try await bench.client.call(ClientBench.order()) }
    #expect(server.refused == 0)
    #expect(bench.client.counters().throttled == 0)
    #expect(bench.client.counters().waits > 80)
    // Held back no more than the limit asks for.
    #expect(clock.now() - Instant(seconds: 1_700_000_000) < .seconds(5 * 100))
  }

  /// Resource Graph's quota: so many queries in each five seconds.
  private final class Quota: Sendable {
    private let state: Mutex<(window: Int64, used: Int, refused: Int)>
    private let clock: SteppedClock
    init(_ clock: SteppedClock) {
      self.clock = clock
      state = Mutex((0, 0, 0))
    }
    var refused: Int { state.withLock { $0.refused } }
    func answer() -> HTTPReply {
      let window = clock.now().milliseconds / 5000
      return state.withLock { state in
        if state.window != window { (state.window, state.used) = (window, 0) }
        guard state.used < 15 else {
          state.refused += 1
          return HTTPReply(429, "", [("Retry-After", "5")])
        }
        state.used += 1
        return HTTPReply(
          200, "{}",
          [
            ("x-ms-user-quota-remaining", "\(15 - state.used)"), ("x-ms-user-quota-resets-after", "00:00:05"),
            ("x-ms-ratelimit-remaining-tenant-resource-requests", "\(15 - state.used)"),
          ])
      }
    }
  }

  @Test("Forty pages of Resource Graph run into no 429, and take no longer than the quota asks for")
  func pages() async throws {
    let clock = SteppedClock()
    let quota = Quota(clock)
    let bench = ClientBench(ScriptedTransport { _, _ in quota.answer() }, clock: clock)
    for _ in 1...40 {
      _ = try await bench.client.call(InventoryQuery.request("resources", scope: AzureScope(), skipToken: nil))
    }
    #expect(quota.refused == 0)
    #expect(bench.client.counters().throttled == 0)
    #expect(clock.now() - start < .seconds(30))
  }

  @Test("Calls at the same time share the buckets, and each is carried out once")
  func together() async throws {
    let clock = SteppedClock()
    let server = Server(clock)
    let bench = ClientBench(ScriptedTransport { _, _ in server.answer() }, clock: clock)
    await withTaskGroup(of: Bool.self) { group in
      for _ in 1...20 { group.addTask { (try? await bench.client.call(ClientBench.order())) != nil } }
      for await isDone in group { #expect(isDone) }
    }
    #expect(bench.transport.sent.count - server.refused == 20)
    #expect(bench.client.counters().waits >= 1)
  }

  @Test("Where somebody else uses the same identity up, a 429 is waited out and counted")
  func foreign() async throws {
    let bench = ClientBench(HTTPReply(429, "", [("Retry-After", "5")]), HTTPReply(200))
    _ = try await bench.client.call(ClientBench.order())
    #expect(bench.client.counters().throttled == 1)
    #expect(bench.client.counters().sent == 2)
  }
}
