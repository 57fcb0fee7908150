import CNcurses
import Glibc

/// Wakes the terminal's thread from any other: it then gets `.woken`, once for any number of calls.
package final class TerminalWaker: Sendable {
  let descriptor: Int32

  /// - Throws: `TerminalError.descriptorRefused` if the process is out of descriptors.
  package init() throws(TerminalError) {
    descriptor = cnc_event_open()
    guard descriptor >= 0 else { throw .descriptorRefused("waking the screen", errno: errno) }
  }

  deinit { close(descriptor) }

  /// Makes the loop call its program with `.woken`; never blocks.
  package func wake() { cnc_event_signal(descriptor) }

  func clear() { cnc_event_clear(descriptor) }
}
