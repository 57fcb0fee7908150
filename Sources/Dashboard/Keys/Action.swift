/// What an operator can do with a key; the raw value is the action's name in `keys.toml` and documentation.
package enum Action: String, Hashable, Sendable, CaseIterable {
  case moveUp = "move-up"
  case moveDown = "move-down"
  case pageUp = "page-up"
  case pageDown = "page-down"
  case halfPageUp = "half-page-up"
  case halfPageDown = "half-page-down"
  case top, bottom
  case nextFocus = "next-focus"
  case previousFocus = "previous-focus"
  case open
  case back
  case zoom

  case metrics, recovery, hooks, policy, events
  case nextMachine = "next-vm"
  case previousMachine = "previous-vm"

  case filter, sort
  case reverseSort = "reverse-sort"

  case checkNow = "check-now"
  case recover
  case pause
  case pauseFleet = "pause-fleet"
  case acknowledge = "ack"
  case rearm
  case reload
  case copyName = "copy-name"

  case editValue = "edit-value"
  case resetValue = "reset-value"
  case undoEdit = "undo-edit"
  case savePolicy = "save-policy"

  case help
  case repaint, suspend, quit
}

/// Whether an action can be done now; one that cannot stays visible with its reason.
package enum Availability: Hashable, Sendable {
  case available
  case disabled(String)

  package var reason: String? {
    if case .disabled(let reason) = self { reason } else { nil }
  }
}
