import FleetModel

/// All that a runtime needs besides its providers.
package struct RuntimePorts: Sendable {
  package var journal: any EngineJournal
  package var hooks: any HookRunner
  package var policies: any PolicySource
  package var canaries: any CanarySource
  package var clock: any EngineClock
  package var processID: Int32
  package var startedAt: Instant
  /// Standing words of the program itself (`add hosts with …`).
  package var notices: [String]

  package init(
    journal: any EngineJournal, hooks: any HookRunner, policies: any PolicySource,
    canaries: any CanarySource = NoCanaries(), clock: any EngineClock,
    processID: Int32, notices: [String] = []
  ) {
    self.journal = journal
    self.hooks = hooks
    self.policies = policies
    self.canaries = canaries
    self.clock = clock
    self.processID = processID
    startedAt = clock.now()
    self.notices = notices
  }
}

/// No canary: only the fleet itself tells whether the monitor is blind.
package struct NoCanaries: CanarySource {
  package init() {}
  package func ask() async -> CanaryReport {
    let now = SystemClock().now()
    return CanaryReport(askedAt: now, finishedAt: now, answered: [:])
  }
}

/// Notices when this process did not live for a while, or the clock was set (semantics 2.7).
struct Pulse {
  private let clock: any EngineClock
  private var last: ContinuousClock.Instant
  private var wall: Instant
  private let wallClock = SystemClock()

  /// A longer silence than this between beats of one second is a gap.
  static let longestSilence = Duration.seconds(10)
  /// The wall clock may drift from the steady one by this much between beats.
  static let largestStep = Duration.seconds(2)

  init(clock: any EngineClock) {
    self.clock = clock
    last = .now
    wall = wallClock.now()
  }

  /// To be called about once a second.
  /// - Returns: what happened, where this beat shows a gap.
  mutating func beat() -> String? {
    let now = ContinuousClock.Instant.now
    let wallNow = wallClock.now()
    defer {
      last = now
      wall = wallNow
    }
    let silence = now - last
    let step = (wallNow - wall) - silence
    if silence > Self.longestSilence { return "it was suspended or stopped for \(silence.components.seconds) s" }
    if step > Self.largestStep || step < .zero - Self.largestStep {
      return "the clock was set by \(step.components.seconds) s"
    }
    return nil
  }
}

/// The readers of one engine's snapshots.
struct SnapshotPublisher {
  private var readers: [Int: AsyncStream<FleetSnapshot>.Continuation] = [:]
  private var next = 0

  var hasReaders: Bool { !readers.isEmpty }

  mutating func add(_ reader: AsyncStream<FleetSnapshot>.Continuation) -> Int {
    next += 1
    readers[next] = reader
    return next
  }

  mutating func remove(_ id: Int) { readers[id] = nil }

  func yield(_ snapshot: FleetSnapshot) {
    for reader in readers.values { reader.yield(snapshot) }
  }

  func finish() {
    for reader in readers.values { reader.finish() }
  }
}
