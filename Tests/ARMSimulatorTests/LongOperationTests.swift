import FleetModel
import Simulator
import Testing

@testable import ARMSimulator

@Suite("Orders go on after their answer")
struct LongOperationTests {
  let cloud = SimulatedCloud()

  @Test("A restart: 202 with both links, in progress, succeeded, and the guest boots")
  func restart() throws {
    let machine = cloud.machine()
    let before = cloud.fleet.platformView(of: machine.id, at: cloud.now)?.bootedAt
    let answer = cloud.post(cloud.path(machine) + "/restart")
    #expect(answer.status == 202)
    #expect(answer.bytes.isEmpty)
    #expect(answer.header("Azure-AsyncNotification") == "Enabled")
    let link = try #require(answer.header("Azure-AsyncOperation"))
    let location = try #require(answer.header("Location"))
    #expect(link.utf8.count > 1500)
    #expect(location.contains("monitor=true"))
    #expect(answer.header("Retry-After") != nil)
    let first = cloud.get(link)
    #expect(first.json["status"] == "InProgress")
    #expect(first.json["endTime"].isNull)
    #expect(cloud.get(location).status == 202)
    #expect(cloud.get(cloud.path(machine)).json["properties"]["provisioningState"] == "Updating")
    let last = try cloud.finish(answer)
    #expect(last.json["status"] == "Succeeded")
    let from = try #require(AzureTime.parse(last.json["startTime"].text ?? ""))
    let until = try #require(AzureTime.parse(last.json["endTime"].text ?? ""))
    #expect(until - from >= .seconds(8))
    #expect(until - from <= .seconds(36))
    let end = cloud.get(location)
    #expect(end.status == 200)
    #expect(end.bytes.isEmpty)
    #expect(cloud.power(machine) == "PowerState/running")
    #expect(cloud.fleet.platformView(of: machine.id, at: cloud.now)?.bootedAt != before)
  }

  @Test("speed shortens durations only")
  func speed() throws {
    var settings = ARMSettings()
    settings.speed = 100
    let cloud = SimulatedCloud(settings: settings)
    let answer = cloud.post(cloud.path(cloud.machine()) + "/redeploy")
    #expect(answer.header("x-ms-retry-after-ms") != nil)
    let last = try cloud.finish(answer)
    let from = try #require(AzureTime.parse(last.json["startTime"].text ?? ""))
    let until = try #require(AzureTime.parse(last.json["endTime"].text ?? ""))
    #expect(from - SimulatedCloud.start < .seconds(1))
    #expect(until - from <= .milliseconds(1330))
  }

  @Test("A second order on one VM is refused with 409, on another it is not")
  func conflict() throws {
    let machine = cloud.machine()
    let first = cloud.post(cloud.path(machine) + "/deallocate")
    let second = cloud.post(cloud.path(machine) + "/restart")
    #expect(second.status == 409)
    #expect(second.code == "Conflict")
    #expect(cloud.post(cloud.path(cloud.machine("vm-db-01")) + "/restart").status == 202)
    _ = try cloud.finish(first)
    #expect(cloud.power(machine) == "PowerState/deallocated")
    let third = cloud.post(cloud.path(machine) + "/restart")
    #expect(third.status == 409)
    #expect(third.code == "OperationNotAllowed")
  }

  @Test("A failed operation says so inside HTTP 200, and the machine's state is failed until the next success")
  func failure() throws {
    let machine = cloud.machine()
    cloud.simulator.inject(.operationFails, on: machine.id)
    let last = try cloud.finish(cloud.post(cloud.path(machine) + "/restart"))
    #expect(last.status == 200)
    #expect(last.json["status"] == "Failed")
    #expect(last.json["error"]["code"] == "InternalExecutionError")
    let failed = cloud.get(cloud.path(machine) + "?$expand=instanceView").json["properties"]
    #expect(failed["provisioningState"] == "Failed")
    #expect(failed["instanceView"]["statuses"][0]["code"] == "ProvisioningState/failed/InternalExecutionError")
    #expect(failed["instanceView"]["statuses"][1]["code"] == "PowerState/running")
    cloud.simulator.heal(.operationFails, on: machine.id)
    _ = try cloud.finish(cloud.post(cloud.path(machine) + "/reapply"))
    #expect(cloud.get(cloud.path(machine)).json["properties"]["provisioningState"] == "Succeeded")
  }

  @Test("An answer that is lost was an order all the same")
  func lostAnswer() {
    let machine = cloud.machine()
    cloud.simulator.inject(.answerLost, on: machine.id)
    let answer = cloud.post(cloud.path(machine) + "/powerOff")
    #expect(answer.isLost)
    #expect(cloud.get(cloud.path(machine)).isLost == false)
    cloud.pass(.seconds(30))
    #expect(cloud.power(machine) == "PowerState/stopped")
  }

  @Test("Every second question is answered 503 without a body while polling is unavailable")
  func poll503() throws {
    let machine = cloud.machine()
    cloud.simulator.inject(.pollUnavailable, on: machine.id)
    let link = try #require(cloud.post(cloud.path(machine) + "/restart").header("Azure-AsyncOperation"))
    let first = cloud.get(link)
    #expect(first.status == 503)
    #expect(first.bytes.isEmpty)
    #expect(cloud.get(link).status == 200)
  }

  @Test("An operation's URL works only as it was given, and is forgotten after a day")
  func opaqueURL() throws {
    let answer = cloud.post(cloud.path(cloud.machine()) + "/reapply")
    let link = try #require(answer.header("Azure-AsyncOperation"))
    #expect(cloud.get(String(link.dropLast())).status == 404)
    #expect(cloud.get(link).status == 200)
    cloud.pass(.days(2))
    let late = cloud.get(link)
    #expect(late.status == 404)
    #expect(late.code == "NotFound")
  }

  @Test("A script in a guest whose agent is silent hangs, and another order takes its place")
  func silentAgent() throws {
    let machine = cloud.machine()
    cloud.simulator.inject(.agentNotReady, on: machine.id)
    let agent = cloud.get(cloud.path(machine) + "/instanceView").json["vmAgent"]["statuses"][0]
    #expect(agent["displayStatus"] == "Not Ready")
    #expect(AzureTime.parse(agent["time"].text ?? "") == cloud.now)
    let script = cloud.post(cloud.path(machine) + "/runCommand", ["commandId": "RunShellScript", "script": ["true"]])
    let link = try #require(script.header("Azure-AsyncOperation"))
    cloud.pass(.minutes(80))
    #expect(cloud.get(link).json["status"] == "InProgress")
    let restart = cloud.post(cloud.path(machine) + "/restart")
    #expect(restart.status == 202)
    #expect(cloud.get(link).json["error"]["code"] == "OperationPreempted")
    _ = try cloud.finish(restart)
    cloud.pass(.minutes(2))
    let after = cloud.get(cloud.path(machine) + "/instanceView").json["vmAgent"]["statuses"][0]
    #expect(after["displayStatus"] == "Ready")
  }

  @Test("Network: a change is answered 200 and Updating, by a link whose body is a status alone")
  func cardChange() throws {
    let machine = cloud.machine()
    var card = cloud.get(cloud.card(machine)).json
    let tag = card["etag"]
    let old = try #require(card["properties"]["ipConfigurations"][0]["properties"]["privateIPAddress"].text)
    let other = old.split(separator: ".").dropLast().joined(separator: ".") + ".250"
    var inner = card["properties"]["ipConfigurations"][0]
    inner["properties"]["privateIPAddress"] = .string(other)
    inner["properties"]["privateIPAllocationMethod"] = "Static"
    card["properties"]["ipConfigurations"] = [inner]
    let answer = cloud.send(.put, cloud.card(machine), body: card, headers: ["If-Match": tag.text ?? ""])
    #expect(answer.status == 200)
    #expect(answer.json["properties"]["provisioningState"] == "Updating")
    #expect(answer.header("Location") == nil)
    #expect(cloud.post(cloud.path(machine) + "/restart").status == 409)
    // Its front end writes dates.
    #expect(answer.header("Retry-After")?.hasSuffix("GMT") == true)
    let last = try cloud.finish(answer)
    #expect(last.json == ["status": "Succeeded"])
    let changed = cloud.get(cloud.card(machine)).json
    #expect(changed["properties"]["provisioningState"] == "Succeeded")
    #expect(changed["etag"] != tag)
    #expect(changed["properties"]["ipConfigurations"][0]["properties"]["privateIPAddress"].text == other)
    #expect(cloud.send(.put, cloud.card(machine), body: card, headers: ["If-Match": tag.text ?? ""]).status == 412)
    let boot = try #require(cloud.fleet.platformView(of: machine.id, at: cloud.now)?.bootedAt)
    #expect(boot > SimulatedCloud.start)
  }

  @Test("Network: a question is answered by Location alone, null until it is done")
  func locationOnly() throws {
    let answer = cloud.post(cloud.card(cloud.machine()) + "/effectiveRouteTable")
    #expect(answer.status == 202)
    #expect(answer.text == "null")
    #expect(answer.header("Azure-AsyncOperation") == nil)
    let link = try #require(answer.header("Location"))
    let running = cloud.get(link)
    #expect(running.status == 202)
    #expect(running.header("Location") != nil)
    cloud.pass(.seconds(15))
    let done = cloud.get(link)
    #expect(done.status == 200)
    #expect(done.header("Location") != nil)
    #expect(done.json["value"].items.count == 2)
  }

  @Test("VMAccess puts sshd right, and the same tag again does nothing")
  func vmAccess() throws {
    let machine = cloud.machine()
    let target = cloud.path(machine) + "/extensions/VMAccessForLinux"
    func body(_ tag: String) -> JSON {
      [
        "location": "westeurope",
        "properties": [
          "publisher": "Microsoft.OSTCExtensions", "type": "VMAccessForLinux", "typeHandlerVersion": "1.5",
          "forceUpdateTag": .string(tag), "protectedSettings": ["reset_ssh": true],
        ],
      ]
    }
    cloud.simulator.inject(.sshConfigBroken, on: machine.id)
    _ = try cloud.finish(cloud.put(target, body("1")))
    cloud.pass(.seconds(1))
    #expect(cloud.fleet.truth(of: machine.id, at: cloud.now)?.faults == [])
    cloud.simulator.inject(.sshConfigBroken, on: machine.id)
    let again = cloud.put(target, body("1"))
    #expect(again.status == 200)
    _ = try cloud.finish(again)
    cloud.pass(.seconds(1))
    #expect(cloud.fleet.truth(of: machine.id, at: cloud.now)?.faults == [.sshConfigBroken])
    let other = cloud.put(cloud.path(machine) + "/extensions/enablevmaccess", body("2"))
    #expect(other.status == 409)
  }
}
