import FleetModel
import Testing

@testable import ARMSimulator

@Suite("Lists come in pages")
struct ListTests {
  @Test("All VMs, page by page, each once, by links that are followed as they are")
  func pages() throws {
    var settings = ARMSettings()
    settings.pageSize = 7
    let cloud = SimulatedCloud(settings: settings)
    var target = cloud.subscription + "/providers/Microsoft.Compute/virtualMachines?api-version=2024-07-01"
    var names: [String] = []
    var sizes: [Int] = []
    while true {
      let page = cloud.get(target)
      #expect(page.status == 200)
      #expect(
        page.header("x-ms-ratelimit-remaining-resource")?.hasPrefix("Microsoft.Compute/HighCostGetSubscriptionMaximum;")
          == true)
      names += page.json["value"].items.compactMap { $0["name"].text }
      sizes.append(page.json["value"].items.count)
      guard let next = page.json["nextLink"].text else { break }
      #expect(next.hasPrefix(SimulatedCloud.base + "/"))
      #expect(next.contains("api-version=2024-07-01"))
      target = next
    }
    #expect(sizes == [7, 7, 6])
    #expect(Set(names) == Set(cloud.fleet.machines(at: cloud.now).map(\.name)))
  }

  @Test("Lists of what the subscription has none of are empty; what does not exist is not found")
  func none() {
    let cloud = SimulatedCloud()
    let group = cloud.subscription + "/resourceGroups/" + cloud.machine().group
    for root in [cloud.subscription, group] {
      for type in [
        "Microsoft.Compute/virtualMachineScaleSets", "microsoft.network/BASTIONHOSTS",
        "Microsoft.HybridCompute/machines",
      ] {
        let answer = cloud.get("\(root)/providers/\(type)")
        #expect(answer.status == 200 && answer.json == ["value": []], "\(type)")
      }
    }
    for path in [
      group + "/providers/Microsoft.Network/bastionHosts/b", group + "/providers/Microsoft.Compute/noSuchThings",
      group + "/providers/Microsoft.NoSuch/machines",
      cloud.path(cloud.machine()) + "/providers/Microsoft.Compute/images",
    ] { #expect(cloud.get(path).status == 404, "\(path)") }
  }

  @Test("One group's VMs, whatever the case of its name; and its cards and addresses")
  func group() {
    let cloud = SimulatedCloud()
    let machine = cloud.machine()
    let own = cloud.fleet.machines(at: cloud.now).filter { $0.group == machine.group }
    let root = cloud.subscription + "/resourcegroups/" + machine.group.uppercased() + "/providers/"
    let listed = cloud.get(root + "microsoft.compute/VIRTUALMACHINES").json["value"].items
    #expect(listed.compactMap { $0["name"].text } == own.map(\.name))
    #expect(cloud.get(root + "Microsoft.Network/networkInterfaces").json["value"].items.count == own.count)
    let addresses = cloud.get(root + "Microsoft.Network/publicIPAddresses").json["value"].items
    #expect(
      addresses.compactMap { $0["properties"]["ipAddress"].text }
        == own.compactMap { cloud.fleet.publicAddress(of: $0.id) })
  }

  @Test("What is not there is told apart: VM, group, subscription, parent")
  func notThere() {
    let cloud = SimulatedCloud()
    let group = cloud.subscription + "/resourceGroups/" + cloud.machine().group
    let nobody = cloud.get(group + "/providers/Microsoft.Compute/virtualMachines/vm-nobody")
    #expect(nobody.status == 404)
    #expect(nobody.code == "ResourceNotFound")
    #expect(nobody.header("x-ms-failure-cause") == "gateway")
    let noGroup = cloud.get(
      cloud.subscription + "/resourceGroups/rg-nobody/providers/Microsoft.Compute/virtualMachines")
    #expect(noGroup.code == "ResourceGroupNotFound")
    #expect(cloud.get("/subscriptions/00000000-0000-0000-0000-000000000000").code == "SubscriptionNotFound")
    let nested = cloud.get(group + "/providers/Microsoft.Compute/virtualMachines/vm-nobody/extensions")
    #expect(nested.code == "ParentResourceNotFound")
  }

  @Test(
    "An api-version that is missing or no date is refused", arguments: ["", "?api-version=", "?api-version=latest"])
  func version(_ query: String) {
    let cloud = SimulatedCloud()
    let answer = cloud.send(.get, cloud.subscription + (query.isEmpty ? "?x=api-version=" : query))
    #expect(answer.status == 400)
    #expect(answer.code?.hasSuffix("ApiVersionParameter") == true)
  }

  @Test("The cloud's endpoints in their three forms, without a token")
  func endpoints() {
    let cloud = SimulatedCloud()
    func metadata(_ version: String) -> JSON {
      cloud.send(.get, "/metadata/endpoints?api-version=\(version)", token: nil).json
    }
    #expect(metadata("2022-09-01")["resourceManager"].text == SimulatedCloud.base + "/")
    #expect(metadata("2019-05-01")[0]["authentication"]["audiences"].items.count == 2)
    #expect(metadata("2015-01-01")["authentication"]["loginEndpoint"].text == SimulatedCloud.base + "/")
  }
}
