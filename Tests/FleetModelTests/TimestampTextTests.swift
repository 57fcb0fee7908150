import FleetModel
import Testing

@Suite("Instants as text")
struct TimestampTextTests {
  @Test(
    "RFC 3339 is written in UTC and read back",
    arguments: [
      (0, "1970-01-01T00:00:00Z"), (951_782_400, "2000-02-29T00:00:00Z"), (1_764_757_815, "2025-12-03T10:30:15Z"),
      (-1, "1969-12-31T23:59:59Z"), (4_107_542_400, "2100-03-01T00:00:00Z"), (253_402_300_799, "9999-12-31T23:59:59Z"),
    ] as [(Int64, String)])
  func rfc3339(seconds: Int64, text: String) {
    let instant = Instant(milliseconds: seconds * 1000)
    #expect(TimestampText.rfc3339(instant) == text)
    #expect(TimestampText.parseRFC3339(text) == instant)
  }

  @Test("Fractions and offsets are understood")
  func offsets() {
    let instant = Instant(milliseconds: 1_764_757_815_250)
    #expect(TimestampText.rfc3339(instant, milliseconds: true) == "2025-12-03T10:30:15.250Z")
    for text in ["2025-12-03T10:30:15.25Z", "2025-12-03t12:30:15.2509999+02:00", "2025-12-03 05:00:15.250-05:30"] {
      #expect(TimestampText.parseRFC3339(text) == instant)
    }
  }

  @Test(
    "What is no timestamp is nil",
    arguments: [
      "", "2025-12-03", "2025-12-03T10:30:15", "2025-02-29T00:00:00Z", "2025-13-01T00:00:00Z", "2025-12-03T24:00:00Z",
      "2025-12-03T10:30:15.Z", "2025-12-03T10:30:15+2:00", "2025-12-03T10:30:15ZZ", "2O25-12-03T10:30:15Z",
      "2025-12-03T10:30:15+99:00",
    ])
  func refused(text: String) { #expect(TimestampText.parseRFC3339(text) == nil) }

  @Test("Text for people follows the injected zone")
  func local() {
    let instant = Instant(milliseconds: 1_764_757_815_000)
    #expect(TimestampText.local(instant, .utc) == "2025-12-03 10:30:15")
    #expect(TimestampText.local(instant, .fixed(-11 * 3600)) == "2025-12-02 23:30:15")
    #expect(TimestampText.clock(instant, .fixed(5 * 3600 + 1800)) == "16:00:15")
    #expect(TimestampText.shortClock(instant, .utc) == "10:30 AM")
    #expect(TimestampText.shortClock(Instant(milliseconds: 0), .utc) == "12:00 AM")
    #expect(TimestampText.shortClock(instant, .fixed(2 * 3600)) == "12:30 PM")
  }

  @Test("Days, months and weekdays agree with a calendar walked day by day for 800 years")
  func calendar() {
    var (year, month, day) = (1600, 1, 1)
    let first = CivilTime(year: 1600, month: 1, day: 1).dayNumber
    for step in 0..<292_194 {
      let civil = CivilTime(Instant(milliseconds: Int64(first + step) * 86_400_000))
      guard civil == CivilTime(year: year, month: month, day: day), civil.dayNumber == first + step,
        civil.weekday == (6 + step) % 7  // 1600-01-01 was a Saturday
      else {
        Issue.record("day \(step): \(civil), expected \(year)-\(month)-\(day)")
        return
      }
      day += 1
      if day > CivilTime.days(inMonth: month, of: year) { (day, month) = (1, month + 1) }
      if month > 12 { (month, year) = (1, year + 1) }
    }
  }

  @Test("Times of day are HH:MM")
  func timeOfDay() {
    #expect(TimestampText.parseTimeOfDay("02:00") == 120)
    #expect(TimestampText.parseTimeOfDay("2:05") == 125)
    #expect(TimestampText.parseTimeOfDay("23:59") == 1439)
    for text in ["24:00", "2", "02:0", "02:60", "-1:00", "02:00:00", ":00", "002:00"] {
      #expect(TimestampText.parseTimeOfDay(text) == nil)
    }
    #expect(TimestampText.timeOfDay(minutes: 120) == "02:00")
  }
}
