import FleetModel
import HTTPTypes
import Simulator

/// An order that goes on after its answer.
struct Order {
  /// As the path names it: `restart`.
  var name: String
  /// As the Activity Log names it: `Microsoft.Compute/virtualMachines/restart/action`.
  var action: String
  var entry: Catalog.Entry
  var duration: OperationDuration
  var form = SimulatedOperation.Form.both
  /// Of the first answer.
  var status = 202
  var body: JSON?
  /// Whether it changes the machine: one of those at a time.
  var isChange = true
}

/// What an order came to.
struct OrderEffect {
  var output: JSON?
  var failure: SimulatedOperation.Failure?
  /// When it is done, where that is later than the platform takes.
  var end: Instant?
  /// The guest does not speak.
  var hangs = false
}

extension ARMSimulator {
  /// Begins an operation, unless another one is changing the machine.
  /// - Parameter effect: carries it out, between two instants.
  func begin(_ order: Order, _ call: ARMCall, effect: (Instant, Instant) -> OrderEffect) -> ARMAnswer {
    let entry = order.entry
    if order.isChange, order.form == .both, isLocked(entry) { return lockedAnswer(entry) }
    return state.withLock { state in
      if order.isChange, let other = state.operations.running(on: entry.place, at: call.at) {
        guard other.hangs else { return conflict(other, order) }
        state.operations.preempt(other.id, at: call.at)
      }
      let number = state.nextNumber()
      let id = Chance.uuid("operation \(number) \(entry.id)")
      let share = Chance.share(Chance.hash(id))
      let planned = call.at + played(order.duration.seconds(share))
      var outcome = OrderEffect()
      if order.isChange, state.faults.has(.operationFails, on: entry.machine.id, at: call.at) {
        outcome.failure = Self.unlucky(order.name, entry)
      } else {
        outcome = effect(call.at, planned)
      }
      let operation = SimulatedOperation(
        id: id, name: order.name, place: entry.place, region: entry.machine.region, form: order.form,
        startedAt: call.at, endsAt: max(planned, outcome.end ?? planned), output: outcome.output,
        failure: outcome.failure, hangs: outcome.hangs, seal: Chance.opaque(id + "h", length: 43),
        version: call.version)
      state.operations.add(operation, isChange: order.isChange)
      state.operations.forget(endedBefore: call.at - played(settings.operationLife))
      if order.isChange { state.activity.record(operation, order.action, by: .ourselves, entry, call) }
      var answer = firstAnswer(operation, order, call)
      answer.isLost = order.isChange && state.faults.has(.answerLost, on: entry.machine.id, at: call.at)
      return answer
    }
  }

  private func conflict(_ other: SimulatedOperation, _ order: Order) -> ARMAnswer {
    guard order.form == .both else {
      return .error(
        409, "AnotherOperationInProgress",
        "Another operation on this or dependent resource is in progress. To retrieve status of the operation use uri: "
          + "\(other.id).")
    }
    return .error(
      409, "Conflict",
      "The request failed due to conflict with a concurrent request. To resolve it, please refer to "
        + "https://aka.ms/activitylog to get more details on the conflicting requests. (\(other.name) is in progress on "
        + "'\(order.entry.machine.name)'.)")
  }

  private static func unlucky(_ name: String, _ entry: Catalog.Entry) -> SimulatedOperation.Failure {
    switch name {
    case "start", "redeploy":
      .init(
        code: "AllocationFailed",
        message: "Allocation failed. We do not have sufficient capacity for the requested VM size in this region. Read "
          + "more about improving likelihood of allocation success at https://aka.ms/allocation-guidance")
    case "runCommand", "extensions", "runCommands":
      .init(
        code: "VMExtensionProvisioningError",
        message:
          "VM has reported a failure when processing extension 'RunCommandLinux'. Error message: \"Enable failed: "
          + "failed to execute command\".")
    default:
      .init(
        code: "InternalExecutionError",
        message: "An internal execution error occurred. Please retry later.")
    }
  }

  private func firstAnswer(_ operation: SimulatedOperation, _ order: Order, _ call: ARMCall) -> ARMAnswer {
    var headers: [(name: String, value: String)] = []
    let link = link(to: operation, call.base, isMonitor: false)
    switch operation.form {
    case .both:
      headers += [
        ("Azure-AsyncNotification", "Enabled"), ("Azure-AsyncOperation", link),
      ]
      // As recorded: a PUT has none, for its result is the resource; az would take it from there.
      if order.status == 202 { headers.append(("Location", self.link(to: operation, call.base, isMonitor: true))) }
    case .network: headers += [("Azure-AsyncNotification", "Enabled"), ("Azure-AsyncOperation", link)]
    case .location: headers.append(("Location", link))
    }
    headers += wait(operation, at: call.at)
    if operation.form != .both {
      headers.append(("x-ms-arm-service-request-id", Chance.uuid(operation.id + " service")))
    }
    guard let body = order.body else { return ARMAnswer(empty: order.status, headers: headers) }
    return ARMAnswer(order.status, body, headers: headers)
  }

  /// How long the caller should wait: a third of what is left, 15 s at most. Waits below a second, which only a
  /// shortened day has, are told in milliseconds too.
  private func wait(_ operation: SimulatedOperation, at now: Instant) -> [(name: String, value: String)] {
    let left = max((operation.endsAt - now).milliseconds, 1)
    let milliseconds = max(min(left / 3, played(15).milliseconds), min(left, 20))
    // Network's front end writes a date where it can.
    if operation.form == .network, milliseconds >= 2000 {
      return [("Retry-After", AzureTime.http(now + .milliseconds(milliseconds)))]
    }
    let seconds = (milliseconds + 999) / 1000
    return [("Retry-After", "\(seconds)")]
      + (milliseconds >= 1000 ? [] : [("x-ms-retry-after-ms", "\(milliseconds)")])
  }

  /// Long and opaque, as the real ones are: 1.5 kB.
  private func link(to operation: SimulatedOperation, _ base: String, isMonitor: Bool) -> String {
    let provider = operation.form == .both ? "Microsoft.Compute" : "Microsoft.Network"
    let kind = operation.form == .location ? "operationResults" : "operations"
    let root =
      "\(base)/subscriptions/\(settings.subscription)/providers/\(provider)/locations/\(operation.region)/\(kind)/"
      + operation.id
    let partition = operation.form == .both ? "p=\(Chance.uuid(operation.region))&" : ""
    return root + "?" + partition + (isMonitor ? "monitor=true&" : "") + "api-version=\(operation.version)"
      + "&t=\(AzureTime.ticks(operation.startedAt))&c=\(Chance.opaque(operation.id + "c", length: 1100))"
      + "&s=\(Chance.opaque(operation.id + "s", length: 342))&h=\(operation.seal)"
  }
}

// Asking for the end.
extension ARMSimulator {
  func operation(_ call: ARMCall, _ id: String) -> ARMAnswer {
    let found: (operation: SimulatedOperation, polls: Int, isHidden: Bool)? = state.withLock { state in
      guard let operation = state.operations[id] else { return nil }
      let machine = catalog.entries[operation.place].machine.id
      return (
        operation, state.operations.countPoll(id), state.faults.has(.pollUnavailable, on: machine, at: call.at)
      )
    }
    let expiry = played(settings.operationLife)
    guard let found, call.path.parameter("h") == found.operation.seal, call.at < found.operation.endsAt + expiry else {
      return .error(404, "NotFound", "The entity was not found in this Azure location.")
    }
    if found.isHidden, found.polls % 2 == 0 { return ARMAnswer(empty: 503) }
    let operation = found.operation
    let waits = operation.isDone(at: call.at) ? [] : wait(operation, at: call.at)
    guard operation.form == .both else { return networkState(operation, call, waits) }
    switch admitCompute([.init(.getOperation, id), .init(.getOperationSubscription, operation.region)], at: call.at) {
    case .refused(let answer): return answer
    case .admitted(let quota):
      if call.path.parameter("monitor") == "true" { return monitor(operation, call, quota + waits) }
      return ARMAnswer(200, stateBody(operation, at: call.at), headers: quota + waits)
    }
  }

  private func stateBody(_ operation: SimulatedOperation, at now: Instant) -> JSON {
    guard operation.isDone(at: now) else {
      return [
        "startTime": .string(AzureTime.compute(operation.startedAt)), "status": "InProgress",
        "name": .string(operation.id),
      ]
    }
    return .having([
      "startTime": .string(AzureTime.compute(operation.startedAt)),
      "endTime": .string(AzureTime.compute(operation.endsAt)),
      "status": operation.failure == nil ? "Succeeded" : "Failed",
      "properties": operation.output.map { ["output": $0] },
      "error": operation.failure.map { ["code": .string($0.code), "message": .string($0.message)] },
      "name": .string(operation.id),
    ])
  }

  private func monitor(
    _ operation: SimulatedOperation, _ call: ARMCall, _ headers: [(name: String, value: String)]
  ) -> ARMAnswer {
    let again = ("Location", link(to: operation, call.base, isMonitor: true))
    guard operation.isDone(at: call.at) else { return ARMAnswer(empty: 202, headers: headers + [again]) }
    if let failure = operation.failure {
      return .error(409, failure.code, failure.message, headers: headers)
    }
    guard let output = operation.output else { return ARMAnswer(empty: 200, headers: headers) }
    return ARMAnswer(200, output, headers: headers + [again])
  }

  private func networkState(
    _ operation: SimulatedOperation, _ call: ARMCall, _ headers: [(name: String, value: String)]
  ) -> ARMAnswer {
    let isDone = operation.isDone(at: call.at)
    if operation.form == .location {
      let again = ("Location", link(to: operation, call.base, isMonitor: false))
      guard isDone else { return ARMAnswer(202, .null, headers: headers + [again]) }
      return ARMAnswer(200, operation.output ?? .null, headers: headers + [again])
    }
    guard isDone else { return ARMAnswer(200, ["status": "InProgress"], headers: headers) }
    return ARMAnswer(
      200,
      .having([
        "status": operation.failure == nil ? "Succeeded" : "Failed",
        "error": operation.failure.map {
          ["code": .string($0.code), "message": .string($0.message), "details": []]
        },
      ]), headers: headers)
  }
}
