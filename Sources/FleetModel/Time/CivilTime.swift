#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A date and a time of day as a calendar shows it, without a time zone: proleptic Gregorian.
public struct CivilTime: Hashable, Sendable {
  public var year: Int
  /// 1–12.
  public var month: Int
  /// 1–31.
  public var day: Int
  public var hour: Int
  public var minute: Int
  /// 0–60: a leap second may be written.
  public var second: Int

  public init(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0) {
    self.year = year
    self.month = month
    self.day = day
    self.hour = hour
    self.minute = minute
    self.second = second
  }

  /// The calendar's reading of an instant, `offset` seconds east of UTC.
  public init(_ instant: Instant, offset: Int = 0) {
    var seconds = instant.milliseconds / 1000
    if instant.milliseconds % 1000 < 0 { seconds -= 1 }
    seconds += Int64(offset)
    var days = seconds / 86400
    var rest = Int(seconds % 86400)
    if rest < 0 {
      rest += 86400
      days -= 1
    }
    (year, month, day) = Self.date(ofDay: Int(days))
    hour = rest / 3600
    minute = rest % 3600 / 60
    second = rest % 60
  }

  /// The instant at which a clock `offset` seconds east of UTC shows this.
  public func instant(offset: Int = 0) -> Instant {
    let seconds = dayNumber * 86400 + hour * 3600 + minute * 60 + second - offset
    return Instant(milliseconds: Int64(seconds) * 1000)
  }

  /// Days since 1970-01-01.
  public var dayNumber: Int {
    // Years begin in March here, so that the leap day is the last (Howard Hinnant, "chrono-compatible low-level date
    // algorithms", days_from_civil).
    let y = month <= 2 ? year - 1 : year
    let era = (y >= 0 ? y : y - 399) / 400
    let yearOfEra = y - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  /// 0 is Sunday, 6 Saturday, as in cron.
  public var weekday: Int { ((dayNumber % 7) + 11) % 7 }

  /// Whether the calendar has this date and the day this time.
  public var isReal: Bool {
    (1...12).contains(month) && (1...Self.days(inMonth: month, of: year)).contains(day)
      && (0...23).contains(hour) && (0...59).contains(minute) && (0...60).contains(second)
  }

  /// How many days a month has; `month` 1–12.
  public static func days(inMonth month: Int, of year: Int) -> Int {
    switch month {
    case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  private static func date(ofDay dayNumber: Int) -> (Int, Int, Int) {
    let z = dayNumber + 719_468
    let era = (z >= 0 ? z : z - 146_096) / 146_097
    let dayOfEra = z - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
  }
}

/// The time zone that text for people is written in; injected, so that tests and pictures do not depend on the machine.
public enum DisplayZone: Hashable, Sendable {
  case utc
  /// Seconds east of UTC.
  case fixed(Int)
  /// The zone of this process (`TZ`, else /etc/localtime).
  case system

  /// Seconds east of UTC at an instant.
  public func offset(at instant: Instant) -> Int {
    switch self {
    case .utc: return 0
    case .fixed(let seconds): return seconds
    case .system:
      var time = time_t(instant.milliseconds / 1000)
      var parts = tm()
      return localtime_r(&time, &parts) == nil ? 0 : parts.tm_gmtoff
    }
  }
}
