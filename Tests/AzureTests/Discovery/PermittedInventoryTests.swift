import FleetModel
import Testing

@testable import Azure

@Suite("Machines with the abilities that this identity's roles give")
struct PermittedInventoryTests {
  private let row = """
    {"count":1,"data":[{"id":"/subscriptions/s/resourceGroups/G/providers/Microsoft.Compute/virtualMachines/a","name":"a",
      "ps":"PowerState/running","os":"Linux"}],"resultTruncated":"false"}
    """

  private func inventory(_ arm: ScriptedARM, _ clock: SteppedClock) -> PermittedInventory {
    PermittedInventory(
      AzureInventory(caller: arm, scope: AzureScope(subscriptions: ["s"]), clock: clock), caller: arm, clock: clock)
  }

  @Test("A remedy that no role allows is not possible, and the question costs one call a group and hour")
  func limited() async throws {
    let arm = ScriptedARM { [row] request in
      request.target.hasSuffix("/permissions")
        ? ARMReply(
          #"{"value":[{"actions":["*/read","Microsoft.Compute/virtualMachines/restart/action"],"notActions":[]}]}"#)
        : ARMReply(row)
    }
    let clock = SteppedClock()
    let inventory = inventory(arm, clock)
    #expect(try await inventory.machines().first?.abilities.contains(.start) == true)
    await inventory.settle()
    #expect(try await inventory.machines().map(\.abilities) == [[.power, .restart]])
    await inventory.settle()
    let asked = { arm.requests.filter { $0.target.hasSuffix("/permissions") }.map(\.target) }
    #expect(asked() == ["/subscriptions/s/resourceGroups/g/providers/Microsoft.Authorization/permissions"])
    clock.advance(.hours(1))
    _ = try await inventory.machines()
    await inventory.settle()
    #expect(asked().count == 2)
  }

  @Test("Where permissions may not be read, or the call fails, nothing is taken away")
  func unknown() async throws {
    for kind in [AzureError.Kind.forbidden(action: nil, scope: nil), .serverFault] {
      let arm = ScriptedARM { [row] request throws(AzureError) in
        if request.target.hasSuffix("/permissions") { throw AzureError(kind: kind, sentence: "no") }
        return ARMReply(row)
      }
      let inventory = inventory(arm, SteppedClock())
      _ = try await inventory.machines()
      await inventory.settle()
      #expect(try await inventory.machines().first?.abilities.isSuperset(of: [.start, .restart, .run]) == true)
    }
  }
}
