import CNcurses

/// The signals that a full-screen program reads from a descriptor: WINCH, TERM, HUP, INT, QUIT, TSTP, CONT.
///
/// A signal may land on any thread, so it has to be blocked in all of them before the first is started.
package enum TerminalSignals {
  /// Blocks the signals; to be called in the first lines of `main`, before anything can start a thread.
  ///
  /// Programs that are spawned inherit the block unless their spawner resets it, as swift-subprocess and
  /// `TerminalControl.run` do.
  package static func blockEarly() { cnc_signals_block() }

  /// Takes the block back in the calling thread, for commands without a screen: Ctrl-C then ends them as usual.
  package static func unblock() { cnc_signals_unblock() }
}
