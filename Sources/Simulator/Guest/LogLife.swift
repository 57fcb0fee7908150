/// Error lines of a guest's journal: about `rate` an hour, at instants that the seed decides.
enum LogLife {
  private static let cell = 600.0
  /// A cursor older than this is answered from here on: journals are vacuumed.
  private static let memory = 2.0 * 86400

  /// Lines in (`from`, `to`], seconds since 1970.
  static func errors(seed: UInt64, ratePerHour: Double, from: Double, to: Double) -> Int {
    guard to > from else { return 0 }
    let start = max(from, to - memory)
    var count = 0
    let expected = ratePerHour * cell / 3600
    var index = (start / cell).rounded(.down)
    let last = (to / cell).rounded(.down)
    while index <= last {
      let number = UInt64(bitPattern: Int64(index))
      var chance = expected
      var line: UInt64 = 0
      while chance > 0 {
        if Noise.unit(seed ^ 0x71, number &* 64 &+ line) < chance {
          let at = (index + Noise.unit(seed ^ 0x72, number &* 64 &+ line)) * cell
          if at > start, at <= to { count += 1 }
        }
        chance -= 1
        line &+= 1
      }
      index += 1
    }
    return count
  }
}
