/// How often the simulated Azure was asked for what, and how often it refused for too many calls.
package struct Counters: Hashable, Sendable {
  /// Calls to the Resource Manager; those of the simulator's director are not counted.
  package private(set) var total = 0
  /// Calls to the port of the token endpoints.
  package private(set) var tokens = 0
  /// Calls answered 429.
  package private(set) var throttled = 0
  /// Calls that were closed without an answer.
  package private(set) var lost = 0
  package private(set) var operations: [String: Int] = [:]
  package private(set) var statuses: [Int: Int] = [:]

  mutating func count(_ operation: String, status: Int, isLost: Bool) {
    total += 1
    if status == 429 { throttled += 1 }
    if isLost { lost += 1 } else { statuses[status, default: 0] += 1 }
    // Somebody may ask for anything: names beyond a thousand are counted together.
    operations[operations.count < 1000 || operations[operation] != nil ? operation : "other", default: 0] += 1
  }

  mutating func countToken() { tokens += 1 }

  var json: JSON {
    [
      "total": .integer(Int64(total)), "throttled": .integer(Int64(throttled)), "lost": .integer(Int64(lost)),
      "tokens": .integer(Int64(tokens)),
      "statuses": .object(
        statuses.sorted { $0.key < $1.key }.map { JSON.Member("\($0.key)", .integer(Int64($0.value))) }),
      "operations": .object(
        operations.sorted { $0.key < $1.key }.map { JSON.Member($0.key, .integer(Int64($0.value))) }),
    ]
  }
}

extension ARMSimulator {
  /// What was counted so far.
  package var counters: Counters { state.withLock { $0.counters } }
}
