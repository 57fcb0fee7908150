import Glibc

/// A thread for what may block or must stay on one thread, awaited without blocking the cooperative pool.
enum OwnThread {
  /// Holds a closure on its way through the C interface.
  private final class Work {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  /// Runs `body` on a new thread and returns what it returns or throws what it throws.
  static func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      let work = Work { continuation.resume(with: Swift.Result { try body() }) }
      let pointer = Unmanaged.passRetained(work).toOpaque()
      var thread = pthread_t()
      let failure = pthread_create(
        &thread, nil,
        { pointer in
          // pthread_create passes what it was given, and nothing else holds the reference.
          if let pointer { Unmanaged<Work>.fromOpaque(pointer).takeRetainedValue().body() }
          return nil
        }, pointer)
      guard failure == 0 else {
        Unmanaged<Work>.fromOpaque(pointer).release()
        continuation.resume(throwing: TerminalError.threadRefused(errno: failure))
        return
      }
      pthread_detach(thread)
    }
  }
}
