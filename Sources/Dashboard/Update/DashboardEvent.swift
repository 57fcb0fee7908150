import FleetModel
import Terminal

/// All that can change what the screen shows.
package enum DashboardEvent: Sendable {
  case input(TerminalInput)
  case snapshot(FleetSnapshot)
  /// The engine answered a request for a plan.
  case plan(MachineID, Result<RecoveryPlan, CommandRefusal>)
  /// The engine answered a command.
  case answer(OperatorCommand, Result<String, CommandRefusal>)
  /// The engine can no longer be heard.
  case engineLost
  /// Time has passed.
  case tick
}

/// What the screen asks the world to do.
package enum DashboardEffect: Hashable, Sendable {
  case submit(OperatorCommand)
  case requestPlan(MachineID)
  /// Put text on the operator's clipboard.
  case copy(String)
  /// Give the terminal back to the shell until it says otherwise.
  case suspend
  /// Draw everything anew.
  case repaint
  case quit
}
