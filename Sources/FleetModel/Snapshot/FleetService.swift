/// The only seam between engine and front ends: snapshots flow out, commands flow in.
public protocol FleetService: Sendable {
  /// The state of the fleet, newest wins: a slow reader skips, never lags. Starts with the current state. Each call
  /// gives a stream of its own.
  func snapshots() -> AsyncStream<FleetSnapshot>

  /// Carries out one command of an operator.
  /// - Returns: what was done, a sentence an operator can read.
  /// - Throws: `CommandRefusal`, with the reason and the remedy.
  @discardableResult
  func submit(_ command: OperatorCommand) async throws -> String

  /// The ladder for one machine as it stands now, with what each guard says.
  /// - Throws: `CommandRefusal` where the machine is not known.
  func recoveryPlan(for machine: MachineID) async throws -> RecoveryPlan
}

/// What an operator can ask of the engine. An empty selection is an error, never "all" (semantics 1.7).
public enum OperatorCommand: Hashable, Sendable, Codable {
  case checkNow([MachineID])
  /// nil: the next remedy of the ladder. `overriding` names each guard the operator has seen and passes over.
  case recover(MachineID, remedy: Remedy?, overriding: [Guard])
  /// Holds automatic remedies; nil: until resumed.
  case pause(FleetSelection, for: Duration?)
  case resume(FleetSelection)
  /// Seen: no repeats, automatic remedies held until healthy or 24 h (semantics 6.8).
  case acknowledge(FleetSelection)
  /// Attempts begin anew: needed after "needs a human" (semantics 6.8).
  case rearm(FleetSelection)
  /// No notifications until then; nil: they come again.
  case mute(FleetSelection, for: Duration?)
  /// Machines missing from their provider's list are gone (semantics 6.9).
  case acceptInventory
  /// Writes edits into one machine's policy file.
  case edit(MachineID, [PolicyEdit])
  /// Reads policies and inventory again.
  case reload
}

/// Some machines, or all of them said outright.
public enum FleetSelection: Hashable, Sendable, Codable {
  case machines([MachineID])
  case all
}

/// One change to one key of a policy file.
public struct PolicyEdit: Hashable, Sendable, Codable {
  /// Dotted (`thresholds.disk_warning`).
  public var key: String
  /// As an operator types it; nil: remove the key, so that the layer below shows.
  public var value: String?
  public init(key: String, value: String?) {
    self.key = key
    self.value = value
  }
}

/// Why a command was not carried out, and what to do about it.
public struct CommandRefusal: Error, Hashable, Sendable, Codable, CustomStringConvertible {
  public var description: String
  /// Guards in the way, which an operator may name to pass over.
  public var holds: [Hold]
  public init(_ description: String, holds: [Hold] = []) {
    self.description = description
    self.holds = holds
  }
}
