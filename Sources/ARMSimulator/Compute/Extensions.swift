import FleetModel
import HTTPTypes
import Simulator

// Extensions of a machine; VMAccessForLinux does what it is known for.
extension ARMSimulator {
  /// - Parameter rest: folded: `extensions`, or that and a name.
  func extensions(_ call: ARMCall, _ entry: Catalog.Entry, _ rest: [String]) -> ARMAnswer {
    switch call.method {
    case .get:
      switch admitLowCost(entry, call) {
      case .refused(let answer): return answer
      case .admitted(let headers):
        let state = state.withLock { $0 }
        let own = state.machines[entry.place]?.extensions ?? [:]
        if rest.count == 1 {
          let models = own.sorted { $0.key < $1.key }.map { extensionModel($0.value, entry, state, at: call.at) }
          return ARMAnswer(200, ["value": .array(models)], headers: headers)
        }
        guard let one = own[rest[1]] else { return notFound(call) }
        return ARMAnswer(200, extensionModel(one, entry, state, at: call.at), headers: headers)
      }
    case .put, .patch:
      guard rest.count == 2 else { return methodNotAllowed(call) }
      switch admitUpdate(entry, call) {
      case .refused(let answer): return answer
      case .admitted(let headers):
        var answer = putExtension(call, entry, rest[1])
        answer.headers += headers
        return answer
      }
    default: return methodNotAllowed(call)
    }
  }

  private func extensionModel(
    _ one: MachineRecord.Extension, _ entry: Catalog.Entry, _ state: ARMState, at now: Instant
  ) -> JSON {
    let operation = state.operations[one.operation]
    let isDone = operation?.isDone(at: now) ?? true
    var properties = one.properties
    properties["provisioningState"] =
      isDone ? (operation?.failure == nil ? "Succeeded" : "Failed") : "Updating"
    return [
      "name": .string(one.name), "id": "\(entry.id)/extensions/\(one.name)",
      "type": "Microsoft.Compute/virtualMachines/extensions", "location": .string(entry.machine.region),
      "properties": properties,
    ]
  }

  /// What the instance view says of an extension.
  func extensionView(_ one: MachineRecord.Extension, _ state: ARMState, at now: Instant) -> JSON {
    let operation = state.operations[one.operation]
    let isDone = operation?.isDone(at: now) ?? true
    let isGood = operation?.failure == nil
    return [
      "name": .string(one.name),
      "type": "\(one.properties["publisher"].text ?? "").\(one.properties["type"].text ?? "")",
      "typeHandlerVersion": .string((one.properties["typeHandlerVersion"].text ?? "1.0") + ".0.0"),
      "statuses": [
        [
          "code": .string("ProvisioningState/" + (isDone ? (isGood ? "succeeded" : "failed") : "updating")),
          "level": isDone && !isGood ? "Error" : "Info",
          "displayStatus": .string(isDone ? (isGood ? "Provisioning succeeded" : "Provisioning failed") : "Updating"),
          "message": .string(one.message),
        ]
      ],
    ]
  }

  private func putExtension(_ call: ARMCall, _ entry: Catalog.Entry, _ key: String) -> ARMAnswer {
    guard fleet.platformView(of: entry.machine.id, at: call.at)?.power == .running else { return Self.notRunning }
    let body = call.json["properties"]
    let old = state.withLock { $0.machines[entry.place]?.extensions }
    guard let type = body["type"].text ?? old?[key]?.properties["type"].text,
      let publisher = body["publisher"].text ?? old?[key]?.properties["publisher"].text
    else {
      return .error(400, "InvalidParameter", "Required parameter 'extension.properties.type' is missing (null).")
    }
    if let other = old?.first(where: {
      $0.key != key && $0.value.properties["type"].text?.lowercased() == type.lowercased()
    }) {
      return .error(
        409, "Conflict",
        "Multiple VMExtensions per handler not supported for OS type 'Linux'. VMExtension '\(other.value.name)' with "
          + "handler '\(publisher).\(type)' already added or specified in input.")
    }
    let kept = [
      "forceUpdateTag", "publisher", "type", "typeHandlerVersion", "autoUpgradeMinorVersion",
      "enableAutomaticUpgrade", "settings",
    ]
    var properties: JSON = [:]
    for name in kept where !body[name].isNull { properties[name] = body[name] }
    properties["publisher"] = .string(publisher)
    properties["type"] = .string(type)
    if properties["autoUpgradeMinorVersion"].isNull { properties["autoUpgradeMinorVersion"] = false }
    let isReset = type.lowercased() == "vmaccessforlinux" && body["protectedSettings"]["reset_ssh"].flag == true
    // The same text as before means that nothing is to be done again.
    let isAgain = old?[key].map { $0.properties["forceUpdateTag"] == body["forceUpdateTag"] } ?? false
    var one = MachineRecord.Extension(
      name: call.path.segments.last ?? key, properties: properties, operation: "", message: "Succeeded")
    var shown = extensionModel(one, entry, ARMState(), at: call.at)
    shown["properties"]["provisioningState"] = old?[key] == nil ? "Creating" : "Updating"
    let order = Order(
      name: "extensions", action: "Microsoft.Compute/virtualMachines/extensions/write", entry: entry,
      duration: duration(.vmAccess, ofSilent: .silentExtension, entry, call), status: old?[key] == nil ? 201 : 200,
      body: shown)
    let answer = begin(order, call) { start, end in
      if let silence = silence(of: entry, at: start) { return silence }
      if isReset, !isAgain { fleet.control(entry.machine.id, .resetSSH, from: start, until: end) }
      return OrderEffect()
    }
    if answer.status < 300 {
      state.withLock { state in
        one.operation = state.operations.last(on: entry.place)?.id ?? ""
        state.machines[entry.place, default: MachineRecord()].extensions[key] = one
      }
    }
    return answer
  }
}
