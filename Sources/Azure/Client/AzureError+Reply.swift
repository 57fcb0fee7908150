import FleetModel
import HTTPTypes

extension AzureError {
  /// What an answer that is not 2xx means.
  /// - Parameters:
  ///   - what: what was asked for, as an operator reads it (`restart of virtual machine web/a`).
  ///   - until: when it may be tried again, where the service said so.
  init(status: Int, headers: HTTPFields, body: [UInt8], what: String, until: Instant? = nil) {
    var envelope = ErrorEnvelope(body)
    // Some services, the blob store among them, put the code into a header.
    if envelope.code.isEmpty, let code = headers.value(named: "x-ms-error-code") { envelope.name(code) }
    let kind = Self.kind(status, envelope, until)
    self.init(
      kind: kind, status: status, code: envelope.code, message: envelope.message, sentence: "",
      requestID: ReplyHeaders(headers).requestID)
    sentence = Self.happened(kind, self, what) + Self.evidence(status, envelope, requestID)
  }

  private static func kind(_ status: Int, _ envelope: ErrorEnvelope, _ until: Instant?) -> Kind {
    switch status {
    case 401: return .unauthorized
    case 403:
      let denied = Denial(envelope.message)
      return .forbidden(action: denied.action, scope: denied.scope)
    case 404, 410: return .notFound
    case 409: return .conflict
    case 412: return .changedMeanwhile
    case 429: return .throttled(until: until)
    case 300..<400: return .unreachable
    case 400..<500 where status != 408: return .badRequest
    default: return .serverFault
    }
  }

  private static func happened(_ kind: Kind, _ error: AzureError, _ what: String) -> String {
    let said = error.message.isEmpty ? "" : ": \(error.message)"
    let end = said.hasSuffix(".") || said.hasSuffix("!") || said.hasSuffix("…") ? " " : ". "
    switch kind {
    case .unauthorized where !Advice.isAboutToken(error.code):
      return
        "Azure refuses \(what) as not authorised\(said)\(end)If it is the identity that is meant, sign in again (az "
        + "login) with one that may do this"
    case .unauthorized:
      return "Azure did not accept the token for \(what)\(said)\(end)Sign in again (az login), and check that the "
        + "credential is of the right tenant and that this machine's clock is right"
    case .forbidden(let action, let scope):
      let act = action ?? "do this"
      let place = scope.map { " on \($0)" } ?? " (\(what))"
      let reason = action == nil ? said : ""
      return
        "this identity may not \(act)\(place)\(reason). Have a role that allows it assigned there, such as Virtual "
        + "Machine Contributor; a new assignment takes up to 5 minutes to count"
    case .notFound:
      return "Azure does not find \(what)\(said)\(end)\(Advice.notFound(error.code))"
    case .conflict:
      return "Azure refuses \(what) as things are now\(said)\(end)\(Advice.next(error.code) ?? Advice.conflict)"
    case .changedMeanwhile:
      return "\(what) found the resource changed by somebody else meanwhile\(said)\(end)Look at it again before trying"
    case .throttled(let until):
      // A second that is not over yet is named by its end.
      let when = until.map { "after \(TimestampText.rfc3339($0 + .milliseconds(999)))" } ?? "in a few minutes"
      return "Azure asks to slow down (\(what))\(said)\(end)Try again \(when)"
    case .unreachable:
      return
        "something between here and Azure answered \(what) with a redirect. Check the proxy or sign-in page of this "
        + "network"
    case .serverFault:
      return "Azure itself failed at \(what)\(said)\(end)\(Advice.next(error.code) ?? Advice.fault)"
    default:
      return "Azure does not accept \(what)\(said)\(end)\(Advice.next(error.code) ?? Advice.refused)"
    }
  }

  /// Status, codes and request id: what a support case needs.
  private static func evidence(_ status: Int, _ envelope: ErrorEnvelope, _ requestID: String) -> String {
    var codes = [envelope.outerCode]
    if envelope.code != envelope.outerCode { codes.append(envelope.code) }
    let code = codes.filter { !$0.isEmpty && $0 != String(status) }.joined(separator: "/")
    return " (HTTP \(status)" + (code.isEmpty ? "" : " \(code)") + (requestID.isEmpty ? "" : ", request \(requestID)")
      + ")"
  }

  /// A long-running operation that ended badly.
  /// - Parameter status: the service's word (`Failed`, `Canceled`).
  static func operationFailed(_ envelope: ErrorEnvelope, status: String, what: String, reply: ARMReply) -> AzureError {
    let said = envelope.message.isEmpty ? "" : ": \(envelope.message)"
    let word = SafeText.line(String(status.prefix(40)))
    let end = said.hasSuffix(".") ? " " : ". "
    return AzureError(
      kind: .operationFailed, status: reply.status, code: envelope.code, message: envelope.message,
      sentence: "\(what) ended as \(word)\(said)\(end)\(Advice.next(envelope.code) ?? Advice.failed)"
        + evidence(reply.status, envelope, reply.requestID), requestID: reply.requestID)
  }

  /// No answer came.
  init(_ failure: TransportFailure, isRead: Bool, what: String) {
    let why = SafeText.line(String(failure.description.prefix(300)))
    switch failure.kind {
    case .cancelled:
      self.init(kind: .cancelled, sentence: "\(what) was given up before Azure answered")
    case .lost where !isRead:
      self.init(
        kind: .lost,
        sentence:
          "no answer came to \(what) (\(why)): whether Azure took the order is not known; look at the VM before "
          + "ordering it again")
    case .notSent, .lost:
      self.init(
        kind: .unreachable,
        sentence: "Azure cannot be reached for \(what) (\(why)): check this machine's network, name service and proxy")
    }
  }

  init(_ error: CredentialError) {
    let words = error.attempts.map { "\($0.credential): \($0.problem)" }.joined(separator: "; ")
      .split(whereSeparator: \.isWhitespace).joined(separator: " ")
    self.init(
      kind: .credentials(error),
      sentence: "no Azure credential gave a token" + (words.isEmpty ? "" : " (\(SafeText.line(words)))")
        + ": sign in (az login), or set up one of them")
  }
}
