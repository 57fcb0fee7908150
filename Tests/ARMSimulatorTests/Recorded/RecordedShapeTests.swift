import FleetModel
import Testing

@testable import ARMSimulator

@Suite("Answers hold what the recorded ones of the real services hold")
struct RecordedShapeTests {
  let cloud = SimulatedCloud()

  /// All recorded members are there, and no other than those that are named.
  private func compare(
    _ body: JSON, _ recorded: Set<String>, missing: Set<String> = [], beyond: Set<String> = [],
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let own = body.memberPaths
    #expect(recorded.subtracting(own) == missing, "missing", sourceLocation: sourceLocation)
    #expect(own.subtracting(recorded) == beyond, "beyond the recording", sourceLocation: sourceLocation)
  }

  @Test("A virtual machine with its instance view")
  func machine() {
    // A machine without a zone; more than one card, or Spot, would add members.
    let machine = cloud.fleet.machines(at: cloud.now).first {
      let model = cloud.get(cloud.path($0)).json
      return model["zones"].isNull && model["properties"]["priority"].isNull
    }
    guard let machine else { Issue.record("every machine is in a zone"); return }
    let tags = Set(machine.tags.keys.map { "tags." + $0 })
    compare(
      cloud.get(cloud.path(machine) + "?$expand=instanceView").json, RecordedMembers.machine,
      beyond: tags.union([
        "properties.networkProfile.networkInterfaces[].properties",
        "properties.networkProfile.networkInterfaces[].properties.primary",
        "properties.storageProfile.diskControllerType",
      ]))
  }

  @Test("An operation that ended, and one of a script")
  func operations() throws {
    let machine = cloud.machine()
    let ended = try cloud.finish(cloud.post(cloud.path(machine) + "/reapply"))
    compare(ended.json, RecordedMembers.operation)
    let body: JSON = ["commandId": "RunShellScript", "script": ["echo hello"]]
    let script = try cloud.finish(cloud.post(cloud.path(machine) + "/runCommand", body))
    compare(script.json, RecordedMembers.scriptOperation)
  }

  @Test("A network card of a machine, and a public address")
  func network() throws {
    let machine = cloud.machine()
    let tags = Set(machine.tags.keys.map { "tags." + $0 }).union(["tags"])
    let card = cloud.get(cloud.card(machine)).json
    compare(
      card, RecordedMembers.card,
      beyond: tags.union([
        "kind", "properties.allowPort25Out", "properties.auxiliaryMode", "properties.disableTcpStateTracking",
        "properties.vnetEncryptionSupported",
      ]))
    let id = try #require(card["properties"]["ipConfigurations"][0]["properties"]["publicIPAddress"]["id"].text)
    var address = cloud.get(id).json
    address = address.removing("zones")
    compare(
      address, RecordedMembers.publicAddress,
      missing: [
        "tags.foo", "properties.dnsSettings", "properties.dnsSettings.domainNameLabel", "properties.dnsSettings.fqdn",
      ],
      beyond: tags.subtracting(["tags"]).union([
        "properties.ipConfiguration", "properties.ipConfiguration.id",
      ]))
  }

  @Test("A script as a resource, whose exit code only its instance view tells")
  func command() throws {
    let target = cloud.path(cloud.machine()) + "/runCommands/judge"
    let made = cloud.put(
      target, ["location": "westeurope", "properties": ["source": ["script": "nonsense"], "asyncExecution": false]])
    #expect(made.status == 201)
    #expect(made.json["properties"]["provisioningState"] == "Creating")
    _ = try cloud.finish(made)
    let found = cloud.get(target + "?$expand=instanceView").json
    compare(found, RecordedMembers.command)
    #expect(found["properties"]["provisioningState"] == "Succeeded")
    #expect(found["properties"]["instanceView"]["exitCode"] == 127)
    #expect(found["properties"]["instanceView"]["executionState"] == "Failed")
  }

  @Test("An extension as it was made, without what was protected")
  func vmAccess() {
    let made = cloud.put(
      cloud.path(cloud.machine()) + "/extensions/VMAccessForLinux",
      [
        "location": "westeurope",
        "properties": [
          "forceUpdateTag": "1", "publisher": "Microsoft.OSTCExtensions", "type": "VMAccessForLinux",
          "typeHandlerVersion": "1.5", "autoUpgradeMinorVersion": true, "enableAutomaticUpgrade": false,
          "protectedSettings": ["reset_ssh": true],
        ],
      ])
    #expect(made.status == 201)
    compare(made.json, RecordedMembers.extensionMade)
  }

  @Test("Links to the console, and metrics")
  func consoleAndMetrics() {
    let path = cloud.path(cloud.machine())
    compare(cloud.post(path + "/retrieveBootDiagnosticsData").json, RecordedMembers.links)
    let target =
      path + "/providers/Microsoft.Insights/metrics?metricnames=Percentage%20CPU&interval=PT1M&aggregation=Average"
      + "&timespan=2025-12-03T09:00:00Z/2025-12-03T10:00:00Z&api-version=2018-01-01"
    compare(
      cloud.get(target).json, RecordedMembers.metrics,
      beyond: ["value[].timeseries[].data[].average"])
  }

  @Test("A page of Resource Graph, and a query that it cannot read")
  func graph() {
    let target = "/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01"
    let page = cloud.post(target, ["query": "resources | project id | order by id asc", "options": ["$top": 3]])
    compare(page.json, RecordedMembers.graphPage)
    #expect(page.json["resultTruncated"] == "false")
    let bad = cloud.post(target, ["query": "resources |"])
    #expect(bad.status == 400)
    compare(bad.json, RecordedMembers.graphError)
  }
}
