import FleetModel
import Simulator
import Testing

@testable import ARMSimulator

@Suite("What the platform knows: who acted, its own health, metrics, the console")
struct InsightTests {
  let cloud = SimulatedCloud()

  private func events(_ machine: VirtualMachine, since: Instant = SimulatedCloud.start - .days(1)) -> [JSON] {
    let filter =
      "eventTimestamp ge '\(TimestampText.rfc3339(since))' and resourceUri eq '\(cloud.path(machine).uppercased())'"
    let answer = cloud.get(
      cloud.subscription + "/providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01&$filter="
        + ARMPath.encoded(filter))
    #expect(answer.status == 200)
    return answer.json["value"].items
  }

  @Test("Our own restart is in the log: begun and ended, by our identity, minutes late")
  func ours() throws {
    let machine = cloud.machine()
    _ = try cloud.finish(cloud.post(cloud.path(machine) + "/restart"))
    #expect(events(machine).isEmpty)
    cloud.pass(.seconds(90))
    let found = events(machine)
    #expect(found.map { $0["status"]["value"].text } == ["Succeeded", "Started"])
    #expect(found.allSatisfy { $0["operationName"]["value"] == "Microsoft.Compute/virtualMachines/restart/action" })
    #expect(found.allSatisfy { $0["caller"].text == Identity.objectID })
    #expect(found[0]["correlationId"] == found[1]["correlationId"])
  }

  @Test("Who stopped a VM stands in the log with a name; nobody stands there for a crash")
  func foreign() throws {
    let stopped = cloud.machine("vm-web-01")
    let gone = cloud.machine("vm-web-02")
    let crashed = cloud.machine("vm-db-01")
    cloud.simulator.inject(.stoppedByUser, on: stopped.id)
    cloud.simulator.inject(.deallocatedByUser, on: gone.id)
    cloud.simulator.inject(.stopped, on: crashed.id)
    #expect(cloud.power(stopped) == "PowerState/stopped")
    #expect(cloud.power(gone) == "PowerState/deallocated")
    #expect(cloud.power(crashed) == "PowerState/stopped")
    cloud.pass(.minutes(2))
    #expect(events(stopped).first?["operationName"]["value"] == "Microsoft.Compute/virtualMachines/powerOff/action")
    #expect(events(gone).first?["operationName"]["value"] == "Microsoft.Compute/virtualMachines/deallocate/action")
    #expect(events(stopped).first?["caller"].text?.contains("@") == true)
    #expect(events(crashed).isEmpty)
    func health(_ machine: VirtualMachine) -> JSON {
      cloud.get(
        cloud.path(machine) + "/providers/Microsoft.ResourceHealth/availabilityStatuses/current?api-version=2022-10-01"
      ).json["properties"]
    }
    #expect(health(stopped)["reasonType"] == "UserInitiated")
    #expect(health(crashed)["availabilityState"] == "Unknown")
    #expect(health(cloud.machine("vm-api-01"))["availabilityState"] == "Available")
  }

  @Test("What was refused is in the log: begun and failed at once, with the code; questions are not")
  func refused() throws {
    let machine = cloud.machine()
    #expect(cloud.get(cloud.path(machine) + "/extensions/none").status == 404)
    #expect(cloud.post(cloud.path(machine) + "/performMaintenance").status == 409)
    let first = cloud.post(cloud.path(machine) + "/restart")
    #expect(first.status == 202)
    #expect(cloud.post(cloud.path(machine) + "/POWEROFF").status == 409)
    cloud.pass(.minutes(5))
    let found = events(machine)
    func statuses(_ name: String) -> Set<String> {
      let own = found.filter { $0["operationName"]["value"].text == "Microsoft.Compute/virtualMachines/\(name)/action" }
      return Set(own.compactMap { $0["status"]["value"].text })
    }
    #expect(statuses("performMaintenance") == ["Started", "Failed"])
    #expect(statuses("powerOff") == ["Started", "Failed"])
    #expect(statuses("restart") == ["Started", "Succeeded"])
    #expect(found.count == 6)
    let failed = try #require(found.first { $0["status"]["value"] == "Failed" })
    #expect(failed["subStatus"]["localizedValue"] == "Conflict (HTTP Status Code: 409)")
    #expect(failed["properties"]["statusMessage"].text?.contains("\"code\":") == true)
  }

  @Test("The log can be half an hour late")
  func lag() throws {
    let machine = cloud.machine()
    cloud.simulator.inject(.activityLag)
    cloud.simulator.inject(.stoppedByUser, on: machine.id)
    cloud.pass(.minutes(20))
    #expect(events(machine).isEmpty)
    cloud.pass(.minutes(11))
    #expect(events(machine).isEmpty == false)
  }

  @Test("The log's filter is mandatory and reaches 90 days back")
  func filter() {
    let target =
      cloud.subscription + "/providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01"
    #expect(cloud.get(target).status == 400)
    let old = cloud.get(target + "&$filter=" + ARMPath.encoded("eventTimestamp ge '2018-01-01T00:00:00+00:00'"))
    #expect(old.status == 400)
    // As recorded: no envelope.
    #expect(old.json == ["code": "BadRequest", "message": "The start time cannot be more than 90 days in the past."])
  }

  @Test("Those that are off since long have been turned off by somebody")
  func past() {
    let cloud = SimulatedCloud(hasOddMachines: true)
    let off = cloud.fleet.machines(at: cloud.now).filter {
      cloud.fleet.platformView(of: $0.id, at: cloud.now)?.power.isOff == true
    }
    #expect(off.count == 2)
    let filter = "eventTimestamp ge '\(TimestampText.rfc3339(cloud.now - .days(89)))'"
    let found = cloud.get(
      cloud.subscription + "/providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01&$filter="
        + ARMPath.encoded(filter)
    ).json["value"].items
    #expect(Set(found.compactMap { $0["resourceId"].text }) == Set(off.map { cloud.path($0) }))
  }

  @Test("A host in trouble: the platform says so itself, and the guest is silent")
  func platform() {
    let machine = cloud.machine()
    cloud.simulator.inject(.platformUnavailable, on: machine.id)
    let health = cloud.get(
      cloud.path(machine) + "/providers/Microsoft.ResourceHealth/availabilityStatuses/current?api-version=2022-10-01"
    ).json["properties"]
    #expect(health["availabilityState"] == "Unavailable")
    #expect(health["context"] == "Platform Initiated")
    #expect(AzureTime.parse(health["occuredTime"].text ?? "") == cloud.now)
    let all = cloud.get(
      cloud.subscription + "/providers/Microsoft.ResourceHealth/availabilityStatuses?api-version=2022-10-01"
    ).json["value"].items
    #expect(all.count == 20)
    #expect(all.count { $0["properties"]["availabilityState"] == "Unavailable" } == 1)
  }

  @Test("Metrics: a value a minute; none of the last minutes, none while it is off")
  func metrics() throws {
    let machine = cloud.machine()
    func values(_ minutes: Int) -> [JSON] {
      let span = "\(TimestampText.rfc3339(cloud.now - .minutes(minutes)))/\(TimestampText.rfc3339(cloud.now))"
      return cloud.get(
        cloud.path(machine)
          + "/providers/Microsoft.Insights/metrics?metricnames=Percentage%20CPU&interval=PT1M&aggregation=Average"
          + "&timespan=\(span)&api-version=2018-01-01"
      ).json["value"][0]["timeseries"][0]["data"].items.map { $0["average"] }
    }
    let before = values(10)
    #expect(before.count == 10)
    #expect(before.suffix(2).allSatisfy { $0.isNull })
    #expect(before.prefix(8).allSatisfy { ($0.double ?? -1) > 0 })
    cloud.simulator.inject(.cpuHigh, on: machine.id)
    cloud.pass(.minutes(5))
    #expect(values(4).contains { ($0.double ?? 0) > 95 })
    _ = try cloud.finish(cloud.post(cloud.path(machine) + "/deallocate"))
    cloud.pass(.minutes(10))
    #expect(values(6).allSatisfy { $0.isNull })
  }

  @Test("A batch of metrics takes its own audience, one region, 50 machines")
  func batch() throws {
    let machines = cloud.fleet.machines(at: cloud.now).filter { $0.region == cloud.machine().region }
    let ids = JSON.array(machines.map { .string(cloud.path($0)) })
    let target =
      cloud.subscription + "/metrics:getBatch?api-version=2024-02-01&metricnamespace=microsoft.compute/virtualmachines"
      + "&metricnames=Percentage%20CPU,Available%20Memory%20Bytes&interval=PT1M&aggregation=average"
      + "&starttime=2025-12-03T09:30:00Z&endtime=2025-12-03T09:50:00Z"
    let token = cloud.token(audience: "https://metrics.monitor.azure.com")
    let answer = cloud.send(.post, target, body: ["resourceids": ids], token: token)
    #expect(answer.status == 200)
    #expect(answer.json["values"].items.count == machines.count)
    #expect(answer.json["values"][0]["value"].items.count == 2)
    #expect(answer.json["values"][0]["value"][0]["timeseries"][0]["data"].items.count == 20)
    #expect(cloud.send(.post, target, body: ["resourceids": []], token: token).status == 400)
  }

  @Test("The console: a link with a signature and an end, and what a stuck kernel wrote")
  func console() throws {
    let machine = cloud.machine()
    cloud.simulator.inject(.hung, on: machine.id)
    cloud.pass(.minutes(5))
    let links = cloud.post(cloud.path(machine) + "/retrieveBootDiagnosticsData?sasUriExpirationTimeInMinutes=10").json
    let link = try #require(links["serialConsoleLogBlobUri"].text)
    let blob = cloud.send(.get, link, token: nil)
    #expect(blob.status == 200)
    #expect(blob.text.contains("soft lockup"))
    #expect(cloud.send(.get, link.replacing("sig=", with: "sig=x"), token: nil).status == 403)
    cloud.pass(.minutes(11))
    #expect(cloud.send(.get, link, token: nil).status == 403)
    let wrong = cloud.post(cloud.path(machine) + "/retrieveBootDiagnosticsData?sasUriExpirationTimeInMinutes=0")
    #expect(wrong.status == 400)
  }
}
