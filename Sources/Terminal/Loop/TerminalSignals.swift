import CNcurses

/// The signals that a full-screen program acts on: WINCH, TERM, HUP, INT, QUIT, TSTP, CONT.
///
/// While the loop runs, a handler passes them on through a pipe. A descriptor of signalfd would not do: it needs the
/// signals blocked in every thread, but a Swift program whose `main` is asynchronous parks its main thread in
/// `sigsuspend` with nothing blocked (libdispatch's `dispatch_main`).
package enum TerminalSignals {
  /// Blocks the signals in this thread and those it starts, so that they interrupt no system call of other work; to be
  /// called in the first lines of `main`. The loop's own thread takes the block back.
  ///
  /// Programs that are spawned inherit the block unless their spawner resets it, as swift-subprocess and
  /// `TerminalControl.run` do.
  package static func blockEarly() { cnc_signals_block() }

  /// Takes the block back in the calling thread, for commands without a screen: Ctrl-C then ends them as usual.
  package static func unblock() { cnc_signals_unblock() }
}
