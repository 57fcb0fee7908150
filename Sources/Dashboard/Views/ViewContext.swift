import FleetModel
import Terminal

/// All that a view may know.
struct ViewContext {
  let state: DashboardState
  let layout: DashboardLayout
  let now: Moment
  let zone: DisplayZone
  let glyphs: Glyphs

  var snapshot: FleetSnapshot? { state.snapshot }

  func isFocused(_ part: Focus) -> Bool { state.focus == part && state.layers.isEmpty }

  /// How many seconds ages and countdowns are rounded to: they change together, and seldom, so that a quiet screen
  /// stays quiet.
  static let grain: Int64 = 10

  /// A countdown or age, in steps of 10 s below a minute and of minutes above: `50s`, `4m`, `3h`, `2d`.
  func coarse(_ duration: Duration) -> String {
    let seconds = max(0, duration.milliseconds / 1000)
    if seconds < 60 { return "\(max(Self.grain, seconds / Self.grain * Self.grain))s" }
    if seconds < 3600 { return "\(seconds / 60)m" }
    if seconds < 86400 {
      let minutes = seconds % 3600 / 60
      return minutes == 0 || seconds >= 36_000 ? "\(seconds / 3600)h" : "\(seconds / 3600)h\(minutes)m"
    }
    return "\(seconds / 86400)d"
  }

  /// `50s ago`, `just now`.
  func ago(_ instant: Instant) -> String {
    let age = tick - instant
    return age < .seconds(10) ? "just now" : "\(coarse(age)) ago"
  }

  /// `in 50s`, `now`.
  func countdown(_ instant: Instant) -> String {
    let left = instant - tick
    return left <= .zero ? "now" : "in \(coarse(left))"
  }

  /// Now, at the grain: all ages on the screen change at the same instants.
  var tick: Instant {
    let grain = Self.grain * 1000
    return Instant(milliseconds: now.fleet.milliseconds / grain * grain)
  }

  /// `14:02:31`, with the date where it is not today.
  func time(_ instant: Instant) -> String {
    let text = TimestampText.local(instant, zone)
    let today = TimestampText.local(now.fleet, zone)
    if text.prefix(10) == today.prefix(10) { return String(text.dropFirst(11)) }
    return String(text.dropFirst(5).dropLast(3))
  }

  /// Columns for a list of times: those of today need no date.
  func timeWidth(_ instants: [Instant]) -> Int { 1 + (instants.map { time($0).utf8.count }.max() ?? 8) }

  /// `until 14:20`, `until somebody resumes`.
  func until(_ instant: Instant?) -> String {
    guard let instant, instant < Instant.distantFuture else { return "until a person acts" }
    return "until \(time(instant).prefix(instant - now.fleet > .days(1) ? 11 : 5))"
  }

  /// Until when a hold holds.
  func until(_ hold: Hold) -> String {
    hold.until == nil && hold.by.endsByItself ? "until that changes" : until(hold.until)
  }

  /// The zone's short name for the band.
  var zoneName: String {
    switch zone {
    case .utc: "UTC"
    case .fixed, .system:
      Self.offsetName(zone.offset(at: now.fleet))
    }
  }

  private static func offsetName(_ seconds: Int) -> String {
    if seconds == 0 { return "UTC" }
    let minutes = abs(seconds) / 60
    let tail = minutes % 60 == 0 ? "" : ":" + (minutes % 60 < 10 ? "0" : "") + String(minutes % 60)
    return "UTC" + (seconds < 0 ? "-" : "+") + String(minutes / 60) + tail
  }
}

/// Numbers as the screen writes them.
enum Figures {
  /// `41%`; a reading that is not there is a dash.
  static func percent(_ value: Double) -> String { "\(Int(value.rounded()))%" }

  /// `0.4ms`, `12ms`, `1.2s`.
  static func latency(_ duration: Duration) -> String { latency(milliseconds: duration.inSeconds * 1000) }

  /// The same for a number of milliseconds.
  static func latency(milliseconds: Double) -> String {
    if milliseconds < 9.95 { return "\(tenths(milliseconds))ms" }
    if milliseconds < 999.5 { return "\(Int(milliseconds.rounded()))ms" }
    return "\(tenths(milliseconds / 1000))s"
  }

  /// `1.2 GiB`.
  static func bytes(_ bytes: UInt64) -> String {
    var value = Double(bytes)
    for unit in ["B", "KiB", "MiB", "GiB"] {
      if value < 1000 { return unit == "B" || value >= 100 ? "\(Int(value)) \(unit)" : "\(tenths(value)) \(unit)" }
      value /= 1024
    }
    return "\(tenths(value)) TiB"
  }

  /// A count with a word, in the right number.
  static func count(_ number: Int, _ word: String) -> String { "\(number) \(word)\(number == 1 ? "" : "s")" }

  static func tenths(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }
}
