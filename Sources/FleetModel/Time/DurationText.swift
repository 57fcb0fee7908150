/// Durations as operators write and read them (semantics 1.8).
public enum DurationText {
  /// The longest duration that is accepted: 365 days.
  public static let longest = Duration.days(365)

  private static let units: [(letter: Character, seconds: Int, word: String)] = [
    ("d", 86400, "day"), ("h", 3600, "hour"), ("m", 60, "minute"), ("s", 1, "second"),
  ]

  /// Reads `90` (seconds), `90s`, `5m`, `1h30m`, `2d`; units fall and come once each.
  /// - Returns: 0 s to 365 d.
  /// - Throws: `DurationError` for anything else; negative, empty and longer than 365 d among it.
  public static func parse(_ text: String) throws(DurationError) -> Duration {
    let trimmed = String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    if trimmed.isEmpty { throw .empty }
    if trimmed.hasPrefix("-") { throw .negative(trimmed) }
    var total = 0
    var rest = trimmed[...]
    var unitsLeft = units[...]
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      rest = rest.dropFirst(digits.count)
      guard !digits.isEmpty else { throw .malformed(trimmed) }
      // More than 9 digits are beyond 365 d in any unit.
      guard digits.count <= 9, let number = Int(digits) else { throw .tooLong(trimmed) }
      let seconds: Int
      if let letter = rest.popFirst() {
        guard let unit = unitsLeft.firstIndex(where: { $0.letter == letter }) else { throw .malformed(trimmed) }
        seconds = units[unit].seconds
        unitsLeft = unitsLeft[(unit + 1)...]
      } else {
        guard digits.count == trimmed.count else { throw .malformed(trimmed) }
        seconds = 1
      }
      total += number * seconds
    }
    guard total <= 365 * 86400 else { throw .tooLong(trimmed) }
    return .seconds(total)
  }

  /// The shortest text that `parse` reads back: `1h30m`, `2d`, `45s`. What is below a second is written `120ms`, and
  /// dropped above it.
  public static func text(_ duration: Duration) -> String {
    let milliseconds = duration.milliseconds
    if milliseconds < 0 { return "-" + text(.zero - duration) }
    if milliseconds < 1000 { return milliseconds == 0 ? "0s" : "\(milliseconds)ms" }
    return parts(duration).map { "\($0.number)\($0.unit.letter)" }.joined()
  }

  /// Words for people: `5 minutes`, `5 days, 3 hours` (the two largest units), `15 seconds`, `120 milliseconds`.
  public static func long(_ duration: Duration) -> String {
    let milliseconds = duration.milliseconds
    if milliseconds < 0 { return "minus " + long(.zero - duration) }
    if milliseconds < 1000 {
      return milliseconds == 0 ? "0 seconds" : "\(milliseconds) millisecond\(milliseconds == 1 ? "" : "s")"
    }
    let all = parts(duration)
    let largest = all.first?.rank ?? 0
    return all.filter { $0.rank <= largest + 1 }
      .map { "\($0.number) \($0.unit.word)\($0.number == 1 ? "" : "s")" }.joined(separator: ", ")
  }

  /// A countdown or an age in at most 6 columns: `0:08`, `1:12`, `14:05`, `3h20m`, `5d3h`.
  public static func clock(_ duration: Duration) -> String {
    let seconds = max(0, duration.milliseconds / 1000)
    if seconds < 3600 { return "\(seconds / 60):\(TimestampText.padded(seconds % 60, 2))" }
    if seconds < 86400 { return "\(seconds / 3600)h\(TimestampText.padded(seconds % 3600 / 60, 2))m" }
    return "\(seconds / 86400)d\(seconds % 86400 / 3600)h"
  }

  private static func parts(
    _ duration: Duration
  ) -> [(number: Int64, rank: Int, unit: (letter: Character, seconds: Int, word: String))] {
    var seconds = duration.milliseconds / 1000
    var parts: [(Int64, Int, (letter: Character, seconds: Int, word: String))] = []
    for (rank, unit) in units.enumerated() {
      let number = seconds / Int64(unit.seconds)
      seconds %= Int64(unit.seconds)
      if number > 0 { parts.append((number, rank, unit)) }
    }
    return parts
  }
}

/// Why a text is no duration.
public enum DurationError: Error, Hashable, Sendable, CustomStringConvertible {
  case empty
  case negative(String)
  case malformed(String)
  case tooLong(String)

  /// What is wrong, and what is allowed.
  public var description: String {
    switch self {
    case .empty: "no duration given; write 90, 90s, 5m, 1h30m or 2d"
    case .negative(let text): "\(SafeText.line(text)) is negative; durations run forward: 90s, 5m, 1h30m, 2d"
    case .malformed(let text):
      "\"\(SafeText.line(text))\" is not a duration; write 90 (seconds), 90s, 5m, 1h30m or 2d, largest unit first"
    case .tooLong(let text): "\(SafeText.line(text)) is longer than 365 days, the longest allowed"
    }
  }
}
