/// Waits until the condition holds, looking every 20 ms, and says whether it came to.
/// - Parameters:
///   - limit: how long at most.
///   - condition: looked at once more after the limit, so that a slow machine gets a fair last look.
package func eventually(
  within limit: Duration, _ condition: () async throws -> Bool
) async throws -> Bool {
  let deadline = ContinuousClock.now + limit
  while ContinuousClock.now < deadline {
    if try await condition() { return true }
    try await Task.sleep(for: .milliseconds(20))
  }
  return try await condition()
}
