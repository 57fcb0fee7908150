/// Decides when a frame is drawn: at once for the operator, else no more often than the interval allows.
struct FramePacer {
  private let interval: Duration
  private var lastFrame: ContinuousClock.Instant?
  private var isRequested = false
  private var isUrgent = false

  init(interval: Duration) { self.interval = interval }

  /// Asks for a frame; requests before it is drawn become one.
  mutating func request(isUrgent: Bool) {
    isRequested = true
    self.isUrgent = self.isUrgent || isUrgent
  }

  /// When the frame asked for may be drawn, `now` if it may at once; nil if none is.
  func dueTime(at now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
    guard isRequested else { return nil }
    guard let lastFrame, !isUrgent else { return now }
    return max(now, lastFrame + interval)
  }

  func isDue(at now: ContinuousClock.Instant) -> Bool { dueTime(at: now) == now }

  mutating func drew(at now: ContinuousClock.Instant) {
    isRequested = false
    isUrgent = false
    lastFrame = now
  }
}
