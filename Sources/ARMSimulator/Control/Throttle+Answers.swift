import FleetModel
import HTTPTypes

// Quotas on the wire.
extension ARMSimulator {
  /// Resource Manager's own buckets, before any provider sees the call.
  /// - Returns: the headers of the answer, or the refusal.
  func admit(_ call: ARMCall) -> Admission {
    let (local, global, word): (Quota, Quota, String) =
      switch call.method {
      case .get, .head: (.reads, .globalReads, "reads")
      case .delete: (.deletes, .globalDeletes, "deletes")
      default: (.writes, .globalWrites, "writes")
      }
    switch take([.init(local), .init(global)], at: call.at) {
    case .taken(let left):
      let prefix = "x-ms-ratelimit-remaining-subscription-"
      return .admitted([(prefix + word, "\(left[0])"), (prefix + "global-" + word, "\(left[1])")])
    case .refused(_, let after):
      let seconds = max(1, Int(after.inSeconds.rounded(.up)))
      let operation =
        call.method.rawValue + "/"
        + call.path.folded.enumerated()
        .filter { $0.offset % 2 == 0 }.map { $0.element.uppercased() }.joined(separator: "/")
      return .refused(
        .error(
          429, "SubscriptionRequestsThrottled",
          "Number of requests for subscription '\(settings.subscription)' and operation '\(operation)' exceeded the "
            + "backend storage limit. Please try again after '\(seconds)' seconds.",
          isGateway: true, headers: [("Retry-After", "\(seconds)")]))
    }
  }

  enum Admission {
    case admitted([(name: String, value: String)])
    case refused(ARMAnswer)
  }

  /// Compute's own policies of a kind of call.
  func admitCompute(_ charges: [Throttle.Charge], at now: Instant) -> Admission {
    switch take(charges, at: now) {
    case .taken(let left):
      let text = zip(charges, left).map { "Microsoft.Compute/\($0.quota.name);\($1)" }.joined(separator: ",")
      return .admitted([("x-ms-ratelimit-remaining-resource", text)])
    case .refused(let quota, let after):
      let seconds = max(1, Int(after.inSeconds.rounded(.up)))
      let detail: JSON = [
        "operationGroup": .string(quota.group), "startTime": .string(AzureTime.compute(now - .minutes(1))),
        "endTime": .string(AzureTime.compute(now)), "allowedRequestCount": .integer(Int64(quota.capacity)),
        "measuredRequestCount": .integer(Int64(quota.capacity) + 1),
      ]
      return .refused(
        .error(
          429, "OperationNotAllowed",
          "The server rejected the request because too many requests have been received for this subscription.",
          details: [
            [
              "code": "TooManyRequests", "target": .string(quota.group),
              "message": .string(String(decoding: JSONWriter.bytes(detail), as: UTF8.self)),
            ]
          ],
          headers: [
            ("Retry-After", "\(seconds)"), ("x-ms-ratelimit-remaining-resource", "Microsoft.Compute/\(quota.name);0"),
          ]))
    }
  }

  private func take(_ charges: [Throttle.Charge], at now: Instant) -> Throttle.Verdict {
    guard settings.isThrottled else { return .taken(charges.map { Int($0.quota.capacity) - 1 }) }
    return state.withLock { $0.throttle.take(charges, at: now) }
  }
}
