import Autopilot
import FleetModel
import Testing

@testable import Azure

@Suite("Whose stop the Activity Log tells of")
struct StopInquiryTests {
  private static let now = Instant(seconds: 1_764_770_551)
  private static let azlin = "11111111-2222-3333-4444-555555555555"

  private func event(
    _ minutesAgo: Int, _ action: String, by caller: String = "ops@contoso.example", status: String = "Succeeded"
  )
    -> ActivityRecord.Event
  {
    ActivityRecord.Event(
      at: Self.now - .minutes(minutesAgo), operation: "microsoft.compute/virtualmachines/\(action)/action",
      caller: caller, status: status)
  }

  /// - Parameter ours: minutes ago, of the beginning and the end of azlin's own power remedies.
  private func stop(_ events: [ActivityRecord.Event], ours: [(Int, Int)] = []) -> String? {
    let record = ActivityRecord(events: events, from: Self.now - .days(1), to: Self.now)
    let question = StopQuestion(
      askedAt: Self.now, offSince: Self.now - .minutes(20), runningAt: Self.now - .minutes(25),
      ours: ours.map { Self.now - .minutes($0.0)...Self.now - .minutes($0.1) })
    return record.stop(question)?.caller
  }

  @Test("A person's stop is a person's")
  func person() {
    #expect(stop([event(20, "poweroff")]) == "ops@contoso.example")
    #expect(stop([event(20, "deallocate")]) == "ops@contoso.example")
  }

  @Test("What azlin's own identity turned off during its own remedy is no person's stop")
  func own() {
    #expect(stop([event(20, "poweroff", by: Self.azlin)], ours: [(21, 18)]) == nil)
    // The log dates an operation a little beside azlin's own notes of it.
    #expect(stop([event(17, "poweroff", by: Self.azlin)], ours: [(21, 18)]) == nil)
  }

  @Test("The same identity at another time may be anybody's script: it is asked for")
  func identity() { #expect(stop([event(20, "poweroff", by: Self.azlin)], ours: [(400, 398)]) == Self.azlin) }

  @Test("A person's stop after azlin's own remedy is still the person's")
  func after() {
    #expect(
      stop([event(5, "deallocate"), event(20, "poweroff", by: Self.azlin)], ours: [(21, 18)]) == "ops@contoso.example")
  }

  @Test("A stop that failed, and one that a start came after, are no longer in force")
  func over() {
    #expect(stop([event(20, "poweroff", status: "Failed")]) == nil)
    #expect(stop([event(10, "start"), event(20, "poweroff")]) == nil)
    #expect(stop([event(20, "poweroff"), event(40, "start")]) == "ops@contoso.example")
  }
}
