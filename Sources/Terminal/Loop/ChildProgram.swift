import CNcurses
import Glibc

/// How a program that had the terminal ended.
package enum ChildEnd: Hashable, Sendable {
  case exited(Int32)
  case signaled(Int32)
}

/// Why a program could not be given the terminal.
package struct ChildError: Error, Hashable, CustomStringConvertible {
  package var program: String
  package var errno: Int32

  package var description: String {
    let program = TextWidth.truncate(program, columns: 60)
    return errno == ENOENT
      ? "\(program) was not found; install it or put it into PATH"
      : "\(program) could not be started: \(String(cString: strerror(errno)))"
  }
}

/// Runs another program on the terminal while the screen is suspended.
struct ChildProgram {
  /// The streams the child gets: the terminal, not what captures our own output.
  var descriptors: (input: Int32, output: Int32, error: Int32)
  /// The loop's signals: read here meanwhile.
  var signals: Int32
  /// Called with signals that the loop has to act on after the child has ended.
  var postpone: (Int32) -> Void

  func run(_ program: String, arguments: [String], environment: [String: String]) throws(ChildError) -> ChildEnd {
    cnc_signals_ignore_keys(true)
    defer { cnc_signals_ignore_keys(false) }
    var pid: pid_t = 0
    let failure = withCStrings([program] + arguments) { arguments in
      withCStrings(environment.map { "\($0.key)=\($0.value)" }.sorted()) { environment in
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: 3) { streams in
          streams[0] = descriptors.input
          streams[1] = descriptors.output
          streams[2] = descriptors.error
          return cnc_spawn(program, arguments, environment, streams.baseAddress, &pid)
        }
      }
    }
    guard failure == 0 else { throw ChildError(program: program, errno: failure) }
    return wait(for: pid)
  }

  private func wait(for pid: pid_t) -> ChildEnd {
    // Readable once the child has ended; −1 on kernels before 5.3, where poll skips it and its time-out serves.
    let end = cnc_process_open(pid)
    defer { if end >= 0 { close(end) } }
    while true {
      var status: Int32 = 0
      let result = waitpid(pid, &status, WNOHANG | WUNTRACED)
      if result == pid {
        // wait(2): the low seven bits are the signal, 0x7F means stopped; the next byte is the exit code.
        let signal = status & 0x7F
        if signal == 0 { return .exited(status >> 8 & 0xFF) }
        if signal != 0x7F { return .signaled(signal) }
        // Ctrl-Z in the child: the shell gets the terminal, and its fg lets us both go on.
        if JobControl.canStop { JobControl.stop() }
        kill(pid, SIGCONT)
      } else if result < 0 && errno != EINTR {
        return .exited(0)
      }
      var descriptors = [
        pollfd(fd: signals, events: Int16(POLLIN), revents: 0), pollfd(fd: end, events: Int16(POLLIN), revents: 0),
      ]
      // Nothing tells of a stopped child, hence the look ten times a second.
      poll(&descriptors, 2, 100)
      while case let signal = cnc_signals_next(signals), signal != 0 {
        guard signal == SIGTERM || signal == SIGHUP else { continue }
        kill(pid, signal)
        postpone(signal)
      }
    }
  }
}

/// Calls `body` with a NULL-terminated array of C strings.
private func withCStrings<Result>(
  _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>?) -> Result
) -> Result {
  var copies: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) }
  copies.append(nil)
  defer { for copy in copies { free(copy) } }
  return copies.withUnsafeBufferPointer { body($0.baseAddress) }
}
