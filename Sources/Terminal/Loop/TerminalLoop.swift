import CNcurses
import Glibc

/// Runs full-screen programs: one thread that reads the terminal and the signals, and draws.
package enum TerminalLoop {
  /// Runs a program on the terminal of this process until it finishes, on a thread of its own.
  ///
  /// - Parameters:
  ///   - options: how the terminal is used.
  ///   - waker: rings the loop from other threads.
  ///   - makeProgram: creates the program, on its thread, once the terminal is known to be usable.
  /// - Returns: why it ended; the terminal is then as it was before.
  /// - Throws: `TerminalError` with nothing drawn, or what `makeProgram` throws.
  package static func run<Program: TerminalProgram>(
    options: TerminalOptions = TerminalOptions(), waker: TerminalWaker,
    makeProgram: @escaping @Sendable (Capabilities) throws -> Program
  ) async throws -> ExitReason {
    let type = try TerminalType.detect(options)
    return try await OwnThread.run {
      try runHere(type, options: options, waker: waker, makeProgram: makeProgram)
    }
  }

  /// Runs a program on the calling thread.
  package static func runHere<Program: TerminalProgram>(
    _ type: TerminalType, options: TerminalOptions, waker: TerminalWaker,
    makeProgram: (Capabilities) throws -> Program
  ) throws -> ExitReason {
    let program = try makeProgram(type.capabilities)
    let signals = cnc_signals_open()
    guard signals >= 0 else { throw TerminalError.descriptorRefused("signals", errno: errno) }
    defer { cnc_signals_close(signals) }
    let screen = try Screen(type, mouse: options.mouse, restoresAfterCrash: options.restoresAfterCrash)
    // Only now, so that whatever ncurses has to say of a terminal it refuses is seen.
    let capture = options.capturesStandardError ? StandardErrorCapture() : nil
    defer {
      screen.close()
      capture?.finish()
    }
    var run = LoopRun(
      program: program, screen: screen, type: type, options: options, waker: waker, signals: signals, capture: capture)
    return run.run()
  }
}
