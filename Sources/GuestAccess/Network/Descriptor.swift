import Glibc
import Synchronization

/// Owns an open descriptor and closes it once.
package final class Descriptor: Sendable {
  private let number: Mutex<Int32?>

  /// Takes a descriptor over.
  package init(_ number: Int32) { self.number = Mutex(number) }

  /// The descriptor's number; -1 once it is closed or given away.
  package var value: Int32 { number.withLock { $0 ?? -1 } }

  /// Gives the descriptor away; nil: it is closed or was given away before.
  package func release() -> Int32? {
    number.withLock { number in
      defer { number = nil }
      return number
    }
  }

  /// Closes the descriptor now.
  package func close() {
    if let number = release() { Glibc.close(number) }
  }

  deinit { close() }
}
