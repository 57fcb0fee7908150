import FleetModel

/// The kernel's idle and I/O-wait clocks of one guest: the integral of its load, brought forward when it is asked.
///
/// The load is sampled each minute and straight in between, so the integral is exact and never runs backwards,
/// however often or seldom it is read.
struct CPUAccount: Sendable {
  /// Up to where the integral has been taken, seconds since 1970.
  private(set) var at: Double
  /// When the counters were zero.
  private var bootedAt: Double
  /// Seconds of one processor's worth of all.
  private var idle = 0.0
  private var wait = 0.0
  private var cell = Int64.min
  private var left = LoadCurve.Shares(busy: 0, wait: 0)
  private var right = LoadCurve.Shares(busy: 0, wait: 0)

  private static let step = 60.0

  init(bootedAt: Double) {
    at = bootedAt
    self.bootedAt = bootedAt
  }

  /// A guest that has been up for long: counters of a believable past instead of living through it.
  init(bootedAt: Double, now: Double, averageBusy: Double, averageWait: Double) {
    at = now
    self.bootedAt = bootedAt
    idle = (now - bootedAt) * max(1 - averageBusy - averageWait, 0.02)
    wait = (now - bootedAt) * averageWait
  }

  /// Brings the clocks forward to `end`.
  mutating func advance(to end: Double, _ curve: LoadCurve, _ strain: LoadStrain) {
    while at < end {
      let index = Int64((at / Self.step).rounded(.down))
      load(index, curve)
      let start = Double(index) * Self.step
      // The last step may end on the next cell's edge by rounding: then the cell is done.
      let stop = min(end, start + Self.step)
      let from = strain.applied(to: share(at, start))
      let to = strain.applied(to: share(stop, start))
      let span = stop - at
      wait += span * (from.wait + to.wait) / 2
      idle += span * (1 - (from.busy + to.busy) / 2 - (from.wait + to.wait) / 2)
      at = stop
    }
  }

  /// The shares at the instant the account stands at.
  mutating func shares(_ curve: LoadCurve, _ strain: LoadStrain) -> LoadCurve.Shares {
    let index = Int64((at / Self.step).rounded(.down))
    load(index, curve)
    return strain.applied(to: share(at, Double(index) * Self.step))
  }

  /// The counters as `/proc/stat` shows them, in ticks of 10 ms summed over all processors.
  func counters(processors: Int) -> CPUCounters {
    ticks(idle: idle, wait: wait, span: at - bootedAt, processors)
  }

  /// The counters `seconds` ago, for a probe that takes two samples.
  func counters(processors: Int, before seconds: Double, _ shares: LoadCurve.Shares) -> CPUCounters? {
    let span = at - bootedAt - seconds
    guard span > 0 else { return nil }
    return ticks(
      idle: max(idle - seconds * (1 - shares.busy - shares.wait), 0), wait: max(wait - seconds * shares.wait, 0),
      span: span, processors)
  }

  private func ticks(idle: Double, wait: Double, span: Double, _ processors: Int) -> CPUCounters {
    let scale = 100 * Double(processors)
    let idleTicks = UInt64(max(idle, 0) * scale)
    let waitTicks = UInt64(max(wait, 0) * scale)
    let busyTicks = UInt64(max(span - idle - wait, 0) * scale)
    return CPUCounters(total: idleTicks + waitTicks + busyTicks, idle: idleTicks, ioWait: waitTicks)
  }

  private mutating func load(_ index: Int64, _ curve: LoadCurve) {
    guard index != cell else { return }
    left = index == cell &+ 1 ? right : curve.shares(at: Double(index) * Self.step)
    right = curve.shares(at: Double(index + 1) * Self.step)
    cell = index
  }

  private func share(_ seconds: Double, _ start: Double) -> LoadCurve.Shares {
    let part = (seconds - start) / Self.step
    return LoadCurve.Shares(
      busy: left.busy + (right.busy - left.busy) * part, wait: left.wait + (right.wait - left.wait) * part)
  }
}

/// What faults and boots add to a guest's ordinary load.
struct LoadStrain: Sendable, Hashable {
  /// The busy share is at least this, 0–1.
  var busyFloor = 0.0
  /// The share waiting for I/O is at least this, as far as the processors are not busy.
  var waitFloor = 0.0

  static let none = LoadStrain()

  func applied(to shares: LoadCurve.Shares) -> LoadCurve.Shares {
    // A pinned load still breathes a little with the ordinary one.
    let busy = max(shares.busy, min(busyFloor + 0.006 * (shares.busy - 0.5), 0.999))
    let wait = min(max(shares.wait, waitFloor), 1 - busy)
    return LoadCurve.Shares(busy: busy, wait: max(wait, 0))
  }
}
