import Glibc
import Terminal

/// Rings the loop a thousand times a second, as a flood of snapshots would.
struct NoiseSource {
  init?(_ arguments: [String]) {
    guard arguments.contains("--noise") else { return nil }
  }

  func start(_ waker: TerminalWaker) {
    Task {
      while true {
        try await Task.sleep(for: .milliseconds(1))
        waker.wake()
      }
    }
  }
}
