/// When colours are used.
package enum ColorChoice: String, Hashable, Sendable, CaseIterable { case auto, always, never }

/// How a program wants its terminal.
package struct TerminalOptions: Sendable {
  /// `auto` follows the terminal's entry and NO_COLOR; `always` overrules NO_COLOR.
  package var color: ColorChoice
  /// Draw with ASCII only, whatever the locale says.
  package var ascii: Bool
  /// Report mouse events from the start; `TerminalControl.setMouse` changes it later.
  package var mouse: Bool
  /// Keep what anything writes to standard output and error meanwhile, and print it when the screen is closed.
  package var capturesStandardError: Bool
  /// Restore the terminal when the program crashes.
  package var restoresAfterCrash: Bool
  /// Ask the terminal whether it can show a frame at once (mode 2026), and use that.
  package var synchronizesOutput: Bool
  /// Least time between frames that no key asked for.
  package var frameInterval: Duration
  /// What TERM, NO_COLOR and LANG are taken from.
  package var environment: [String: String]

  package init(
    color: ColorChoice = .auto, ascii: Bool = false, mouse: Bool = false, capturesStandardError: Bool = true,
    restoresAfterCrash: Bool = true, synchronizesOutput: Bool = true,
    frameInterval: Duration = .milliseconds(34), environment: [String: String] = ProcessEnvironment.current()
  ) {
    self.color = color
    self.ascii = ascii
    self.mouse = mouse
    self.capturesStandardError = capturesStandardError
    self.restoresAfterCrash = restoresAfterCrash
    self.synchronizesOutput = synchronizesOutput
    self.frameInterval = frameInterval
    self.environment = environment
  }
}
