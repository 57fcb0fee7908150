import Autopilot
import Azure
import FleetModel
import Foundation
import HTTPTypes
import Testing

private let network =
  "/subscriptions/\(subscription)/resourceGroups/RG-Web/providers/Microsoft.Network/virtualNetworks/v"
private let card =
  "/subscriptions/\(subscription)/resourceGroups/RG-Web/providers/Microsoft.Network/networkInterfaces/n"

@Suite("The reset of a network card")
struct NetworkResetTests {
  private let clock = SteppedClock()
  private let machine = VirtualMachine(
    id: MachineID(vmID("a")), name: "a", group: "RG-Web", provider: .azure, abilities: [.power, .reapply])

  private func arm(free: String = "\"10.0.0.9\"", configurations: Int = 1) -> ScriptedARM {
    ScriptedARM { request in
      if request.method == .put { return ARMReply(status: 200) }
      if request.target.hasSuffix("/CheckIPAddressAvailability") {
        return ARMReply("{\"available\":false,\"availableIPAddresses\":[\(free)]}")
      }
      if request.target.hasSuffix("/networkInterfaces/n") {
        let configuration = """
          {"name":"ip","properties":{"privateIPAddress":"10.0.0.4","privateIPAllocationMethod":"Dynamic",
           "unknownToUs":[1,2.5,null],"subnet":{"id":"\(network)/subnets/s"}}}
          """
        let all = Array(repeating: configuration, count: configurations).joined(separator: ",")
        return ARMReply(
          "{\"id\":\"\(card)\",\"etag\":\"W/1\",\"location\":\"westus2\",\"properties\":{\"ipConfigurations\":[\(all)]}}"
        )
      }
      return ARMReply(
        """
        {"properties":{"networkProfile":{"networkInterfaces":[{"id":"\(card)"}]},"instanceView":{"statuses":[
         {"code":"PowerState/running"},{"code":"ProvisioningState/succeeded"}]}}}
        """)
    }
  }

  private func perform(_ arm: ScriptedARM) async -> RemedyReport {
    let session = AzureSession(
      caller: arm, scope: AzureScope(), ledger: MemoryOperationLedger(), clock: clock)
    return await session.control.perform(
      RemedyOrder(
        intent: IntentID("i"), machine: machine, remedy: .resetNetworkInterface, bootID: nil,
        notAfter: clock.now() + .minutes(10),
        request: ProbeRequest(depth: .full, checks: [], connectivityTimeout: .seconds(5), sshTimeout: .seconds(5))))
  }

  private func configuration(_ request: ARMRequest) throws -> [String: Any] {
    let whole = try #require(try JSONSerialization.jsonObject(with: Data(request.body ?? [])) as? [String: Any])
    #expect(whole["location"] as? String == "westus2")
    let properties = try #require(whole["properties"] as? [String: Any])
    let list = try #require(properties["ipConfigurations"] as? [[String: Any]])
    return try #require(list.first?["properties"] as? [String: Any])
  }

  @Test("Another free address is put, then the card's own again, the rest of the card unchanged")
  func sequence() async throws {
    let arm = arm()
    let report = await perform(arm)
    #expect(report.outcome == .done)
    #expect(report.detail == "private IP 10.0.0.4 → 10.0.0.9 → 10.0.0.4; it is a static address from now on")
    #expect(arm.sent == ["GET a", "GET n", "GET CheckIPAddressAvailability", "PUT n", "PUT n"])
    let puts = arm.requests.filter { $0.method == .put }
    #expect(puts[0].headers[.ifMatch] == "W/1")
    #expect(puts[1].headers[.ifMatch] == nil)
    let configurations = try puts.map(configuration)
    #expect(configurations.map { $0["privateIPAddress"] as? String } == ["10.0.0.9", "10.0.0.4"])
    #expect(configurations.allSatisfy { $0["privateIPAllocationMethod"] as? String == "Static" })
    #expect(configurations.allSatisfy { ($0["unknownToUs"] as? [Any])?.count == 3 })
    #expect(puts[0].target == card)
    #expect(puts[0].query == [.init("api-version", "2022-11-01")])
    #expect(puts[0].machine == machine.id)
  }

  @Test("A card with several addresses, and a full subnet, are left alone")
  func refused() async {
    for arm in [arm(free: ""), arm(configurations: 2)] {
      guard case .refused = await perform(arm).outcome else {
        Issue.record("not refused")
        return
      }
      #expect(!arm.requests.contains { $0.method == .put })
    }
  }
}
