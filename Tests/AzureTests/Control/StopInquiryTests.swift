import Autopilot
import FleetModel
import Testing

@testable import Azure

@Suite("Who turned a machine off")
struct StopInquiryTests {
  /// Noon; the machine was seen running until 11:30, and off since 11:40.
  private static let now = Instant(seconds: 1_700_049_600)
  private static let day = "2023-11-15T"
  private let machine = VirtualMachine(
    id: MachineID(vmID("a")), name: "a", group: "RG-Web", provider: .azure, abilities: .power)

  private static func event(
    _ time: String, _ action: String, _ status: String, id: String = "", reply: String = "", caller: String = "jo@x"
  ) -> String {
    """
    {"eventTimestamp":"\(day)\(time):00Z","caller":"\(caller)","operationId":"\(id)",
     "operationName":{"value":"Microsoft.Compute/virtualMachines/\(action)/action"},
     "status":{"value":"\(status)"},"subStatus":{"value":"\(reply)"}}
    """
  }

  private func reason(
    _ events: [String], ours: [ClosedRange<Instant>] = [], health: String = #"{"properties":{}}"#
  ) async -> StopReport.Reason {
    let view = #"{"properties":{"instanceView":{"statuses":[{"code":"PowerState/stopped"}]}}}"#
    let arm = ScriptedARM { request in
      if request.target.hasSuffix("/values") { return ARMReply("{\"value\":[\(events.joined(separator: ","))]}") }
      return ARMReply(request.target.hasSuffix("/current") ? health : view)
    }
    let session = AzureSession(
      caller: arm, scope: AzureScope(subscriptions: [subscription]), clock: SteppedClock(Self.now))
    return await session.control.stopReason(
      of: machine,
      StopQuestion(
        askedAt: Self.now, offSince: Self.now - .minutes(20), runningAt: Self.now - .minutes(30), ours: ours)
    ).reason
  }

  private func isNobody(_ reason: StopReport.Reason) -> Bool {
    if case .nobody = reason { true } else { false }
  }

  @Test(
    "A person did, where the log has a stop of any way and azlin was not acting then",
    arguments: ["powerOff", "deallocate"])
  func person(_ action: String) async {
    let stop = [Self.event("11:35", action, "Started"), Self.event("11:36", action, "Succeeded")]
    #expect(await reason(stop) == .asked(by: "jo@x"))
    let before = Self.now - .hours(2)...Self.now - .hours(1)
    #expect(await reason(stop, ours: [before]) == .asked(by: "jo@x"))
  }

  @Test("Nobody did, where the only stop is azlin's own, also for Resource Health, which cannot tell it from a person")
  func own() async {
    let stop = [
      Self.event("11:35", "powerOff", "Started", caller: "azlin"),
      Self.event("11:36", "powerOff", "Succeeded", caller: "azlin"),
    ]
    let ours = Self.now - .minutes(25)...Self.now - .minutes(24)
    let health = """
      {"properties":{"availabilityState":"Unavailable","context":"Customer Initiated","summary":"s",
       "occuredTime":"\(Self.day)11:36:10Z"}}
      """
    #expect(isNobody(await reason(stop, ours: [ours], health: health)))
    #expect(await reason([], health: health) == .asked(by: "a person, says Resource Health: s"))
    // A person's stop before ours is still a person's.
    let both = stop + [Self.event("11:20", "deallocate", "Succeeded")]
    #expect(await reason(both, ours: [ours]) == .asked(by: "jo@x"))
  }

  @Test("A refused stop is nobody's, and neither is its beginning")
  func refused() async {
    let refused = [
      Self.event("11:35", "deallocate", "Started", id: "A"),
      Self.event("11:35", "deallocate", "Failed", id: "a", reply: "Conflict"),
    ]
    #expect(isNobody(await reason(refused)))
    // The same events of two operations: one was taken.
    #expect(await reason([Self.event("11:34", "deallocate", "Started", id: "b")] + refused) == .asked(by: "jo@x"))
  }

  @Test("A stop that Azure took and that failed later may have stopped it: it was asked for")
  func failedLater() async {
    let taken = [
      Self.event("11:35", "powerOff", "Started", id: "a"), Self.event("11:38", "powerOff", "Failed", id: "a"),
    ]
    #expect(await reason(taken) == .asked(by: "jo@x"))
    let accepted = [
      Self.event("11:35", "powerOff", "Started", id: "a"), Self.event("11:35", "powerOff", "Accepted", id: "a"),
      Self.event("11:38", "powerOff", "Failed", id: "a", reply: "Conflict"),
    ]
    #expect(await reason(accepted) == .asked(by: "jo@x"))
    // Without an id nothing is known of its end.
    let strange = [
      Self.event("11:35", "powerOff", "Started"), Self.event("11:35", "powerOff", "Failed", reply: "Conflict"),
    ]
    #expect(await reason(strange) == .asked(by: "jo@x"))
  }

  @Test("A start undoes the stop before it only when it succeeded")
  func started() async {
    let stop = Self.event("11:10", "deallocate", "Succeeded")
    #expect(isNobody(await reason([stop, Self.event("11:15", "start", "Succeeded")])))
    #expect(
      await reason([
        stop, Self.event("11:15", "start", "Started", id: "a"),
        Self.event("11:16", "start", "Failed", id: "a"),
      ]) == .asked(by: "jo@x"))
  }
}
