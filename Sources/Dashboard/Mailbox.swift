import FleetModel
import Synchronization
import Terminal

/// Brings what happens on other threads to the terminal's: the newest snapshot alone, answers all and in order.
final class Mailbox: Sendable {
  private struct Contents {
    var snapshot: FleetSnapshot?
    var events: [DashboardEvent] = []
    var isLost = false
  }

  private let contents = Mutex(Contents())
  private let waker: TerminalWaker

  init(waker: TerminalWaker) { self.waker = waker }

  /// Leaves a snapshot; one that was not fetched yet is forgotten: newest wins, and a flood makes no backlog.
  func put(_ snapshot: FleetSnapshot) {
    contents.withLock { $0.snapshot = snapshot }
    waker.wake()
  }

  /// Leaves an answer.
  func put(_ event: DashboardEvent) {
    contents.withLock { $0.events.append(event) }
    waker.wake()
  }

  /// Says that no more snapshots will come.
  func lose() {
    contents.withLock { $0.isLost = true }
    waker.wake()
  }

  /// Takes all there is. A snapshot comes before answers, so that an answer finds what it speaks of.
  func take() -> [DashboardEvent] {
    contents.withLock { contents in
      var events: [DashboardEvent] = contents.snapshot.map { [.snapshot($0)] } ?? []
      events += contents.events
      if contents.isLost { events.append(.engineLost) }
      contents = Contents()
      return events
    }
  }
}
