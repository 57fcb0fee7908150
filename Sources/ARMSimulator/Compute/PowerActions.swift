import FleetModel
import HTTPTypes
import Simulator

// Microsoft.Compute: what acts on a machine.
extension ARMSimulator {
  /// - Parameter name: folded (`poweroff`).
  func action(_ call: ARMCall, _ entry: Catalog.Entry, _ name: String) -> ARMAnswer {
    switch name {
    case "retrievebootdiagnosticsdata": return bootDiagnostics(call, entry)
    case "simulateeviction": return evict(call, entry)
    case "start", "restart", "poweroff", "deallocate", "redeploy", "reapply", "runcommand", "performmaintenance": break
    default: return notFound(call)
    }
    switch admitUpdate(entry, call) {
    case .refused(let answer): return answer
    case .admitted(let headers):
      var answer: ARMAnswer
      if let why = impossible(name, entry, call) {
        answer = why
      } else if name == "runcommand" {
        answer = runCommand(call, entry)
      } else {
        answer = power(call, entry, name)
      }
      answer.headers += headers
      return answer
    }
  }

  /// What the state of the machine does not allow.
  private func impossible(_ name: String, _ entry: Catalog.Entry, _ call: ARMCall) -> ARMAnswer? {
    guard let view = fleet.platformView(of: entry.machine.id, at: call.at) else { return nil }
    switch name {
    case "restart" where view.power.isOff:
      return .error(
        409, "OperationNotAllowed",
        "Cannot restart the VM '\(entry.machine.name)' because it is \(view.power.rawValue). Start it first.")
    case "redeploy" where view.power == .deallocated:
      return .error(
        409, "OperationNotAllowed", "Redeploy is not allowed on VM '\(entry.machine.name)' since it is deallocated.")
    case "performmaintenance":
      return .error(
        409, "OperationNotAllowed",
        "Operation 'performMaintenance' is not allowed on VM '\(entry.machine.name)' since the Subscription of this VM is "
          + "not eligible.")
    case "runcommand" where view.power != .running: return Self.notRunning
    default: return nil
    }
  }

  static let notRunning = ARMAnswer.error(
    409, "OperationNotAllowed", "Cannot modify extensions in the VM when the VM is not running.")

  private func power(_ call: ARMCall, _ entry: Catalog.Entry, _ name: String) -> ARMAnswer {
    let isHard = call.path.parameter("skipShutdown")?.lowercased() == "true"
    let (powerCall, duration, word): (PowerCall, OperationDuration, String) =
      switch name {
      case "start": (.start, .start, "start")
      case "restart": (.restart, .restart, "restart")
      case "poweroff": (.powerOff, isHard ? .hardPowerOff : .powerOff, "powerOff")
      case "deallocate": (.deallocate, .deallocate, "deallocate")
      case "redeploy": (.redeploy, .redeploy, "redeploy")
      default: (.reapply, .reapply, "reapply")
      }
    let order = Order(
      name: word, action: "Microsoft.Compute/virtualMachines/\(word)/action", entry: entry, duration: duration)
    return begin(order, call) { start, end in
      fleet.control(entry.machine.id, powerCall, from: start, until: end)
      return OrderEffect()
    }
  }

  private func evict(_ call: ARMCall, _ entry: Catalog.Entry) -> ARMAnswer {
    let charges = [Throttle.Charge(.deleteSubscription, entry.machine.region), .init(.deleteMachine, entry.id)]
    switch admitCompute(charges, at: call.at) {
    case .refused(let answer): return answer
    case .admitted(let headers):
      guard entry.isSpot else {
        return .error(
          409, "OperationNotAllowed", "Operation 'simulateEviction' is allowed only for Spot Virtual Machines",
          headers: headers)
      }
      fleet.control(entry.machine.id, .deallocate, from: call.at, until: call.at + played(30))
      state.withLock {
        $0.activity.record(
          "Microsoft.Compute/virtualMachines/simulateEviction/action", by: .ourselves, entry, from: call.at,
          until: call.at + played(30))
      }
      return ARMAnswer(empty: 204, headers: headers)
    }
  }
}
