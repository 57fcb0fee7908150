import Synchronization

/// A value that comes once, from any thread, for any number of tasks that wait no longer than they can.
package final class Promise<Value: Sendable>: Sendable {
  private struct State {
    var value: Value?
    var waiters: [UInt64: CheckedContinuation<Value?, Never>] = [:]
    var nextWaiter: UInt64 = 0
  }

  private let state = Mutex(State())

  package init() {}

  /// Gives the value; the first one stays.
  package func fulfil(_ value: Value) {
    let waiters = state.withLock { state -> [CheckedContinuation<Value?, Never>] in
      guard state.value == nil else { return [] }
      state.value = value
      defer { state.waiters = [:] }
      return Array(state.waiters.values)
    }
    for waiter in waiters { waiter.resume(returning: value) }
  }

  /// The value, where it has come.
  package var now: Value? { state.withLock { $0.value } }

  /// Waits for the value; nil: the deadline passed or the task was cancelled first.
  package nonisolated(nonsending) func value(
    until deadline: ContinuousClock.Instant, on loop: EpollExecutor
  ) async -> Value? {
    let waiter = state.withLock { state in
      defer { state.nextWaiter += 1 }
      return state.nextWaiter
    }
    let timer = loop.schedule(at: deadline) { [weak self] in self?.giveUp(waiter) }
    defer { loop.cancel(timer) }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let ready = state.withLock { state -> Value? in
          if state.value == nil { state.waiters[waiter] = continuation }
          return state.value
        }
        if let ready {
          continuation.resume(returning: ready)
        } else if Task.isCancelled || ContinuousClock.now >= deadline {
          giveUp(waiter)
        }
      }
    } onCancel: {
      giveUp(waiter)
    }
  }

  private func giveUp(_ waiter: UInt64) {
    state.withLock { $0.waiters.removeValue(forKey: waiter) }?.resume(returning: nil)
  }
}

/// Runs work that cannot be trusted to end: waits for it until the deadline, then cancels it and goes on without.
/// - Returns: nil: the deadline passed or the calling task was cancelled.
package func within<Value: Sendable>(
  _ deadline: ContinuousClock.Instant, on loop: EpollExecutor,
  _ work: @escaping @Sendable () async -> Value
) async -> Value? {
  let promise = Promise<Value>()
  let task = Task { promise.fulfil(await work()) }
  let value = await promise.value(until: deadline, on: loop)
  if value == nil { task.cancel() }
  return value
}
