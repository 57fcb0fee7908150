import FleetModel

/// Times as the different services of Azure write them.
enum AzureTime {
  /// Compute: `2024-08-26T08:11:37.8796541+00:00`, up to seven digits, zeros at their end left out.
  static func compute(_ instant: Instant) -> String {
    let whole = TimestampText.rfc3339(instant).dropLast()
    // Milliseconds are ours; the four digits behind them are there to be read past.
    let tail = 1 + Chance.mixed(UInt64(bitPattern: instant.milliseconds)) % 9998
    let part = ((instant.milliseconds % 1000) + 1000) % 1000
    var digits = String(repeating: "0", count: 3 - String(part).count) + String(part)
    digits += String(repeating: "0", count: 4 - String(tail).count) + String(tail)
    while digits.hasSuffix("0") { digits.removeLast() }
    return "\(whole).\(digits)+00:00"
  }

  /// The guest agent: `2024-08-26T08:19:50+00:00`.
  static func agent(_ instant: Instant) -> String { TimestampText.rfc3339(instant).dropLast() + "+00:00" }

  /// Insights: `2024-08-26T08:11:37Z`, and the Activity Log with seven digits.
  static func insights(_ instant: Instant) -> String { TimestampText.rfc3339(instant) }

  static func activity(_ instant: Instant) -> String {
    TimestampText.rfc3339(instant, milliseconds: true).dropLast() + "0000Z"
  }

  /// .NET ticks: 100 ns since the year 1.
  static func ticks(_ instant: Instant) -> Int64 { (instant.milliseconds + 62_135_596_800_000) * 10_000 }

  /// HTTP's date: `Mon, 26 Aug 2024 08:11:37 GMT`.
  static func http(_ instant: Instant) -> String {
    let civil = CivilTime(instant)
    let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let day = days[((civil.dayNumber % 7) + 7) % 7]
    return "\(day), \(two(civil.day)) \(months[civil.month - 1]) \(civil.year) \(two(civil.hour)):\(two(civil.minute)):"
      + "\(two(civil.second)) GMT"
  }

  /// Reads what a client writes: RFC 3339 with any fraction.
  static func parse(_ text: String) -> Instant? {
    TimestampText.parseRFC3339(text) ?? TimestampText.parseRFC3339(text + "Z")
  }
}
