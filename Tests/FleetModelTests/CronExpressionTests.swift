import FleetModel
import Testing

@Suite("Cron expressions")
struct CronExpressionTests {
  private func time(_ month: Int, _ day: Int, _ hour: Int = 0, _ minute: Int = 0) -> CivilTime {
    CivilTime(year: 2025, month: month, day: day, hour: hour, minute: minute)
  }

  @Test("Fields, names, ranges, steps and lists match what they say")
  func fields() throws {
    let cron = try CronExpression("*/20 8-18/5 1,15 JAN-mar *")
    #expect(cron.matches(time(1, 15, 13, 40)))
    #expect(!cron.matches(time(1, 15, 13, 41)) && !cron.matches(time(1, 15, 14, 40)))
    #expect(!cron.matches(time(1, 14, 13, 40)) && !cron.matches(time(4, 15, 13, 40)))
    #expect(try CronExpression("5/15 0 * * *").minutesOfDay == [5, 20, 35, 50])
    #expect(try CronExpression("@daily").minutesOfDay == [0])
  }

  @Test("Both Sundays are Sunday")
  func sunday() throws {
    // 2025-06-01 was a Sunday.
    for text in ["0 0 * * 0", "0 0 * * 7", "0 0 * * sun", "@weekly", "0 0 * * 5-7"] {
      #expect(try CronExpression(text).matches(time(6, 1)), "\(text)")
    }
    #expect(try !CronExpression("0 0 * * 1-6").matches(time(6, 1)))
  }

  @Test("Day of month and day of week are alternatives only when both are restricted")
  func vixie() throws {
    let both = try CronExpression("0 0 13 * fri")
    #expect(both.matches(time(6, 13)) && both.matches(time(6, 6)) && both.matches(time(7, 13)))
    #expect(!both.matches(time(7, 14)))
    #expect(try !CronExpression("0 0 13 * *").matches(time(6, 6)))
    #expect(try !CronExpression("0 0 */2 * fri").matches(time(6, 6)))
  }

  @Test(
    "What is no expression is refused with the field",
    arguments: [
      ("", "five fields are wanted, 0 are given"), ("* * * *", "five fields are wanted, 4 are given"),
      ("60 * * * *", "\"60\" does not fit the field minute (0–59)"),
      ("* 24 * * *", "\"24\" does not fit the field hour (0–23)"),
      ("* * 0 * *", "\"0\" does not fit the field day of month (1–31)"),
      ("* * * 13 *", "\"13\" does not fit the field month (1–12)"),
      ("* * * * 8", "\"8\" does not fit the field day of week (0–7)"),
      ("5-1 * * * *", "\"5-1\" does not fit the field minute (0–59)"),
      ("*/0 * * * *", "\"*/0\" does not fit the field minute (0–59)"),
      ("1,,2 * * * *", "\"\" does not fit the field minute (0–59)"),
      ("0 0 31 2,4 *", "no month in it has such a day"),
      ("@reboot", "@reboot is not one of @hourly, @daily, @weekly, @monthly, @yearly"),
    ])
  func refused(text: String, message: String) {
    let error = #expect(throws: CronError.self) { try CronExpression(text) }
    #expect(error?.description == message)
  }
}
