import Azure
import FleetModel
import Foundation
import HTTPTypes
import Synchronization

/// A network that answers as its test says, and keeps what was sent.
final class ScriptedIdentityServer: HTTPTransport, Sendable {
  struct Sent: Sendable {
    var request: HTTPRequest
    var body: String
    var timeout: Duration
    /// `https://host/path?query`.
    var url: String { "\(request.scheme ?? "")://\(request.authority ?? "")\(request.path ?? "")" }
    /// The form's items, decoded.
    var form: [String: String] { items(ofForm: body) }
  }

  typealias Answer = @Sendable (Sent) async throws(TransportFailure) -> HTTPReply
  private let log = Mutex<[Sent]>([])
  private let answer: Answer

  init(_ answer: @escaping Answer) { self.answer = answer }

  /// Answers in turn; the last one again and again.
  convenience init(_ replies: [HTTPReply]) {
    let rest = Mutex(replies)
    self.init { _ in rest.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] } }
  }

  var sent: [Sent] { log.withLock { $0 } }

  func send(_ request: HTTPRequest, body: [UInt8], timeout: Duration) async throws(TransportFailure) -> HTTPReply {
    let sent = Sent(request: request, body: String(decoding: body, as: UTF8.self), timeout: timeout)
    log.withLock { $0.append(sent) }
    return try await answer(sent)
  }
}

extension HTTPReply {
  init(_ status: Int, _ json: String, headers: HTTPFields) {
    self.init(status: status, headers: headers, body: Array(json.utf8))
  }

  static func token(_ value: String, life: Int = 3600) -> HTTPReply {
    HTTPReply(200, "{\"token_type\":\"Bearer\",\"expires_in\":\(life),\"access_token\":\"\(value)\"}")
  }
}

/// The items of a form's body.
func items(ofForm body: String) -> [String: String] {
  var items: [String: String] = [:]
  for item in body.split(separator: "&") {
    let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map { decoded($0) }
    items[parts[0]] = parts.count > 1 ? parts[1] : ""
  }
  return items
}

private func decoded(_ text: Substring) -> String {
  var bytes: [UInt8] = []
  var rest = Array(text.utf8)[...]
  while let byte = rest.popFirst() {
    if byte == 0x25, let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) {
      bytes.append(code)
      rest = rest.dropFirst(2)
    } else {
      bytes.append(byte == 0x2b ? 0x20 : byte)
    }
  }
  return String(decoding: bytes, as: UTF8.self)
}

let arm = "https://management.azure.com"
let directory = "72f988bf-86f1-41af-91ab-2d7cd011db47"

/// The token source as azlin makes it. No `az` is found unless a test names a PATH.
func source(
  _ environment: [String: String], _ transport: any HTTPTransport, clock: SteppedClock = SteppedClock(),
  tenant: String? = nil, subscription: String? = nil, cloud: Cloud = .publicCloud
) -> any TokenSource {
  Credentials.standard(
    environment: environment.merging(["PATH": "/nonexistent"]) { given, _ in given }, cloud: cloud, tenant: tenant,
    subscription: subscription, transport: transport, clock: clock)
}

extension TokenSource {
  func token() async throws(CredentialError) -> AccessToken { try await token(for: arm, claims: nil, rejected: nil) }

  /// Why there is no token.
  func refusal(claims: String? = nil, rejected: AccessToken? = nil) async -> CredentialError? {
    do {
      _ = try await token(for: arm, claims: claims, rejected: rejected)
      return nil
    } catch {
      return error
    }
  }
}

/// Files of one test, gone with it.
final class TemporaryFolder: Sendable {
  let path: String
  init() throws {
    var template = Array("/tmp/azlin-credentials-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw TransportFailure(.notSent, "no temporary folder") }
    path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
  deinit { try? FileManager.default.removeItem(atPath: path) }

  @discardableResult
  func write(_ name: String, _ text: String, mode: Int = 0o600) throws -> String {
    let file = path + "/" + name
    try Data(text.utf8).write(to: URL(filePath: file))
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
    return file
  }
}
