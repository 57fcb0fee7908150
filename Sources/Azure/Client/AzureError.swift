import FleetModel

/// What Azure, or the way to it, answered instead of what was asked for.
package struct AzureError: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Kind: Hashable, Sendable {
    /// Nothing was sent, or nothing can have taken effect: the way to Azure is down.
    case unreachable
    /// Sent, and no answer came: its fate is unknown.
    case lost
    case credentials(CredentialError)
    /// 401 after a fresh token.
    case unauthorized
    /// 403: the identity may not do this; what it would need.
    case forbidden(action: String?, scope: String?)
    /// 404, with the code (`ResourceNotFound`, `ResourceGroupNotFound`, …).
    case notFound
    /// 409: another operation, or the state does not allow it.
    case conflict
    /// 412: changed by somebody else.
    case changedMeanwhile
    /// 429, after all patience was spent; when it may be tried again.
    case throttled(until: Instant?)
    /// 400 and other 4xx.
    case badRequest
    /// 5xx, after all tries.
    case serverFault
    /// A long-running operation ended `Failed` or `Canceled`.
    case operationFailed
    /// Its URL is known no more: ask the resource how it is.
    case operationExpired
    /// Our deadline passed; the operation may go on.
    case timedOut
    /// The answer could not be understood.
    case unreadable
    case cancelled
  }
  package var kind: Kind
  /// HTTP status; 0: there was no answer.
  package var status: Int
  /// The service's code (`AuthorizationFailed`), innermost useful one; empty where it gave none.
  package var code: String
  /// The service's own message, made harmless for a screen; may be empty.
  package var message: String
  /// One sentence for an operator: what happened, where, and what to do next.
  package var sentence: String
  package var requestID: String

  package init(
    kind: Kind, status: Int = 0, code: String = "", message: String = "", sentence: String, requestID: String = ""
  ) {
    self.kind = kind
    self.status = status
    self.code = code
    self.message = message
    self.sentence = sentence
    self.requestID = requestID
  }

  package var description: String { sentence }
}
