import Azure
import FleetModel
import HTTPTypes
import Synchronization

/// A server that answers as its test says, and keeps what it was sent.
final class ScriptedTransport: HTTPTransport, Sendable {
  struct Sent: Sendable {
    var request: HTTPRequest
    var body: [UInt8]
    var text: String { String(decoding: body, as: UTF8.self) }
    var authorization: String? { request.headerFields[.authorization] }
  }
  typealias Answer = @Sendable (Sent, Int) throws(TransportFailure) -> HTTPReply
  private let log = Mutex<[Sent]>([])
  private let answer: Answer

  /// - Parameter answer: to each request, with its number from 0.
  init(_ answer: @escaping Answer) { self.answer = answer }

  /// Answers in turn; the last one for ever.
  convenience init(_ replies: HTTPReply...) {
    self.init { _, number in replies[min(number, replies.count - 1)] }
  }

  var sent: [Sent] { log.withLock { $0 } }
  /// `GET /subscriptions`: methods and paths, queries left out.
  var lines: [String] {
    sent.map { "\($0.request.method.rawValue) \(($0.request.path ?? "").prefix { $0 != "?" })" }
  }

  func send(_ request: HTTPRequest, body: [UInt8], timeout: Duration) async throws(TransportFailure) -> HTTPReply {
    let sent = Sent(request: request, body: body)
    let number = log.withLock { log in
      log.append(sent)
      return log.count - 1
    }
    return try answer(sent, number)
  }
}

extension HTTPReply {
  /// An answer with a text and header fields by name.
  init(_ status: Int, _ text: String = "", _ fields: [(String, String)] = []) {
    var headers = HTTPFields()
    for (name, value) in fields {
      if let name = HTTPField.Name(name) { headers.append(HTTPField(name: name, value: value)) }
    }
    self.init(status: status, headers: headers, body: Array(text.utf8))
  }
}

/// Gives `token-1`, and another one each time the last was rejected or a challenge was made.
final class CountingTokens: TokenSource, Sendable {
  struct Asked: Sendable, Equatable {
    var resource: String
    var claims: String?
    var rejected: String?
  }
  private let state = Mutex<(number: Int, asked: [Asked])>((1, []))

  var asked: [Asked] { state.withLock { $0.asked } }

  func token(for resource: String, claims: String?, rejected: AccessToken?) async throws(CredentialError) -> AccessToken
  {
    let number = state.withLock { state in
      state.asked.append(Asked(resource: resource, claims: claims, rejected: rejected?.value))
      if claims != nil || rejected?.value == "token-\(state.number)" { state.number += 1 }
      return state.number
    }
    return AccessToken(value: "token-\(number)", expiresAt: .distantFuture)
  }
}

/// Has no credential at all.
struct NoTokens: TokenSource {
  func token(for resource: String, claims: String?, rejected: AccessToken?) async throws(CredentialError) -> AccessToken
  {
    throw CredentialError([
      .init(credential: "EnvironmentCredential", problem: "AZURE_CLIENT_ID is not set"),
      .init(credential: "AzureCliCredential", problem: "run az login"),
    ])
  }
}

/// A client of the public cloud over a scripted server.
struct ClientBench {
  let transport: ScriptedTransport
  let clock: SteppedClock
  let tokens = CountingTokens()
  let lines = LogLines()
  let client: ARMClient

  init(_ transport: ScriptedTransport, clock: SteppedClock = SteppedClock(), seed: UInt64 = 7) {
    self.transport = transport
    self.clock = clock
    client = ARMClient(
      cloud: .publicCloud, transport: transport, tokens: tokens, clock: clock, seed: seed, log: lines.append)
  }

  init(_ replies: HTTPReply...) {
    self.init(ScriptedTransport { _, number in replies[min(number, replies.count - 1)] })
  }

  static let read = ARMRequest(.get, vmID("a"), version: "2024-07-01")
  static func order(_ method: HTTPRequest.Method = .post) -> ARMRequest {
    ARMRequest(method, vmID("a") + (method == .post ? "/restart" : ""), version: "2024-07-01")
  }
}

final class LogLines: Sendable {
  private let state = Mutex<[String]>([])
  var all: [String] { state.withLock { $0 } }
  func append(_ line: String) { state.withLock { $0.append(line) } }
}
