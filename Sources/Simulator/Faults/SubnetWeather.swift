import FleetModel

/// Which subnets have lost their way out, and when.
struct SubnetWeather: Sendable {
  /// By subnet: outages, planned or past, in order of their beginning.
  private var outages: [[Range<Instant>]]
  private let seed: UInt64
  private let rate: Double
  private let haste: Double
  private var count: UInt64 = 0
  private var next: Instant

  /// - Parameter perDay: outages of one subnet in a day, on average.
  init(count: Int, seed: UInt64, perDay: Double, haste: Double, from start: Instant) {
    outages = Array(repeating: [], count: count)
    self.seed = seed ^ 0x5B_0E75
    rate = perDay * Double(count) / 86400
    self.haste = haste
    next = start
    drawNext()
  }

  private mutating func drawNext() {
    guard rate > 0 else {
      next = .distantFuture
      return
    }
    var draw = Draw(seed, count)
    next = next + .milliseconds(Int64(-naturalLogarithm(1 - draw.unit()) / rate * 1000))
  }

  mutating func add(_ subnet: Int, from start: Instant, for duration: Duration?) {
    let end = duration.map { start + $0 } ?? .distantFuture
    guard end > start else { return }
    outages[subnet].append(start..<end)
  }

  /// Ends what goes on there.
  mutating func clear(_ subnet: Int, at instant: Instant) {
    outages[subnet].removeAll { $0.contains(instant) }
  }

  mutating func isDown(_ subnet: Int, at now: Instant) -> Bool {
    while next <= now {
      var draw = Draw(seed ^ 1, count)
      let place = Int(draw.unit() * Double(outages.count))
      add(place, from: next, for: .milliseconds(Int64(draw.between(2, 25) / haste * 60_000)))
      count &+= 1
      drawNext()
    }
    guard !outages[subnet].isEmpty else { return false }
    outages[subnet].removeAll { $0.upperBound < now }
    return outages[subnet].contains { $0.contains(now) }
  }
}
