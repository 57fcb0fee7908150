import HTTPTypes

/// Sends one HTTP request and gives back the whole answer: no retry, no redirect followed, no judgement of the status.
package protocol HTTPTransport: Sendable {
  /// - Parameters:
  ///   - body: empty for requests without one.
  ///   - timeout: for the whole exchange.
  func send(
    _ request: HTTPRequest, body: [UInt8], timeout: Duration
  ) async throws(TransportFailure) -> HTTPReply
}

/// A whole answer.
package struct HTTPReply: Hashable, Sendable {
  package var status: Int
  package var headers: HTTPFields
  package var body: [UInt8]

  package init(status: Int, headers: HTTPFields = [:], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }
}

/// Why there is no answer.
package struct TransportFailure: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Kind: Hashable, Sendable {
    /// Nothing reached the server (name, connection, TLS): the request may be sent again, whatever it asks for.
    case notSent
    /// The server may have received and carried out the request (semantics: its fate is unknown).
    case lost
    /// Nobody waits for the answer any more; the server may have received the request.
    case cancelled
  }
  package var kind: Kind
  /// What happened, for an operator; free of secrets.
  package var description: String

  package init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}
