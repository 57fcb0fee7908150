import CLibSSH
import CLinux
import Glibc
import HeapModule
import Synchronization

/// One thread that runs the jobs of its actors and, between them, waits for descriptors and deadlines.
///
/// Network code runs here and not on Swift's own pool, so that a thousand waiting peers cost no thread, and a
/// library call that takes its time delays nobody's screen; and so that a busy pool does not make a peer look slow.
/// The thread lives as long as the process.
package final class EpollExecutor: SerialExecutor, TaskExecutor {
  /// What a wait ended with.
  package enum Outcome: Sendable {
    case ready
    case timedOut
    /// The deadline passed, but this thread noticed it so much later: the peer cannot be judged by it.
    case late(Duration)
    case cancelled
    /// The kernel refused to wait (`errno`).
    case failed(Int32)
  }

  /// What a descriptor is waited for.
  package enum Readiness: Sendable {
    case readable, writable, either
    /// The peer's end of the connection, whatever it sent before.
    case closing

    fileprivate var bits: UInt32 {
      switch self {
      case .readable: CLINUX_READABLE
      case .writable: CLINUX_WRITABLE
      case .either: CLINUX_READABLE | CLINUX_WRITABLE
      case .closing: 0
      }
    }
  }

  /// A deadline noticed later than this says more about the monitor than about the peer (semantics 2.7).
  package static let tolerableLag = Duration.seconds(2)

  private enum Wait {
    case descriptor(CheckedContinuation<Outcome, Never>)
    case action(@Sendable () -> Void)
  }

  private struct Timer: Comparable {
    var deadline: ContinuousClock.Instant
    var token: UInt64
    static func < (a: Timer, b: Timer) -> Bool { a.deadline < b.deadline }
  }

  private struct State {
    var jobs: [UnownedJob] = []
    var waits: [UInt64: Wait] = [:]
    var timers = Heap<Timer>()
    var nextToken: UInt64 = 1
    var isPolling = false
  }

  /// Where the thread stands at the process's end.
  private enum Parking {
    static let running = 0
    static let asked = 1
    static let parked = 2
  }

  private let state = Mutex(State())
  private let parking = Atomic(Parking.running)
  private let epoll: Int32
  private let bell: Int32
  /// The bell's token; waits count from 1.
  private static let bellToken: UInt64 = 0

  /// Starts the thread.
  /// - Parameter name: what `top -H` shows, at most 15 bytes.
  /// - Throws: `MonitorFailure` where the system gives no descriptor or thread.
  package init(name: String) throws(MonitorFailure) {
    epoll = clinux_epoll_create()
    bell = clinux_eventfd()
    guard epoll >= 0, bell >= 0, clinux_epoll_keep(epoll, bell, Self.bellToken) == 0 else {
      let failure = MonitorFailure(errno, while: "setting up the network thread")
      if epoll >= 0 { close(epoll) }
      if bell >= 0 { close(bell) }
      throw failure
    }
    // The thread owns this reference for ever, so no job can outlive its executor.
    let context = Unmanaged.passRetained(self)
    let started = clinux_thread_start(
      name,
      { pointer in
        guard let pointer else { return }
        Unmanaged<EpollExecutor>.fromOpaque(pointer).takeUnretainedValue().run()
      }, context.toOpaque())
    guard started == 0 else {
      let failure = MonitorFailure(errno, while: "starting the network thread")
      context.release()
      close(epoll)
      close(bell)
      throw failure
    }
    Self.parkAtExit(self)
  }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    wake { $0.jobs.append(job) }
  }

  /// Waits until a descriptor is ready, has failed or hung up, or the deadline passes. A descriptor is waited for by
  /// one caller at a time, who keeps it open meanwhile.
  package nonisolated(nonsending) func wait(
    for descriptor: Int32, _ readiness: Readiness, until deadline: ContinuousClock.Instant
  ) async -> Outcome {
    let token = newToken()
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        add(.descriptor(continuation), token, until: deadline)
        // Armed after it is known, so that an event of the very next moment finds it.
        if clinux_epoll_arm(epoll, descriptor, readiness.bits, token) != 0 {
          finish(token, .failed(errno))
        } else if Task.isCancelled {
          finish(token, .cancelled)
        }
      }
    } onCancel: {
      finish(token, .cancelled)
    }
  }

  /// Waits for the deadline alone.
  package nonisolated(nonsending) func sleep(until deadline: ContinuousClock.Instant) async -> Outcome {
    let token = newToken()
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        add(.descriptor(continuation), token, until: deadline)
        if Task.isCancelled { finish(token, .cancelled) }
      }
    } onCancel: {
      finish(token, .cancelled)
    }
  }

  /// Runs a short action on this thread at the deadline.
  /// - Returns: a token for `cancel`.
  @discardableResult
  package func schedule(at deadline: ContinuousClock.Instant, _ action: @escaping @Sendable () -> Void) -> UInt64 {
    let token = newToken()
    add(.action(action), token, until: deadline)
    return token
  }

  /// Forgets a scheduled action that has not run yet.
  package func cancel(_ token: UInt64) {
    state.withLock { _ = $0.waits.removeValue(forKey: token) }
  }

  /// Waits under way; for tests of leaks.
  package var pendingWaits: Int { state.withLock { $0.waits.count } }

  private func newToken() -> UInt64 {
    state.withLock { state in
      defer { state.nextToken += 1 }
      return state.nextToken
    }
  }

  private func add(_ wait: Wait, _ token: UInt64, until deadline: ContinuousClock.Instant) {
    wake { state in
      state.waits[token] = wait
      state.timers.insert(Timer(deadline: deadline, token: token))
      // Ended waits leave their timers behind; they are swept when they are most of the heap.
      if state.timers.count > 1024, state.timers.count > 4 * state.waits.count {
        state.timers = Heap(state.timers.unordered.filter { state.waits[$0.token] != nil })
      }
    }
  }

  private func finish(_ token: UInt64, _ outcome: Outcome) {
    switch state.withLock({ $0.waits.removeValue(forKey: token) }) {
    case .descriptor(let continuation): continuation.resume(returning: outcome)
    case .action(let action): action()
    case nil: break
    }
  }

  private func wake(_ change: (inout State) -> Void) {
    let ring = state.withLock { state in
      change(&state)
      defer { state.isPolling = false }
      return state.isPolling
    }
    if ring { clinux_eventfd_signal(bell) }
  }

  private func run() {
    let capacity = 256
    let events = UnsafeMutablePointer<clinux_event>.allocate(capacity: capacity)
    while true {
      let jobs = state.withLock { state in
        let jobs = state.jobs
        state.jobs.removeAll(keepingCapacity: jobs.count <= 1024)
        return jobs
      }
      for job in jobs {
        parkIfAsked()
        job.runSynchronously(isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
      }
      parkIfAsked()
      let count = clinux_epoll_wait(epoll, events, Int32(capacity), pollTimeout())
      state.withLock { $0.isPolling = false }
      parkIfAsked()
      for index in 0..<Int(max(count, 0)) {
        if events[index].token == Self.bellToken {
          clinux_eventfd_drain(bell)
        } else {
          finish(events[index].token, .ready)
        }
      }
      fireTimers()
    }
  }

  /// Milliseconds until something is due, rounded up; -1: nothing is.
  private func pollTimeout() -> Int32 {
    state.withLock { state in
      guard state.jobs.isEmpty else { return 0 }
      state.isPolling = true
      guard let first = state.timers.min else { return -1 }
      let left = ContinuousClock.now.duration(to: first.deadline)
      guard left > .zero else { return 0 }
      let (seconds, attoseconds) = left.components
      return Int32(min(seconds * 1000 + attoseconds / 1_000_000_000_000_000 + 1, 60_000))
    }
  }

  private func fireTimers() {
    let now = ContinuousClock.now
    var due: [Timer] = []
    state.withLock { state in
      while let first = state.timers.min, first.deadline <= now {
        state.timers.removeMin()
        if state.waits[first.token] != nil { due.append(first) }
      }
    }
    for timer in due {
      let lag = timer.deadline.duration(to: now)
      finish(timer.token, lag > Self.tolerableLag ? .late(lag) : .timedOut)
    }
  }
}

extension EpollExecutor {
  private static let atExit = Mutex<[EpollExecutor]>([])

  /// `exit` takes libcrypto down while the threads still run: they are stopped before that, in the order that atexit(3)
  /// promises. libcrypto registers itself when it is first used, which is made to be before.
  private static func parkAtExit(_ executor: EpollExecutor) {
    let isFirst = atExit.withLock { executors in
      executors.append(executor)
      return executors.count == 1
    }
    guard isFirst else { return }
    OPENSSL_init_crypto(0, nil)
    atexit { EpollExecutor.parkAll() }
  }

  private static func parkAll() {
    let executors = atExit.withLock { $0 }
    for executor in executors {
      executor.parking.store(Parking.asked, ordering: .relaxed)
      clinux_eventfd_signal(executor.bell)
    }
    // A job takes milliseconds; one that an agent holds up is not waited for.
    let deadline = ContinuousClock.now + .milliseconds(500)
    for executor in executors {
      while executor.parking.load(ordering: .acquiring) != Parking.parked, ContinuousClock.now < deadline {
        usleep(500)
      }
    }
  }

  private func parkIfAsked() {
    guard parking.load(ordering: .relaxed) == Parking.asked else { return }
    parking.store(Parking.parked, ordering: .releasing)
    while true { pause() }
  }
}
