/// When scheduled work runs (semantics 7.1): five fields with names, ranges, steps and lists, or an @form.
///
/// Day-of-month and day-of-week are alternatives when both are restricted, as in Vixie cron.
public struct CronExpression: Hashable, Sendable {
  /// As written.
  public let text: String
  /// One bit a value.
  private let minutes: UInt64
  private let hours: UInt64
  private let days: UInt64
  private let months: UInt64
  private let weekdays: UInt64
  private let restrictsDays: Bool
  private let restrictsWeekdays: Bool

  private static let forms = [
    "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
  ]

  /// Reads an expression.
  /// - Throws: `CronError` naming the field; also where no date would ever match.
  public init(_ text: String) throws(CronError) {
    var fields = text.split { $0 == " " || $0 == "\t" }.map(String.init)
    if fields.count == 1, let first = fields.first, first.hasPrefix("@") {
      guard let form = Self.forms[first.lowercased()] else {
        throw CronError("\(SafeText.line(first)) is not one of @hourly, @daily, @weekly, @monthly, @yearly")
      }
      fields = form.split(separator: " ").map(String.init)
    }
    guard fields.count == 5 else { throw CronError("five fields are wanted, \(fields.count) are given") }
    self.text = text
    minutes = try CronField.minute.bits(fields[0])
    hours = try CronField.hour.bits(fields[1])
    days = try CronField.day.bits(fields[2])
    months = try CronField.month.bits(fields[3])
    let weekdays = try CronField.weekday.bits(fields[4])
    self.weekdays = (weekdays | weekdays >> 7) & 0x7f  // 7 is Sunday, as 0 is
    restrictsDays = !fields[2].hasPrefix("*")
    restrictsWeekdays = !fields[4].hasPrefix("*")
    if restrictsDays, !restrictsWeekdays, !hasRealDate { throw CronError("no month in it has such a day") }
  }

  /// Whether work starts at this minute.
  public func matches(_ time: CivilTime) -> Bool {
    matchesDate(time) && bit(hours, time.hour) && bit(minutes, time.minute)
  }

  /// Whether work starts some time on this date.
  public func matchesDate(_ time: CivilTime) -> Bool {
    guard bit(months, time.month) else { return false }
    let byDay = bit(days, time.day)
    let byWeekday = bit(weekdays, time.weekday)
    return restrictsDays && restrictsWeekdays ? byDay || byWeekday : byDay && byWeekday
  }

  /// The minutes after midnight (0–1439) at which work starts on a matching date, rising.
  public var minutesOfDay: [Int] {
    (0..<1440).filter { bit(hours, $0 / 60) && bit(minutes, $0 % 60) }
  }

  private func bit(_ bits: UInt64, _ index: Int) -> Bool { bits & (1 << UInt64(index)) != 0 }

  private var hasRealDate: Bool {
    // 2000 was a leap year: its February has the most days any February has.
    (1...12).contains { month in
      bit(months, month) && (1...CivilTime.days(inMonth: month, of: 2000)).contains { bit(days, $0) }
    }
  }
}

/// Why a text is no cron expression.
public struct CronError: Error, Hashable, Sendable, CustomStringConvertible {
  public var description: String
  public init(_ description: String) { self.description = description }
}

/// One of the five fields.
private enum CronField: String {
  case minute, hour
  case day = "day of month"
  case month
  case weekday = "day of week"

  var range: ClosedRange<Int> {
    switch self {
    case .minute: 0...59
    case .hour: 0...23
    case .day: 1...31
    case .month: 1...12
    case .weekday: 0...7
    }
  }

  private var names: [String] {
    switch self {
    case .month: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
    case .weekday: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
    default: []
    }
  }

  func bits(_ text: String) throws(CronError) -> UInt64 {
    var bits: UInt64 = 0
    for item in text.split(separator: ",", omittingEmptySubsequences: false) {
      let parts = item.split(separator: "/", omittingEmptySubsequences: false)
      guard (1...2).contains(parts.count) else { throw error(item) }
      var step = 1
      if parts.count == 2 {
        guard let number = digits(parts[1]), number > 0, number <= range.upperBound else { throw error(item) }
        step = number
      }
      let span = try span(parts[0], hasStep: parts.count == 2, of: item)
      for value in stride(from: span.lowerBound, through: span.upperBound, by: step) { bits |= 1 << UInt64(value) }
    }
    return bits
  }

  private func span(_ text: Substring, hasStep: Bool, of item: Substring) throws(CronError) -> ClosedRange<Int> {
    if text == "*" { return self == .weekday ? 0...6 : range }
    let ends = text.split(separator: "-", omittingEmptySubsequences: false)
    guard let first = ends.first.flatMap(value), ends.count <= 2 else { throw error(item) }
    // `5/15` runs from 5 to the end, as in cronie.
    if ends.count == 1 { return hasStep ? first...range.upperBound : first...first }
    guard let last = value(ends[1]), first <= last else { throw error(item) }
    return first...last
  }

  private func value(_ text: Substring) -> Int? {
    if let index = names.firstIndex(of: text.lowercased()) { return index + range.lowerBound }
    guard let number = digits(text), range.contains(number) else { return nil }
    return number
  }

  private func digits(_ text: Substring) -> Int? {
    guard (1...2).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return Int(text)
  }

  private func error(_ item: Substring) -> CronError {
    let span = "\(range.lowerBound)–\(range.upperBound)"
    return CronError("\"\(SafeText.line(String(item)))\" does not fit the field \(rawValue) (\(span))")
  }
}
