import FleetModel

/// All that can reach the engine core. Time comes with `Engine.step`, never from a clock.
package enum Event: Sendable {
  /// The journal of the engine before this one.
  case started(RestoredState)
  /// The whole list of one provider.
  case inventory([VirtualMachine], of: ProviderKind)
  /// What a list says of power: shown of machines that nobody probes.
  case listedPower(ListedPower)
  /// Policies now in force; machines that are not named keep theirs.
  case policies([MachineID: EffectivePolicy])
  /// Why hooks would be refused now, by path as registered; a path that is absent can run.
  case hookProblems([String: String])
  /// A deadline the engine named has come.
  case wake
  case probed(Ticket, ProbeReport)
  case looked(Ticket, LookReport)
  case toldStop(Ticket, StopReport)
  case inspected(Ticket, PlatformReport)
  case canariesAnswered(CanaryReport)
  /// The intent is on disk, or could not be put there.
  case intentWritten(IntentID, MachineID, failure: String?)
  case performed(IntentID, MachineID, RemedyReport)
  case hooksRan(Ticket, [HookRun])
  case command(CommandID, OperatorCommand)
  /// What the operator should know about the monitor's own means.
  case notices([String])
  /// The monitor itself did not live for a while: suspended, stopped, clock stepped (semantics 2.7).
  case gap(String)
}

/// All that the engine core wants done.
package enum Effect: Sendable {
  case probe(Ticket, VirtualMachine, ProbeRequest)
  case look(Ticket, VirtualMachine, LookOrder)
  case askStop(Ticket, VirtualMachine, StopQuestion)
  case inspect(Ticket, VirtualMachine, InspectionOrder)
  /// Answered by `canariesAnswered`.
  case askCanaries
  /// To be on disk before `intentWritten` is answered.
  case write(RecoveryRecord)
  case perform(RemedyOrder)
  case runHooks(Ticket, HookOccasion, [HookRegistration])
  case keep(JournalEntry)
  case answer(CommandID, Result<String, CommandRefusal>)
}

/// Names one request of the engine, so that its answer finds back.
package struct Ticket: Hashable, Sendable {
  package let number: UInt64
  package let machine: MachineID
}

/// Names one operator's command, so that its answer finds back; given by the runtime.
package struct CommandID: Hashable, Sendable {
  package let number: UInt64
  package init(number: UInt64) { self.number = number }
}

/// What an engine is told once, when it is made.
package struct EngineSettings: Sendable {
  package var mode: EngineStatus.Mode
  /// What the environment band calls this fleet.
  package var context: String
  /// For jitter and random neighbours.
  package var seed: UInt64

  package init(mode: EngineStatus.Mode, context: String, seed: UInt64) {
    self.mode = mode
    self.context = context
    self.seed = seed
  }
}
