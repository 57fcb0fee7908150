import FleetModel
import Testing

@Suite("Durations as text")
struct DurationTextTests {
  @Test(
    "Every accepted spelling means what semantics 1.8 says",
    arguments: [
      ("90", 90), ("90s", 90), ("5m", 300), ("1h30m", 5400), ("2d", 172_800), (" 5m ", 300), ("1d2h3m4s", 93_784),
      ("0", 0), ("365d", 31_536_000), ("090", 90),
    ])
  func accepted(text: String, seconds: Int) throws {
    #expect(try DurationText.parse(text) == .seconds(seconds))
  }

  @Test(
    "What is no duration is refused with its reason",
    arguments: [
      ("", DurationError.empty), ("   ", .empty), ("-5m", .negative("-5m")), ("5x", .malformed("5x")),
      ("m", .malformed("m")), ("30m1h", .malformed("30m1h")), ("1h1h", .malformed("1h1h")),
      ("1h30", .malformed("1h30")), ("1.5h", .malformed("1.5h")), ("5 m", .malformed("5 m")), ("5M", .malformed("5M")),
      ("366d", .tooLong("366d")), ("365d1s", .tooLong("365d1s")), ("9999999999", .tooLong("9999999999")),
      ("999999999d", .tooLong("999999999d")), ("٥m", .malformed("٥m")),
    ])
  func refused(text: String, error: DurationError) {
    #expect(throws: error) { try DurationText.parse(text) }
  }

  @Test(
    "Text reads back as the same duration", arguments: [1, 59, 60, 61, 3600, 5400, 86_399, 86_400, 90_061, 31_536_000])
  func roundTrip(seconds: Int) throws {
    #expect(try DurationText.parse(DurationText.text(.seconds(seconds))) == .seconds(seconds))
  }

  @Test("Short, long and clock forms")
  func forms() {
    #expect(DurationText.text(.minutes(90)) == "1h30m")
    #expect(DurationText.text(.milliseconds(120)) == "120ms")
    #expect(DurationText.text(.zero) == "0s")
    #expect(DurationText.long(.minutes(5)) == "5 minutes")
    #expect(DurationText.long(.days(5) + .hours(3) + .minutes(20)) == "5 days, 3 hours")
    #expect(DurationText.long(.days(5) + .minutes(20)) == "5 days")
    #expect(DurationText.long(.seconds(1)) == "1 second")
    #expect(DurationText.long(.milliseconds(1)) == "1 millisecond")
    #expect(DurationText.clock(.seconds(8)) == "0:08")
    #expect(DurationText.clock(.seconds(72)) == "1:12")
    #expect(DurationText.clock(.minutes(200)) == "3h20m")
    #expect(DurationText.clock(.hours(123)) == "5d3h")
  }
}
