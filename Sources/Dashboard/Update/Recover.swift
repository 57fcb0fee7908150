import FleetModel
import Terminal

extension DashboardState {
  /// How often an open dialog asks for the plan again while the machine changes.
  private static let planAge = Duration.seconds(2)

  /// The plan of an open dialog has arrived.
  mutating func planArrived(_ machine: MachineID, _ result: Result<RecoveryPlan, CommandRefusal>) {
    changeRecoverDialog { dialog in
      guard dialog.machine == machine else { return }
      dialog.isAsking = false
      switch result {
      case .failure(let refusal):
        if dialog.plan == nil { dialog.stage = .failed(refusal.description) }
      case .success(let plan):
        // The cursor stays with the remedy; at first it stands on the one the ladder would take.
        let wanted = dialog.rung?.remedy
        dialog.plan = plan
        if let row = plan.rungs.firstIndex(where: { $0.remedy == wanted }) {
          dialog.cursor.row = row
        } else {
          dialog.cursor.row = plan.rungs.firstIndex { $0.isAutomatic && $0.blocked.isEmpty } ?? 0
        }
        switch dialog.stage {
        case .loading, .failed: dialog.stage = .choosing
        case .choosing, .confirming, .running: break
        }
      }
    }
  }

  /// Asks for the plan again if the machine of an open dialog has changed.
  mutating func refreshPlan(_ previous: [MachineSnapshot], at now: Moment) -> [DashboardEffect] {
    var effects: [DashboardEffect] = []
    let machines = machines
    changeRecoverDialog { dialog in
      guard dialog.stage == .choosing, !dialog.isAsking, now.operatorTime - dialog.askedAt >= Self.planAge else {
        return
      }
      let id = dialog.machine
      guard machines.first(where: { $0.id == id }) !== previous.first(where: { $0.id == id }) else { return }
      dialog.isAsking = true
      dialog.askedAt = now.operatorTime
      effects = [.requestPlan(id)]
    }
    return effects
  }

  /// The engine answered the remedy of an open dialog.
  mutating func answeredInDialog(_ command: OperatorCommand, _ result: Result<String, CommandRefusal>) -> Bool {
    var isOurs = false
    changeRecoverDialog { dialog in
      guard case .running(var running) = dialog.stage, running.command == command else { return }
      isOurs = true
      switch result {
      case .success(let text): running.answer = text
      case .failure(let refusal): running.refusal = refusal
      }
      dialog.stage = .running(running)
    }
    return isOurs
  }

  private mutating func changeRecoverDialog(_ change: (inout RecoverDialog) -> Void) {
    for index in layers.indices {
      guard case .recover(var dialog) = layers[index] else { continue }
      change(&dialog)
      layers[index] = .recover(dialog)
    }
  }

  /// A key in the recover dialog.
  mutating func press(_ key: Key, in dialog: RecoverDialog, at now: Moment) -> [DashboardEffect] {
    var dialog = dialog
    var effects: [DashboardEffect] = []
    switch dialog.stage {
    case .loading, .failed:
      if key == .escape || key == .character("q") || key == .enter { return closeLayer() }
    case .choosing:
      switch key {
      case .escape, .character("q"): return closeLayer()
      case .up, .character("k"): moveRung(&dialog, by: -1)
      case .down, .character("j"): moveRung(&dialog, by: 1)
      case .home: moveRung(&dialog, by: -100)
      case .end: moveRung(&dialog, by: 100)
      case .enter:
        guard let rung = dialog.rung else { break }
        if let hold = rung.blocked.first {
          say("\(rung.remedy.title) is not possible: \(hold.why)", .warning, at: now)
        } else if let reason = availability(of: .recover).reason {
          say("\(rung.remedy.title): \(reason)", .warning, at: now)
        } else {
          dialog.stage = .confirming(RecoverDialog.Confirmation(rung: rung))
        }
      default: break
      }
    case .confirming(let confirmation):
      effects = press(key, confirming: confirmation, in: &dialog, at: now)
    case .running(let running):
      switch key {
      case .escape, .enter, .character("q"): return closeLayer()
      case .character("r") where running.refusal != nil:
        // Back to the ladder, which will say what the guards say now.
        dialog.stage = .choosing
        dialog.isAsking = true
        dialog.askedAt = now.operatorTime
        effects = [.requestPlan(dialog.machine)]
      default: break
      }
    }
    replaceLayer(.recover(dialog))
    return effects
  }

  private func moveRung(_ dialog: inout RecoverDialog, by rows: Int) {
    dialog.cursor.move(by: rows, count: dialog.plan?.rungs.count ?? 0, visible: 100)
  }

  private func press(
    _ key: Key, confirming confirmation: RecoverDialog.Confirmation, in dialog: inout RecoverDialog, at now: Moment
  ) -> [DashboardEffect] {
    var confirmation = confirmation
    if key == .escape {
      dialog.stage = .choosing
      return []
    }
    if confirmation.needsName {
      if key == .enter {
        if confirmation.typed.text == dialog.name { return order(confirmation.rung, in: &dialog, at: now) }
        confirmation.mismatch = true
      } else if confirmation.typed.handle(key) {
        confirmation.mismatch = false
      }
      dialog.stage = .confirming(confirmation)
      return []
    }
    switch key {
    case .character("y"), .character("Y"): return order(confirmation.rung, in: &dialog, at: now)
    case .character("n"), .character("N"), .enter, .character("q"): dialog.stage = .choosing
    default: break
    }
    return []
  }

  private func order(
    _ rung: RecoveryPlan.Rung, in dialog: inout RecoverDialog, at now: Moment
  ) -> [DashboardEffect] {
    let command = OperatorCommand.recover(dialog.machine, remedy: rung.remedy, overriding: rung.holds.map(\.by))
    dialog.stage = .running(
      RecoverDialog.Running(
        command: command, remedy: rung.remedy, before: snapshot?.recoveries.last?.id, orderedAt: now.fleet))
    return submit(command)
  }
}
