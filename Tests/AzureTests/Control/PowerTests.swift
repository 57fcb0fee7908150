import Autopilot
import Azure
import FleetModel
import HTTPTypes
import Testing

/// A fleet of one whose list and own view may differ.
private func arm(list: String, own: String) -> ScriptedARM {
  ScriptedARM { request in
    request.method == .post
      ? ARMReply("{\"data\":[{\"id\":\"\(vmID("a"))\",\"name\":\"a\",\"ps\":\"\(list)\"}]}")
      : ARMReply(
        "{\"properties\":{\"instanceView\":{\"statuses\":[{\"code\":\"ProvisioningState/succeeded\"}\(own)]}}}")
  }
}

@Suite("Power states")
struct PowerTests {
  private let machine = VirtualMachine(id: MachineID(vmID("a")), name: "a", group: "RG-Web", provider: .azure)
  private let clock = SteppedClock()

  private func control(_ arm: ScriptedARM) -> AzureControlPlane {
    AzureSession(
      caller: arm, scope: AzureScope(subscriptions: [subscription]), ledger: MemoryOperationLedger(), clock: clock
    ).control
  }

  @Test("A running machine costs nothing beyond the list")
  func running() async {
    let arm = arm(list: "PowerState/running", own: ",{\"code\":\"PowerState/stopped\"}")
    #expect(await control(arm).power(of: machine) == .value(.running))
    #expect(arm.sent == ["POST resources"])
  }

  @Test("A machine that the list shows off is asked itself")
  func off() async {
    let arm = arm(list: "PowerState/stopped", own: ",{\"code\":\"PowerState/running\"}")
    #expect(await control(arm).power(of: machine) == .value(.running))
    #expect(arm.sent == ["POST resources", "GET a"])
  }

  @Test("A machine without a power state is unknown, never taken for off")
  func unknown() async {
    let arm = arm(list: "", own: "")
    #expect(await control(arm).power(of: machine) == .value(.unknown))
  }

  @Test("A re-check sees the machine's own state, not the list's")
  func recheck() async {
    let arm = arm(list: "PowerState/running", own: ",{\"code\":\"PowerState/stopped\"}")
    let control = control(arm)
    #expect(await control.power(of: machine) == .value(.running))
    clock.advance(.seconds(10))
    #expect(await control.power(of: machine) == .value(.stopped))
  }

  @Test("Where Azure cannot be reached it is the monitor's reading that is missing")
  func blind() async {
    let arm = ScriptedARM { _ throws(AzureError) in throw AzureError(.unreachable) }
    #expect(await control(arm).power(of: machine) == .notMeasured(.monitor("Azure said 0 ")))
  }
}
