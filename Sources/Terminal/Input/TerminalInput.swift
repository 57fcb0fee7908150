/// What reaches the program from its terminal.
package enum TerminalInput: Hashable, Sendable {
  case key(Key)
  /// Text pasted by the operator, lines ended by `\n`; it may hold anything else, control characters included.
  case paste(String)
  /// The terminal has another size now.
  case resize(Size)
  case mouse(MouseEvent)
  /// The program runs again after it was suspended.
  case resumed
  /// The terminal is gone; the program ends.
  case hangUp
  /// A signal asks the program to end (SIGINT, also by Ctrl-C, or SIGTERM).
  case terminate(signal: Int32)
  /// `TerminalWaker.wake` was called, or the time asked for has come.
  case woken
}

/// A mouse button, the wheel, or a movement, at a cell.
package struct MouseEvent: Hashable, Sendable {
  /// What happened.
  package enum Action: Hashable, Sendable {
    case press(MouseButton)
    case release(MouseButton)
    case drag(MouseButton)
    case wheelUp, wheelDown
  }

  package var action: Action
  package var position: Point

  package init(action: Action, position: Point) {
    self.action = action
    self.position = position
  }
}

/// A button of the mouse.
package enum MouseButton: Hashable, Sendable { case left, middle, right }
