import Azure
import FleetModel
import Simulator
import Testing

@testable import ARMSimulator

@Suite("A fleet of 10,000")
struct ScaleTests {
  @Test("Our client's query brings all of it in ten pages within the quota of Resource Graph; the time is printed")
  func tenPages() throws {
    var settings = ARMSettings()
    settings.pageSize = 1000
    let cloud = SimulatedCloud(machines: 10_000, settings: settings)
    let query = JSON.string(InventoryQuery.machines(AzureScope()))
    var ids: Set<String> = []
    var token = JSON.null
    var pages = 0
    let clock = ContinuousClock()
    let first = clock.now
    repeat {
      var options: JSON = ["resultFormat": "objectArray", "$top": 1000]
      if !token.isNull { options["$skipToken"] = token }
      let answer = cloud.post(
        "/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01", ["query": query, "options": options])
      #expect(answer.status == 200)
      ids.formUnion(answer.json["data"].items.compactMap { $0["id"].text })
      token = answer.json["$skipToken"]
      pages += 1
    } while !token.isNull && pages < 20
    print("10,000 VMs by Resource Graph: \(pages) pages in \(clock.now - first), the reading of them included")
    #expect(pages == 10)
    #expect(ids.count == 10_000)
    #expect(cloud.simulator.counters.throttled == 0)
  }

  @Test("The list API brings all of it too")
  func list() {
    var settings = ARMSettings()
    settings.pageSize = 1000
    let cloud = SimulatedCloud(machines: 10_000, settings: settings)
    var target = cloud.subscription + "/providers/Microsoft.Compute/virtualMachines?statusOnly=true"
    var names: Set<String> = []
    while true {
      let page = cloud.get(target).json
      names.formUnion(page["value"].items.compactMap { $0["name"].text })
      guard let next = page["nextLink"].text else { break }
      target = next
    }
    #expect(names.count == 10_000)
  }
}
