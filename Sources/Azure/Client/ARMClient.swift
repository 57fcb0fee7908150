import Autopilot
import FleetModel
import HTTPTypes
import Synchronization

/// The Resource Manager over HTTP: addresses, tokens, retries, throttling and the log of every try.
///
/// A write whose fate is not known is never sent again here; it is told as `lost` or `serverFault`, and who ordered it
/// looks at the machine first.
package struct ARMClient: ARMCaller {
  /// How long a call is tried for where its request does not say.
  package static let patience: Duration = .minutes(2)
  /// For one try, its answer included.
  package static let timeout: Duration = .seconds(60)
  static let userAgent = "azlin/0.4"

  /// What this client did since it was made.
  package struct Counters: Hashable, Sendable {
    /// Requests handed to the transport, repeated ones too.
    package var sent = 0
    package var repeated = 0
    /// Calls that waited because a bucket was nearly empty.
    package var waits = 0
    /// Answers of 429.
    package var throttled = 0
  }

  /// What all calls share.
  private final class Shared: Sendable {
    struct State {
      var buckets = RateBuckets()
      var platformClock = PlatformClock.same
      var chance: UInt64
      var sent = 0
      var repeated = 0
    }
    let state: Mutex<State>
    init(seed: UInt64) { state = Mutex(State(chance: seed)) }

    /// The next share in 0..<1 (SplitMix64; Steele, Lea, Flood 2014).
    func share() -> Double {
      state.withLock { state in
        state.chance &+= 0x9e37_79b9_7f4a_7c15
        var z = state.chance
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return Double((z ^ (z >> 31)) >> 11) / Double(1 << 53)
      }
    }
  }

  let cloud: Cloud
  let clock: any EngineClock
  private let transport: any HTTPTransport
  private let tokens: any TokenSource
  private let log: (@Sendable (String) -> Void)?
  private let shared: Shared

  /// - Parameters:
  ///   - seed: of the chance in the back-off.
  ///   - log: gets a line a try: method, path, status, ids and duration; never a token, a query or a body.
  package init(
    cloud: Cloud, transport: any HTTPTransport, tokens: any TokenSource, clock: any EngineClock,
    seed: UInt64 = .random(in: .min ... .max), log: (@Sendable (String) -> Void)? = nil
  ) {
    self.cloud = cloud
    self.transport = transport
    self.tokens = tokens
    self.clock = clock
    self.log = log
    shared = Shared(seed: seed)
  }

  package func counters() -> Counters {
    shared.state.withLock {
      Counters(sent: $0.sent, repeated: $0.repeated, waits: $0.buckets.waits, throttled: $0.buckets.throttled)
    }
  }

  package func surroundings() async throws(AzureError) -> ARMSurroundings? {
    ARMSurroundings(cloud: cloud, transport: transport)
  }

  package func platformClock() async -> PlatformClock { shared.state.withLock(\.platformClock) }

  package func call(_ request: ARMRequest) async throws(AzureError) -> ARMReply {
    try await exchange(request, id: Self.newID())
  }

  // MARK: One call

  /// Sends a request until it has an answer that counts.
  /// - Parameter id: `x-ms-client-request-id`.
  func exchange(_ request: ARMRequest, id: String) async throws(AzureError) -> ARMReply {
    var call = try Call(request, cloud, id: id, notAfter: request.notAfter ?? clock.now() + Self.patience)
    while true {
      if Task.isCancelled { throw Self.cancelled(call) }
      try await takeTurn(call)
      let token: AccessToken
      do {
        token = try await tokens.token(for: call.audience, claims: call.claims, rejected: call.rejected)
      } catch {
        leave(call, nil)
        throw AzureError(error)
      }
      (call.claims, call.rejected) = (nil, nil)
      if let reply = try await attempt(&call, token) { return reply }
    }
  }

  /// One try.
  /// - Returns: nil: to be tried again now.
  private func attempt(_ call: inout Call, _ token: AccessToken) async throws(AzureError) -> ARMReply? {
    call.tries += 1
    shared.state.withLock { state in
      state.sent += 1
      if call.tries > 1 { state.repeated += 1 }
    }
    let begun = clock.now()
    let answer: HTTPReply
    do {
      answer = try await transport.send(call.http(token), body: call.request.body ?? [], timeout: Self.timeout)
    } catch {
      leave(call, nil)
      note(call, "\(error.kind)", since: begun)
      let problem = AzureError(error, isRead: call.request.isRead, what: call.what)
      guard RetryRule.mayRepeat(error, isRead: call.request.isRead) else { throw problem }
      try await pause(call, asked: nil, problem)
      return nil
    }
    let headers = ReplyHeaders(answer.headers)
    leave(call, headers)
    note(call, "\(answer.status)", since: begun, headers.requestID)
    if (200..<300).contains(answer.status) {
      // An error may be a gateway's, with that one's clock.
      if let served = headers.servedAt {
        let now = clock.now()
        shared.state.withLock { $0.platformClock.note(served: served, sent: begun, received: now) }
      }
      return ARMReply(
        status: answer.status, headers: answer.headers, body: answer.body, requestID: headers.requestID)
    }
    try await weigh(answer, headers, &call, token)
    return nil
  }

  /// Judges an answer that is not 2xx; returns where the call is to be tried again now.
  private func weigh(
    _ answer: HTTPReply, _ headers: ReplyHeaders, _ call: inout Call, _ token: AccessToken
  ) async throws(AzureError) {
    if answer.status == 401 {
      if let claims = headers.claims, !call.wasChallenged {
        (call.wasChallenged, call.wasRefreshed) = (true, true)
        (call.claims, call.rejected) = (claims, token)
        return
      }
      if !call.wasRefreshed {
        (call.wasRefreshed, call.rejected) = (true, token)
        return
      }
    }
    var asked = headers.retryAfter(now: clock.now())
    var problem = AzureError(status: answer.status, headers: answer.headers, body: answer.body, what: call.what)
    guard RetryRule.mayRepeat(status: answer.status, isRead: call.request.isRead) else { throw problem }
    if answer.status == 429 {
      asked = asked ?? headers.quotaResetsAfter ?? RetryRule.asked(inWords: problem.message)
      let until = clock.now() + RetryRule.delay(tries: call.tries, asked: asked, share: 0.5)
      shared.state.withLock {
        $0.buckets.refused(
          call.rate, until: until, wholeSubscription: problem.code.lowercased() == "subscriptionrequeststhrottled")
      }
      problem = AzureError(
        status: answer.status, headers: answer.headers, body: answer.body, what: call.what, until: until)
    }
    try await pause(call, asked: asked, problem)
  }

  /// Waits before the next try.
  /// - Throws: `problem` where its time would be over by then.
  private func pause(_ call: Call, asked: Duration?, _ problem: AzureError) async throws(AzureError) {
    let next = clock.now() + RetryRule.delay(tries: call.tries, asked: asked, share: shared.share())
    guard next <= call.notAfter else { throw problem }
    await clock.sleep(until: next)
    if Task.isCancelled { throw Self.cancelled(call) }
  }

  // MARK: Throttling

  private func takeTurn(_ call: Call) async throws(AzureError) {
    let now = clock.now()
    let turn = shared.state.withLock { $0.buckets.enter(call.rate, at: now, notAfter: call.notAfter) }
    switch turn {
    case .now: return
    case .tooLate(let until): throw Self.throttled(call, until)
    case .at(var next):
      while true {
        await clock.sleep(until: next)
        if Task.isCancelled {
          leave(call, nil)
          throw Self.cancelled(call)
        }
        let now = clock.now()
        guard let later = shared.state.withLock({ $0.buckets.blocked(call.rate, at: now) }) else { return }
        guard later <= call.notAfter else {
          leave(call, nil)
          throw Self.throttled(call, later)
        }
        next = later
      }
    }
  }

  private func leave(_ call: Call, _ headers: ReplyHeaders?) {
    let now = clock.now()
    shared.state.withLock { $0.buckets.leave(call.rate, headers, at: now) }
  }

  private static func throttled(_ call: Call, _ until: Instant) -> AzureError {
    AzureError(
      kind: .throttled(until: until),
      sentence: "azlin holds back \(call.what), for Azure allows no more such calls now: it will be possible after "
        + TimestampText.rfc3339(until + .milliseconds(999)))
  }

  private static func cancelled(_ call: Call) -> AzureError {
    AzureError(kind: .cancelled, sentence: "\(call.what) was given up before it was sent")
  }

  // MARK: Log

  private func note(_ call: Call, _ outcome: String, since begun: Instant, _ requestID: String = "") {
    guard let log else { return }
    let path = SafeText.line(call.address.plainPath)
    log(
      "\(call.request.method.rawValue) \(path): \(outcome) after \((clock.now() - begun).milliseconds) ms, try "
        + "\(call.tries), client request \(call.id)" + (requestID.isEmpty ? "" : ", request \(requestID)"))
  }
}
