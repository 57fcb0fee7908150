import Glibc

/// What a program may do with its terminal beside drawing; valid on the terminal's thread while the loop runs.
package final class TerminalControl {
  private let screen: Screen
  private let child: ChildProgram

  init(screen: Screen, child: ChildProgram) {
    self.screen = screen
    self.child = child
  }

  /// Columns and rows of the screen.
  package var size: Size { screen.size }
  /// What drawings may use.
  package var capabilities: Capabilities { screen.capabilities }

  /// Paints the whole screen anew with the next frame, whatever else wrote to it (Ctrl-L does so too).
  package func repaint() { screen.repaint() }

  /// Turns mouse reports on or off.
  package func setMouse(_ on: Bool) { screen.setMouse(on) }

  /// Puts text into the operator's clipboard (OSC 52); false if it is too long for terminals to take (74,994 bytes).
  package func copy(_ text: String) -> Bool { screen.copy(text) }

  /// Stops the program as Ctrl-Z does, until the shell lets it go on.
  package func suspend() {
    guard JobControl.canStop else { return }
    screen.suspend()
    JobControl.stop()
    screen.resume()
  }

  /// Gives the terminal to another program (ssh, an editor), waits for its end, and takes the screen again.
  ///
  /// The thread waits; what wakes the loop meanwhile is delivered afterwards.
  ///
  /// - Parameters:
  ///   - program: a path, or a name that is looked up in PATH.
  ///   - arguments: without the program's own name.
  ///   - environment: nil for that of this process.
  /// - Returns: how the program ended.
  /// - Throws: `ChildError` if it could not be started; the screen is back then, too.
  package func run(
    _ program: String, arguments: [String], environment: [String: String]? = nil
  ) throws(ChildError) -> ChildEnd {
    screen.suspend()
    defer { screen.resume() }
    return try child.run(program, arguments: arguments, environment: environment ?? ProcessEnvironment.current())
  }
}
