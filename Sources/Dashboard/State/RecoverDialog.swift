import FleetModel

/// The dialog in which an operator chooses a remedy by hand, sees what guards say, confirms, and watches it.
package struct RecoverDialog: Hashable, Sendable {
  package enum Stage: Hashable, Sendable {
    case loading
    /// The plan could not be had.
    case failed(String)
    case choosing
    case confirming(Confirmation)
    case running(Running)
  }

  /// A chosen rung waiting for the operator's word.
  package struct Confirmation: Hashable, Sendable {
    package var rung: RecoveryPlan.Rung
    /// The VM's name as typed so far, where the harm asks for it.
    package var typed = TextField()
    /// What was typed was not the name.
    package var mismatch = false

    /// Whether the VM's name must be typed.
    package var needsName: Bool { rung.remedy.isDestructive }
  }

  /// A remedy that was ordered.
  package struct Running: Hashable, Sendable {
    package var command: OperatorCommand
    package var remedy: Remedy
    /// The newest record of this machine when the order was given: what comes after it may be ours.
    package var before: IntentID?
    package var orderedAt: Instant
    /// What the engine answered; nil: not yet.
    package var answer: String?
    /// Why the engine refused, with the guards it named.
    package var refusal: CommandRefusal?
  }

  package var machine: MachineID
  package var name: String
  package var stage = Stage.loading
  package var plan: RecoveryPlan?
  package var cursor = ListCursor()
  /// When the plan was last asked for, in the operator's time.
  package var askedAt: Instant
  package var isAsking = true

  package init(machine: MachineID, name: String, at now: Moment) {
    self.machine = machine
    self.name = name
    askedAt = now.operatorTime
  }

  /// The rung under the cursor.
  package var rung: RecoveryPlan.Rung? {
    guard let plan, plan.rungs.indices.contains(cursor.row) else { return nil }
    return plan.rungs[cursor.row]
  }

  /// The record of the remedy that was ordered, as the snapshot has it.
  package func record(in recoveries: [RecoveryRecord]) -> RecoveryRecord? {
    guard case .running(let running) = stage else { return nil }
    let after = running.before.flatMap { id in recoveries.lastIndex { $0.id == id } }.map { $0 + 1 } ?? 0
    return recoveries[after...].last {
      $0.machine == machine && $0.initiator == .operator && $0.remedy == running.remedy
    }
  }
}
