import Azure
import FleetModel
import Foundation
import HTTPTypes
import Synchronization

/// Answers with what was recorded: by method and path, whatever the case of its names, in the recorded order.
///
/// The last answer to a request is given again when it is asked for once more than was recorded. A request that was
/// never recorded is lost.
final class ReplayTransport: HTTPTransport, Sendable {
  private struct State {
    var rest: [Recording.Exchange]
    var last: [String: Recording.Exchange] = [:]
    var served: [Recording.Exchange] = []
    var requests: [HTTPRequest] = []
  }
  private let state: Mutex<State>

  init(_ exchanges: [Recording.Exchange]) { state = Mutex(State(rest: exchanges)) }

  var served: [Recording.Exchange] { state.withLock { $0.served } }
  var requests: [HTTPRequest] { state.withLock { $0.requests } }

  func send(_ request: HTTPRequest, body: [UInt8], timeout: Duration) async throws(TransportFailure) -> HTTPReply {
    let path = (request.path ?? "").prefix { $0 != "?" }
    let key = Self.key(request.method, String(path))
    let found = state.withLock { state -> Recording.Exchange? in
      state.requests.append(request)
      if let index = state.rest.firstIndex(where: { Self.key($0.method, $0.path) == key }) {
        let exchange = state.rest.remove(at: index)
        state.last[key] = exchange
        state.served.append(exchange)
        return exchange
      }
      return state.last[key]
    }
    guard let found else { throw TransportFailure(.lost, "not recorded: \(request.method.rawValue) \(path)") }
    return found.reply
  }

  private static func key(_ method: HTTPRequest.Method, _ path: String) -> String {
    method.rawValue + " " + (path.removingPercentEncoding ?? path).lowercased()
  }
}

/// Gives one token for ever.
struct OneToken: TokenSource {
  func token(for resource: String, claims: String?, rejected: AccessToken?) async throws(CredentialError) -> AccessToken
  {
    AccessToken(value: "replayed", expiresAt: .distantFuture)
  }
}
