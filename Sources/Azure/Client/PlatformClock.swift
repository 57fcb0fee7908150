import FleetModel

/// How the platform's clock stands against this machine's, so that a monitor whose clock is wrong neither takes a
/// living agent's word for an old one nor asks for a log that ends before what it is after.
///
/// Azure's instants are carried over to this machine's clock where an answer is read, and back where a question names
/// one: everything between knows one clock only. The estimate is Cristian's (1989), from the `Date` of each answer.
package struct PlatformClock: Hashable, Sendable {
  /// The platform's clock less this machine's.
  package private(set) var ahead: Duration

  /// What is not corrected, so that instants told twice stay the same.
  package static let tolerance = Duration.seconds(5)

  /// A clock that needs no correction.
  package static let same = PlatformClock(ahead: .zero)

  package init(ahead: Duration) { self.ahead = ahead }

  /// Takes the time of an answer.
  /// - Parameters:
  ///   - served: its `Date`, in whole seconds: somewhere between the sending of the question and the end of the answer.
  ///   - sent: when the question was sent, by this machine's clock.
  ///   - received: when the whole answer was there.
  package mutating func note(served: Instant, sent: Instant, received: Instant) {
    let lowest = served - received
    let highest = max(lowest, served + .seconds(1) - sent)
    func fits(_ offset: Duration) -> Bool {
      offset >= lowest - Self.tolerance && offset <= highest + Self.tolerance
    }
    if fits(ahead) { return }
    ahead = fits(.zero) ? .zero : (lowest + highest) / 2
  }

  /// An instant of the platform's, by this machine's clock.
  package func ours(_ instant: Instant) -> Instant { instant - ahead }

  /// An instant of this machine's, by the platform's clock.
  package func theirs(_ instant: Instant) -> Instant { instant + ahead }
}
