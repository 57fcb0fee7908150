/// A full-screen program; it lives on the terminal's thread and need not be `Sendable`.
package protocol TerminalProgram: SendableMetatype {
  /// Takes all input that has come since the last call, in order; the first call brings the screen's size.
  mutating func handle(_ inputs: [TerminalInput], terminal: TerminalControl) -> LoopDecision

  /// Draws the whole screen; the loop sends only what differs from the frame before.
  mutating func draw(size: Size, capabilities: Capabilities) -> Frame
}

/// What the loop does after a program has taken its input.
package enum LoopDecision: Hashable, Sendable {
  /// Go on.
  ///
  /// - redraw: draw a frame: at once after keys and resizes, else when the frame interval has passed.
  /// - wakeAfter: deliver `.woken` after this time, unless another decision comes first; nil sleeps until something
  ///   happens.
  case proceed(redraw: Bool, wakeAfter: Duration?)
  /// Close the screen and return.
  case finish
}

/// Why the loop ended.
package enum ExitReason: Hashable, Sendable {
  /// The program decided so.
  case finished
  /// The terminal is gone.
  case hangUp
  /// A signal asked for it; by convention the program exits with 128 plus its number.
  case signal(Int32)
}
