import Autopilot
import FleetModel

// Who turned a machine off: the machine's own view, then the Activity Log, then Resource Health (semantics 5.6).
extension AzureControlPlane {
  /// A stop that nobody asked for is believed only when the log was read this long after it.
  static let logPatience = Duration.minutes(10)

  package func stopReason(of machine: VirtualMachine, _ question: StopQuestion) async -> StopReport {
    let reason: StopReport.Reason
    do throws(AzureError) { reason = try await inquire(machine, question) } catch { reason = .notTold(error.sentence) }
    return StopReport(finishedAt: clock.now(), reason: reason)
  }

  private func inquire(
    _ machine: VirtualMachine, _ question: StopQuestion
  ) async throws(AzureError) -> StopReport.Reason {
    guard let path = machine.resourcePath else { return .notTold("the VM's id is no Azure id") }
    let view = try await view(path, of: machine.id)
    guard view.power.isOff else {
      return .pending("the VM itself says \(view.power.rawValue)", until: clock.now() + .seconds(30))
    }
    // What ended shortly before the machine was last seen running may be in the log a little later.
    let from = (question.runningAt ?? question.offSince - .days(1)) - .minutes(30)
    let record = try await activity(of: path, from: from)
    let now = clock.now()
    if let stop = record.stop(question) {
      return .asked(by: stop.caller.isEmpty ? "somebody the Activity Log does not name" : stop.caller)
    }
    if let ended = view.provisionedAt, !record.explains(ended), !question.isOurs(ended),
      question.runningAt.map({ ended > $0 }) ?? true, ended > question.offSince - .days(1)
    {
      return .pending(
        "an operation that ended at \(TimestampText.rfc3339(ended)) is not in the Activity Log yet",
        until: now + .minutes(2))
    }
    let health = try? await platformHealth(of: path)
    if let health, health.availability == .unavailable || health.availability == .degraded {
      switch health.cause {
      // It cannot tell azlin from a person.
      case .user where health.since.map(question.isOurs) ?? false: break
      case .user: return .asked(by: "a person, says Resource Health: \(health.summary)")
      case .platform: return .platform("the platform is at fault and heals it: \(health.summary)")
      case .unknown: break
      }
    }
    let readable = question.offSince + Self.logPatience
    guard now >= readable else {
      return .pending("the Activity Log may be behind until then", until: readable)
    }
    return .nobody("the Activity Log until \(TimestampText.rfc3339(record.completeUntil)) names nobody")
  }
}

extension ActivityRecord {
  /// The stop that is still in force; nil: the log names none, or a start came after it, or it was azlin's own.
  func stop(_ question: StopQuestion) -> Event? {
    for event in events where !question.isOurs(event.at) && !cameToNothing(event) {
      if event.isStop { return event }
      // What was only begun has not undone the stop before it.
      if event.isStart, event.status.lowercased() == "succeeded" { return nil }
    }
    return nil
  }

  /// Whether an operation that ended then is among the events.
  func explains(_ ended: Instant) -> Bool {
    events.contains { $0.at >= ended - .minutes(30) && $0.at <= ended + .minutes(2) }
  }
}

extension ActivityRecord.Event {
  /// Whether it turns a machine on.
  fileprivate var isStart: Bool {
    let action = "microsoft.compute/virtualmachines/"
    return operation == action + "start/action" || operation == action + "restart/action"
      || operation == action + "redeploy/action"
  }
}
