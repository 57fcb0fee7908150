import FleetModel
import FoundationEssentials

/// How far a long-running operation is, by one answer (Azure's ARM RPC, "Asynchronous operations").
enum OperationProgress: Hashable, Sendable {
  case running
  /// Its result may be in the answer's body.
  case succeeded
  /// The service's word, and what it says of it.
  case failed(status: String, ErrorEnvelope)
  /// The answer names no state.
  case unclear

  /// By the answer of an `Azure-AsyncOperation` URL: HTTP 200 whatever became of it.
  static func ofStatus(_ reply: ARMReply) -> OperationProgress {
    if reply.status == 202 { return of(reply, word: body(reply)?.status) == .succeeded ? .succeeded : .running }
    if reply.status == 204 { return .succeeded }
    let body = body(reply)
    return of(reply, word: body?.status ?? body?.provisioningState)
  }

  /// By the answer of a `Location` URL: 202 while it runs.
  static func ofLocation(_ reply: ARMReply) -> OperationProgress { reply.status == 202 ? .running : .succeeded }

  /// By the resource itself: one without a state is as it was wanted.
  static func ofResource(_ reply: ARMReply) -> OperationProgress {
    let progress = of(reply, word: body(reply)?.provisioningState)
    return progress == .unclear ? .succeeded : progress
  }

  private static func body(_ reply: ARMReply) -> OperationBody? {
    try? JSONDecoder().decode(OperationBody.self, from: Data(reply.body))
  }

  private static func of(_ reply: ARMReply, word: String?) -> OperationProgress {
    guard let word, !word.isEmpty else { return .unclear }
    switch word.lowercased() {
    case "succeeded": return .succeeded
    case "failed", "canceled", "cancelled": return .failed(status: word, ErrorEnvelope(reply.body))
    default: return .running
    }
  }
}

/// The parts of an operation's, or a resource's, body that tell how far it is.
struct OperationBody: Decodable, Sendable {
  var status: String?
  var name: String?
  var startTime: String?
  var endTime: String?
  var provisioningState: String?

  private enum CodingKeys: String, CodingKey { case status, name, startTime, endTime, properties }
  private struct Properties: Decodable { var provisioningState: String? }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    // A member of another type than expected is one not told: resources have a `status` of their own.
    func text(_ key: CodingKeys) -> String? { try? container.decodeIfPresent(String.self, forKey: key) }
    (status, name, startTime, endTime) = (text(.status), text(.name), text(.startTime), text(.endTime))
    provisioningState = (try? container.decodeIfPresent(Properties.self, forKey: .properties))?.provisioningState
  }
}
