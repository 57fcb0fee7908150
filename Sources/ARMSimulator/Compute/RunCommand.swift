import FleetModel
import HTTPTypes
import Simulator

// Run Command, version 1: a script in the guest, its output in the operation.
extension ARMSimulator {
  /// The most that version 1 keeps of what a script prints: its last 4,096 bytes.
  private static let outputLimit = 4096

  func runCommand(_ call: ARMCall, _ entry: Catalog.Entry) -> ARMAnswer {
    let body = call.json
    guard let id = body["commandId"].text else {
      return .error(400, "InvalidParameter", "Required parameter 'commandId' is missing (null).", details: [])
    }
    guard ["runshellscript", "runpowershellscript"].contains(id.lowercased()) else {
      return .error(404, "NotFound", "The entity was not found in this Azure location.")
    }
    var script = body["script"].items.compactMap(\.text).joined(separator: "\n")
    script = Self.filled(
      script, path: "/var/lib/waagent/run-command/download/0/script.sh",
      parameters: body["parameters"].items.map { $0["value"].text ?? "" })
    let order = Order(
      name: "runCommand", action: "Microsoft.Compute/virtualMachines/runCommand/action", entry: entry,
      duration: duration(.runCommand, ofSilent: .silentScript, entry, call))
    return begin(order, call) { start, _ in
      if let silence = silence(of: entry, at: start) { return silence }
      let result = runByAgent(script, entry, at: start)
      let message =
        "Enable succeeded: \n[stdout]\n" + Self.tail(result.stdout) + "\n[stderr]\n" + Self.tail(result.stderr)
      return OrderEffect(
        output: [
          "value": [
            [
              "code": "ProvisioningState/succeeded", "level": "Info", "displayStatus": "Provisioning succeeded",
              "message": .string(message),
            ]
          ]
        ], end: result.finishedAt)
    }
  }

  /// The words that a shell puts into a script: its path and its arguments.
  static func filled(_ script: String, path: String, parameters: [String]) -> String {
    // Only a script that was sent with arguments, or names its path, is touched: others keep their dollars.
    guard !parameters.isEmpty || script.contains("$0") else { return script }
    var text = script.replacing("$0", with: path)
    for (index, value) in parameters.enumerated().reversed() { text = text.replacing("$\(index + 1)", with: value) }
    return text
  }

  private static func tail(_ text: String) -> String {
    text.utf8.count <= outputLimit ? text : String(decoding: text.utf8.suffix(outputLimit), as: UTF8.self)
  }

  private func runByAgent(_ script: String, _ entry: Catalog.Entry, at start: Instant) -> GuestShellResult {
    let guest = ServedGuest(machine: entry.machine, fleet: fleet, time: GuestTime(now: { start }, speed: 1))
    return fleet.runScript(on: entry.machine.id, script: guest.answering(script), at: start)
  }

  /// How long a script takes, depending on whether the guest speaks.
  func duration(
    _ ordinary: OperationDuration, ofSilent silent: OperationDuration, _ entry: Catalog.Entry, _ call: ARMCall
  ) -> OperationDuration {
    fleet.platformView(of: entry.machine.id, at: call.at)?.agent == .ready ? ordinary : silent
  }

  /// The end of every script whose guest does not speak; nil: it does.
  func silence(of entry: Catalog.Entry, at now: Instant) -> OrderEffect? {
    guard fleet.platformView(of: entry.machine.id, at: now)?.agent != .ready else { return nil }
    return OrderEffect(
      failure: .init(
        code: "VMAgentStatusCommunicationError",
        message:
          "VM '\(entry.machine.name)' has not reported status for VM agent or extensions. Verify that the OS is up "
          + "and healthy, the VM has a running VM agent, and that it can establish outbound connections to Azure storage. "
          + "Please refer to https://aka.ms/vmextensionlinuxtroubleshoot for additional VM agent troubleshooting "
          + "information."), hangs: true)
  }
}

// Run Command, version 2: the script as a resource of the machine.
extension ARMSimulator {
  /// - Parameter rest: folded: `runcommands`, or that and a name.
  func runCommands(_ call: ARMCall, _ entry: Catalog.Entry, _ rest: [String]) -> ARMAnswer {
    switch call.method {
    case .get:
      switch admitLowCost(entry, call) {
      case .refused(let answer): return answer
      case .admitted(let headers):
        var answer = readCommands(call, entry, rest)
        answer.headers += headers
        return answer
      }
    case .put, .patch, .delete:
      guard rest.count == 2 else { return methodNotAllowed(call) }
      switch admitUpdate(entry, call) {
      case .refused(let answer): return answer
      case .admitted(let headers):
        var answer = call.method == .delete ? deleteCommand(call, entry, rest[1]) : putCommand(call, entry, rest[1])
        answer.headers += headers
        return answer
      }
    default: return methodNotAllowed(call)
    }
  }

  private func readCommands(_ call: ARMCall, _ entry: Catalog.Entry, _ rest: [String]) -> ARMAnswer {
    let state = state.withLock { $0 }
    let commands = (state.machines[entry.place]?.commands ?? [:]).filter {
      $0.value.deletedAt.map { call.at < $0 } ?? true
    }
    let withView = call.path.parameter("$expand")?.lowercased() == "instanceview"
    if rest.count == 1 {
      let models = commands.sorted { $0.key < $1.key }
        .map { commandModel($0.value, entry, state, withView: withView, at: call.at) }
      return ARMAnswer(["value": .array(models)])
    }
    guard let command = commands[rest[1]] else { return notFound(call) }
    return ARMAnswer(commandModel(command, entry, state, withView: withView, at: call.at))
  }

  private func commandModel(
    _ command: MachineRecord.Command, _ entry: Catalog.Entry, _ state: ARMState, withView: Bool, at now: Instant
  ) -> JSON {
    let operation = state.operations[command.operation]
    let isDone = operation?.isDone(at: now) ?? true
    var properties = command.properties
    properties["timeoutInSeconds"] = properties["timeoutInSeconds"].isNull ? 0 : properties["timeoutInSeconds"]
    // Succeeded even where the script failed: only the instance view tells (recorded: exit code 127).
    properties["provisioningState"] =
      isDone
      ? (operation?.failure == nil ? "Succeeded" : "Failed")
      : (properties["isUpdate"].flag == true ? "Updating" : "Creating")
    if properties["asyncExecution"].isNull { properties["asyncExecution"] = false }
    properties = properties.removing("isUpdate")
    if withView {
      properties["instanceView"] =
        isDone
        ? command.view
        : ["executionState": "Running", "startTime": .string(AzureTime.agent(operation?.startedAt ?? now))]
    }
    return [
      "name": .string(command.name), "id": "\(entry.id)/runCommands/\(command.name)",
      "type": "Microsoft.Compute/virtualMachines/runCommands", "location": .string(entry.machine.region),
      "properties": properties,
    ]
  }

  private func putCommand(_ call: ARMCall, _ entry: Catalog.Entry, _ key: String) -> ARMAnswer {
    guard fleet.platformView(of: entry.machine.id, at: call.at)?.power == .running else { return Self.notRunning }
    let body = call.json
    let name = call.path.segments.last ?? key
    let old = state.withLock { $0.machines[entry.place]?.commands[key] }
    var properties = body["properties"]
    guard let script = properties["source"]["script"].text ?? old?.properties["source"]["script"].text else {
      return .error(
        400, "InvalidParameter", "Required parameter 'runCommand.properties.source' is missing (null).")
    }
    // Nobody gets back what was protected.
    properties = properties.removing("protectedParameters").removing("runAsPassword")
    properties["isUpdate"] = .bool(old != nil)
    let values = properties["parameters"].items.map { $0["value"].text ?? "" }
    let path = "/var/lib/waagent/run-command-handler/download/\(name)/0/script.sh"
    let text = Self.filled(script, path: path, parameters: values)
    var command = MachineRecord.Command(name: name, properties: properties, operation: "", view: .null)
    var shown = commandModel(command, entry, ARMState(), withView: false, at: call.at)
    shown["properties"]["provisioningState"] = old == nil ? "Creating" : "Updating"
    let order = Order(
      name: "runCommands", action: "Microsoft.Compute/virtualMachines/runCommands/write", entry: entry,
      duration: duration(.runCommandResource, ofSilent: .silentScript, entry, call), status: old == nil ? 201 : 200,
      body: shown)
    let answer = begin(order, call) { start, _ in
      if let silence = silence(of: entry, at: start) { return silence }
      let result = runByAgent(text, entry, at: start)
      let isGood = result.exitCode == 0
      command.view = [
        "exitCode": .integer(Int64(result.exitCode)), "executionState": isGood ? "Succeeded" : "Failed",
        "executionMessage": .string(
          isGood
            ? "Execution completed"
            : "Execution failed: failed to execute command: command terminated with exit status=\(result.exitCode)"),
        "output": .string(result.stdout), "error": .string(result.stderr),
        "startTime": .string(AzureTime.agent(start)), "endTime": .string(AzureTime.agent(result.finishedAt)),
      ]
      return OrderEffect(end: result.finishedAt)
    }
    if answer.status < 300 {
      state.withLock { state in
        command.operation = state.operations.last(on: entry.place)?.id ?? ""
        state.machines[entry.place, default: MachineRecord()].commands[key] = command
      }
    }
    return answer
  }

  private func deleteCommand(_ call: ARMCall, _ entry: Catalog.Entry, _ key: String) -> ARMAnswer {
    guard state.withLock({ $0.machines[entry.place]?.commands[key] }) != nil else {
      return ARMAnswer(empty: 204)
    }
    let order = Order(
      name: "runCommands", action: "Microsoft.Compute/virtualMachines/runCommands/delete", entry: entry,
      duration: .runCommandResource)
    var end = call.at
    let answer = begin(order, call) { _, planned in
      end = planned
      return OrderEffect()
    }
    if answer.status < 300 {
      state.withLock { $0.machines[entry.place]?.commands[key]?.deletedAt = end }
    }
    return answer
  }
}
