import Azure
import FleetModel
import Simulator
import Testing

@testable import ARMSimulator

@Suite("Resource Graph over the simulated fleet")
struct GraphTests {
  let cloud = SimulatedCloud()
  private static let target = "/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01"

  private func ask(_ query: String, _ options: JSON = [:]) -> SimulatedCloud.Answer {
    cloud.post(
      Self.target,
      ["subscriptions": [.string(cloud.simulator.settings.subscription)], "query": .string(query), "options": options])
  }

  @Test("Our client's own query finds every VM with its card, its address and its power")
  func inventory() throws {
    let answer = ask(InventoryQuery.machines(AzureScope()))
    #expect(answer.status == 200)
    #expect(answer.json["totalRecords"] == 20)
    let rows = answer.json["data"].items
    #expect(rows.compactMap { $0["id"].text } == rows.compactMap { $0["id"].text }.sorted())
    for machine in cloud.fleet.machines(at: cloud.now) {
      let row = try #require(rows.first { $0["name"].text == machine.name })
      #expect(row["ps"] == "PowerState/running")
      #expect(row["privateIp"].text == machine.address?.host)
      #expect((row["publicIp"].text ?? "") == cloud.fleet.publicAddress(of: machine.id) ?? "")
      #expect(row["vmId"].text == machine.incarnation)
      #expect(row["size"].text == machine.size)
      #expect(row["adminUser"] == "azureuser")
      #expect(row["subnet"].text?.hasSuffix("/virtualnetworks/vnet/subnets/default") == true)
      #expect(row["resourceGroup"].text == machine.group.lowercased())
    }
  }

  @Test("The other queries of our client are answered too")
  func others() {
    let scope = AzureScope()
    #expect(ask(InventoryQuery.scaleSetInstances(scope)).json["totalRecords"] == 0)
    #expect(ask(InventoryQuery.arcMachines(scope)).json["totalRecords"] == 0)
  }

  @Test("Pages: tokens lead on until the end, and all of them show one copy of the fleet")
  func pages() throws {
    let query =
      "resources | where type =~ 'microsoft.compute/virtualmachines' | project id, ps=tostring(properties.extended.instanceView.powerState.code) | order by id asc"
    let first = ask(query, ["$top": 8])
    #expect(first.json["count"] == 8)
    #expect(first.json["resultTruncated"] == "false")
    let token = try #require(first.json["$skipToken"].text)
    cloud.simulator.inject(.stopped, on: cloud.machine().id)
    cloud.pass(.minutes(1))
    let second = ask(query, ["$top": 8, "$skipToken": .string(token)])
    let third = ask(query, ["$top": 8, "$skipToken": second.json["$skipToken"]])
    #expect(third.json["count"] == 4)
    #expect(third.json["$skipToken"].isNull)
    let all = [first, second, third].flatMap { $0.json["data"].items }
    #expect(Set(all.compactMap { $0["id"].text }).count == 20)
    #expect(all.allSatisfy { $0["ps"] == "PowerState/running" })
    #expect(ask(query, ["$top": 5, "$skip": 18]).json["count"] == 2)
    #expect(ask(query, ["$skipToken": "nonsense"]).status == 400)
  }

  @Test("Without an id, or with a limit, there are no pages: truncated, and no token")
  func truncated() {
    let nameless = ask("resources | project name", ["$top": 5])
    #expect(nameless.json["resultTruncated"] == "true")
    #expect(nameless.json["$skipToken"].isNull)
    let limited = ask("resources | project id | limit 9", ["$top": 5])
    #expect(limited.json["totalRecords"] == 9)
    #expect(limited.json["$skipToken"].isNull)
  }

  @Test("It is behind by seconds, and stays behind while it is stale")
  func lag() {
    let query =
      "resources | where name == 'vm-web-01' and type has 'virtualmachines' | project ps=tostring(properties.extended.instanceView.powerState.code)"
    #expect(ask(query).json["data"][0]["ps"] == "PowerState/running")
    cloud.simulator.inject(.stopped, on: cloud.machine().id)
    #expect(ask(query).json["data"][0]["ps"] == "PowerState/running")
    #expect(cloud.power(cloud.machine()) == "PowerState/stopped")
    cloud.simulator.inject(.graphStale, for: .minutes(5))
    cloud.pass(.minutes(4))
    #expect(ask(query).json["data"][0]["ps"] == "PowerState/running")
    cloud.pass(.minutes(2))
    #expect(ask(query).json["data"][0]["ps"] == "PowerState/stopped")
  }

  @Test("Health of the whole fleet in one query")
  func health() {
    cloud.simulator.inject(.platformUnavailable, on: cloud.machine().id)
    let answer = ask(
      "healthresources | where type =~ 'microsoft.resourcehealth/availabilitystatuses' | summarize n=count() by state=tostring(properties.availabilityState) | order by n desc"
    )
    #expect(answer.json["data"] == [["state": "Available", "n": 19], ["state": "Unavailable", "n": 1]])
  }

  @Test("The table form has columns and rows")
  func table() {
    let answer = ask(
      "resources | where name == 'vm-web-01' and type has 'virtualmachines' | project name, n=1",
      ["resultFormat": "table"])
    #expect(answer.json["data"]["columns"] == [["name": "name", "type": "string"], ["name": "n", "type": "integer"]])
    #expect(answer.json["data"]["rows"] == [["vm-web-01", 1]])
  }

  @Test(
    "What cannot be read is refused with its place, what is not there with its name",
    arguments: [
      ("resources | where", 1, 17, "<EOF>"), ("resources\n| nonsense x", 2, 2, "nonsense"),
      ("resources | where name == 'open", 1, 26, "'open"), ("resources | project id,", 1, 23, "<EOF>"),
      ("resources | order id", 1, 18, "id"),
    ])
  func unreadable(_ query: String, _ line: Int, _ position: Int, _ token: String) {
    let answer = ask(query)
    #expect(answer.status == 400)
    let detail = answer.json["error"]["details"][1]
    #expect(detail["code"] == "ParserFailure")
    #expect(detail["line"].whole == line)
    #expect(detail["characterPositionInLine"].whole == position)
    #expect(detail["token"].text == token)
  }

  @Test(
    "A name that is not there",
    arguments: ["nothing | count", "resources | where nobody == 1", "resources | extend a=nofunction(id)"])
  func unknown(_ query: String) {
    let answer = ask(query)
    #expect(answer.status == 400)
    #expect(answer.json["error"]["details"][0]["code"] == "InvalidQuery")
  }

  @Test("A subscription of others is refused")
  func scope() {
    let answer = cloud.post(
      Self.target, ["subscriptions": ["00000000-0000-0000-0000-000000000000"], "query": "resources"])
    #expect(answer.json["error"]["details"][0]["code"] == "NoValidSubscriptionsInQueryRequest")
  }
}
