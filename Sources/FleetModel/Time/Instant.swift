/// A point in time: whole milliseconds since 1970-01-01 00:00 UTC.
///
/// The engine never reads a clock; every instant reaches it with an event, so that live runs, tests and replays
/// are driven alike.
public struct Instant: Hashable, Comparable, Sendable, Codable {
  /// Milliseconds since 1970-01-01 00:00 UTC.
  public let milliseconds: Int64

  /// Creates an instant from milliseconds since 1970-01-01 00:00 UTC.
  public init(milliseconds: Int64) { self.milliseconds = milliseconds }

  /// Creates an instant from seconds since 1970-01-01 00:00 UTC.
  public init(seconds: Double) { milliseconds = Int64((seconds * 1000).rounded()) }

  public init(from decoder: any Decoder) throws {
    milliseconds = try decoder.singleValueContainer().decode(Int64.self)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(milliseconds)
  }

  /// Seconds since 1970-01-01 00:00 UTC.
  public var seconds: Double { Double(milliseconds) / 1000 }

  public static func < (a: Instant, b: Instant) -> Bool { a.milliseconds < b.milliseconds }
  public static func + (a: Instant, b: Duration) -> Instant { Instant(milliseconds: a.milliseconds + b.milliseconds) }
  public static func - (a: Instant, b: Duration) -> Instant { Instant(milliseconds: a.milliseconds - b.milliseconds) }
  public static func - (a: Instant, b: Instant) -> Duration { .milliseconds(a.milliseconds - b.milliseconds) }

  /// Earlier than everything that can happen.
  public static let distantPast = Instant(milliseconds: Int64.min / 4)
  /// Later than everything that can happen.
  public static let distantFuture = Instant(milliseconds: Int64.max / 4)
}

extension Duration {
  /// The duration in whole milliseconds, rounded towards zero.
  public var milliseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds * 1000 + attoseconds / 1_000_000_000_000_000
  }

  /// The duration in seconds.
  public var inSeconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) + Double(attoseconds) / 1e18
  }

  /// `minutes` minutes.
  public static func minutes(_ minutes: Int) -> Duration { .seconds(minutes * 60) }
  /// `hours` hours.
  public static func hours(_ hours: Int) -> Duration { .seconds(hours * 3600) }
  /// `days` days of 24 hours.
  public static func days(_ days: Int) -> Duration { .seconds(days * 86400) }
}
