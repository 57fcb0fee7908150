@testable import GuestAccess

/// The network threads of the whole test process: they never end, so there is one pair.
enum TestLoops {
  static let shared: NetworkLoops = {
    do {
      return try NetworkLoops()
    } catch {
      // A machine that cannot start two threads cannot run tests.
      fatalError("\(error)")
    }
  }()
}

/// Waits for a condition with a deadline.
func eventually(
  within limit: Duration = .seconds(5), _ condition: @Sendable () async -> Bool
) async -> Bool {
  let deadline = ContinuousClock.now + limit
  while ContinuousClock.now < deadline {
    if await condition() { return true }
    _ = await TestLoops.shared.network.sleep(until: .now + .milliseconds(10))
  }
  return await condition()
}
