/// Instants as text: RFC 3339 in UTC for machines, local date and time for people (semantics 3.4).
public enum TimestampText {
  /// `2025-12-03T10:30:15Z`, or with milliseconds `2025-12-03T10:30:15.250Z`.
  public static func rfc3339(_ instant: Instant, milliseconds: Bool = false) -> String {
    let civil = CivilTime(instant)
    let fraction = ((instant.milliseconds % 1000) + 1000) % 1000
    return date(civil) + "T" + time(civil) + (milliseconds ? "." + padded(fraction, 3) : "") + "Z"
  }

  /// `2025-12-03 10:30:15` in a zone.
  public static func local(_ instant: Instant, _ zone: DisplayZone) -> String {
    let civil = CivilTime(instant, offset: zone.offset(at: instant))
    return date(civil) + " " + time(civil)
  }

  /// `10:30:15` in a zone.
  public static func clock(_ instant: Instant, _ zone: DisplayZone) -> String {
    time(CivilTime(instant, offset: zone.offset(at: instant)))
  }

  /// `10:15 AM` in a zone.
  public static func shortClock(_ instant: Instant, _ zone: DisplayZone) -> String {
    let civil = CivilTime(instant, offset: zone.offset(at: instant))
    let hour = civil.hour % 12 == 0 ? 12 : civil.hour % 12
    return "\(hour):\(padded(civil.minute, 2)) \(civil.hour < 12 ? "AM" : "PM")"
  }

  /// `02:00`, of minutes after midnight (0–1439).
  public static func timeOfDay(minutes: Int) -> String { padded(minutes / 60, 2) + ":" + padded(minutes % 60, 2) }

  /// Minutes after midnight of `02:00` (`HH:MM`, 00:00–23:59); nil for anything else.
  public static func parseTimeOfDay(_ text: String) -> Int? {
    let fields = text.split(separator: ":", omittingEmptySubsequences: false)
    guard fields.count == 2, fields[1].utf8.count == 2, (1...2).contains(fields[0].utf8.count),
      let hour = number(fields[0]), let minute = number(fields[1]), hour < 24, minute < 60
    else { return nil }
    return hour * 60 + minute
  }

  /// Reads RFC 3339: date, `T` or a space, time, an optional fraction (cut to milliseconds), `Z` or `±HH:MM`.
  /// - Returns: nil where the text is anything else, or names a date the calendar does not have.
  public static func parseRFC3339(_ text: String) -> Instant? {
    let bytes = Array(text.utf8)
    guard bytes.count >= 20, bytes[4] == 0x2d, bytes[7] == 0x2d, bytes[13] == 0x3a, bytes[16] == 0x3a,
      [0x54, 0x74, 0x20].contains(bytes[10]),
      let year = number(bytes[0..<4]), let month = number(bytes[5..<7]), let day = number(bytes[8..<10]),
      let hour = number(bytes[11..<13]), let minute = number(bytes[14..<16]), let second = number(bytes[17..<19])
    else { return nil }
    let civil = CivilTime(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
    guard civil.isReal else { return nil }
    var rest = bytes[19...]
    var milliseconds = 0
    if rest.first == 0x2e {
      let digits = rest.dropFirst().prefix { (0x30...0x39).contains($0) }
      guard !digits.isEmpty else { return nil }
      rest = rest.dropFirst(1 + digits.count)
      milliseconds =
        number(ArraySlice(Array(digits.prefix(3)) + Array(repeating: 0x30, count: 3 - min(3, digits.count)))) ?? 0
    }
    guard let offset = offset(rest) else { return nil }
    return civil.instant(offset: offset) + .milliseconds(milliseconds)
  }

  private static func offset(_ bytes: ArraySlice<UInt8>) -> Int? {
    let bytes = Array(bytes)
    if bytes == [0x5a] || bytes == [0x7a] { return 0 }
    guard bytes.count == 6, bytes[3] == 0x3a, bytes[0] == 0x2b || bytes[0] == 0x2d,
      let hours = number(bytes[1..<3]), let minutes = number(bytes[4..<6]), hours < 24, minutes < 60
    else { return nil }
    return (bytes[0] == 0x2d ? -1 : 1) * (hours * 3600 + minutes * 60)
  }

  private static func date(_ civil: CivilTime) -> String {
    padded(civil.year, 4) + "-" + padded(civil.month, 2) + "-" + padded(civil.day, 2)
  }

  private static func time(_ civil: CivilTime) -> String {
    padded(civil.hour, 2) + ":" + padded(civil.minute, 2) + ":" + padded(civil.second, 2)
  }

  /// `number` with zeros before it up to `width` digits.
  static func padded(_ number: some BinaryInteger, _ width: Int) -> String {
    let digits = String(number)
    return digits.count >= width ? digits : String(repeating: "0", count: width - digits.count) + digits
  }

  private static func number(_ text: Substring) -> Int? { number(Array(text.utf8)[...]) }

  private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
    guard !digits.isEmpty, digits.count <= 9, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
  }
}
