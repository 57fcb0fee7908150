import FleetModel
import HTTPTypes

// Orders that were refused: the Activity Log has them too.
extension ARMSimulator {
  /// Writes down what was refused to a machine or its card, and who asked.
  /// - Parameter tail: what stands behind the resource's name, folded; empty: the resource itself.
  func noting(_ answer: ARMAnswer, of call: ARMCall, on entry: Catalog.Entry, _ tail: [String], type: String)
    -> ARMAnswer
  {
    guard answer.status >= 400, let action = Self.action(call.method, tail) else { return answer }
    let error = JSONReader.value(answer.body)?["error"] ?? .null
    let failure = SimulatedOperation.Failure(
      code: error["code"].text ?? "", message: error["message"].text ?? "", status: answer.status)
    state.withLock { state in
      state.activity.record(refused: failure, "\(type)/\(action)", entry, call, number: state.nextNumber())
    }
    return answer
  }

  /// As the log writes it: `powerOff/action`, `extensions/write`; nil: nothing is changed by it.
  private static func action(_ method: HTTPRequest.Method, _ tail: [String]) -> String? {
    let kinds = ["extensions": "extensions/", "runcommands": "runCommands/"]
    let kind = tail.first.map { kinds[$0] } ?? ""
    switch method {
    case .put, .patch: return kind.map { $0 + "write" }
    case .delete: return kind.map { $0 + "delete" }
    case .post:
      let names = [
        "start", "restart", "powerOff", "deallocate", "redeploy", "reapply", "runCommand", "performMaintenance",
        "simulateEviction",
      ]
      return names.first { $0.lowercased() == tail.first }.map { $0 + "/action" }
    default: return nil
    }
  }
}
