import FleetModel

extension DashboardState {
  /// Actions that reach the engine.
  mutating func command(_ action: Action, at now: Moment) -> [DashboardEffect] {
    switch action {
    case .reload: return submit(.reload)
    case .pauseFleet: return pauseFleet()
    default: break
    }
    guard let machine = selectedMachine else { return [] }
    switch action {
    case .recover:
      layers.append(.recover(RecoverDialog(machine: machine.id, name: machine.machine.name, at: now)))
      return [.requestPlan(machine.id)]
    case .checkNow: return submit(.checkNow([machine.id]))
    case .pause:
      let isPaused = machine.status.hold(.paused) != nil
      return submit(isPaused ? .resume(.machines([machine.id])) : .pause(.machines([machine.id]), for: nil))
    case .acknowledge: return submit(.acknowledge(.machines([machine.id])))
    case .rearm: return submit(.rearm(.machines([machine.id])))
    case .copyName:
      say("copied \(machine.machine.name)", .info, at: now)
      return [.copy(machine.machine.name)]
    default: return []
    }
  }

  /// The only way a command leaves the screen: read-only mode stops all of them here.
  func submit(_ command: OperatorCommand) -> [DashboardEffect] {
    settings.isReadOnly ? [] : [.submit(command)]
  }

  private mutating func pauseFleet() -> [DashboardEffect] {
    guard let engine = snapshot?.engine else { return [] }
    let question =
      engine.pausedUntil == nil
      ? Question(
        title: "pause the whole fleet",
        lines: ["Automatic remedies are held for all \(machines.count) VMs until somebody resumes them."],
        verb: "pause", consequence: .submit(.pause(.all, for: nil)))
      : Question(
        title: "resume the whole fleet",
        lines: ["Automatic remedies may run again on all \(machines.count) VMs."],
        verb: "resume", consequence: .submit(.resume(.all)))
    layers.append(.question(question))
    return []
  }

  /// The engine has answered a command.
  mutating func answered(
    _ command: OperatorCommand, _ result: Result<String, CommandRefusal>, at now: Moment
  ) {
    if answeredInDialog(command, result) { return }
    if case .edit(let machine, _) = command, policySaved(machine, result, at: now) { return }
    switch result {
    case .success(let text): say(text, .success, at: now)
    case .failure(let refusal): say(refusal.description, .error, at: now)
    }
  }
}
