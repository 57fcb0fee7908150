import Autopilot
import Azure
import FleetModel
import Foundation
import HTTPTypes
import Testing

@Suite("Health, activity, metrics and permissions")
struct ObservationTests {
  private let now = Instant(seconds: 1_724_660_000)  // 2024-08-26T08:13:20Z
  private let root = "/subscriptions/00000000-0000-0000-0000-000000000000"

  private func vm(_ name: String = "monitorvm") throws -> ResourcePath {
    try #require(
      ResourcePath(
        root + "/resourceGroups/cli_test_vm_metric_tail000001/providers/Microsoft.Compute/virtualMachines/" + name))
  }

  private func value(_ request: ARMRequest, _ name: String) -> String? {
    request.query.first { $0.name == name }?.value
  }

  @Test("Metrics of one machine are asked for as test_vm_metric_tail recorded it")
  func metrics() throws {
    let request = ObservationRequests.metrics(try vm(), ["Percentage CPU"], from: now - .hours(1), to: now)
    #expect(request.method == .get)
    #expect(
      request.target == root
        + "/resourceGroups/cli_test_vm_metric_tail000001/providers/Microsoft.Compute/virtualMachines/monitorvm"
        + "/providers/Microsoft.Insights/metrics")
    #expect(value(request, "api-version") == "2018-01-01")
    #expect(value(request, "interval") == "PT1M")
    #expect(value(request, "metricnames") == "Percentage CPU")
    #expect(value(request, "timespan") == "2024-08-26T07:13:20Z/2024-08-26T08:13:20Z")
  }

  @Test("A batch of metrics goes to the region's own host with that service's audience, for 50 machines at most")
  func batch() throws {
    let one = try vm()
    let request = try #require(
      ObservationRequests.metricsBatch(
        [one], region: "westus2", ["Percentage CPU"], from: now - .minutes(5), to: now, cloud: .publicCloud))
    #expect(
      request.target
        == "https://westus2.metrics.monitor.azure.com/subscriptions/00000000-0000-0000-0000-000000000000/metrics:getBatch"
    )
    #expect(request.audience == "https://metrics.monitor.azure.com")
    #expect(value(request, "metricnamespace") == "microsoft.compute/virtualmachines")
    let body = try #require(
      try JSONSerialization.jsonObject(with: Data(request.body ?? [])) as? [String: [String]])
    #expect(body["resourceids"]?.count == 1)
    func batch(_ vms: [ResourcePath], _ region: String) -> ARMRequest? {
      ObservationRequests.metricsBatch(vms, region: region, ["x"], from: now, to: now, cloud: .publicCloud)
    }
    #expect(batch(Array(repeating: one, count: 51), "westus2") == nil)
    #expect(batch([one], "evil.example/") == nil)
    #expect(batch([], "westus2") == nil)
  }

  @Test("The Activity Log is asked at the recorded place, never for more than the 90 days it keeps")
  func activityRequest() throws {
    let request = ObservationRequests.activity(try vm(), from: now - .days(400), to: now)
    #expect(request.target == root + "/providers/Microsoft.Insights/eventtypes/management/values")
    #expect(value(request, "api-version") == "2015-04-01")
    let filter = try #require(value(request, "$filter"))
    #expect(
      filter.hasPrefix("eventTimestamp ge '2024-05-29T08:13:20Z' and eventTimestamp le '2024-08-26T08:13:20Z' and "))
    #expect(filter.hasSuffix("/virtualMachines/monitorvm'"))
  }

  @Test("Resource Health is asked of the machine itself")
  func health() throws {
    let request = ObservationRequests.health(try vm())
    #expect(request.target.hasSuffix("/monitorvm/providers/Microsoft.ResourceHealth/availabilityStatuses/current"))
    #expect(value(request, "api-version") == "2022-10-01")
  }

  private func record(_ json: String) async throws -> ActivityRecord {
    let arm = ScriptedARM { _ in ARMReply(json) }
    let clock = SteppedClock(now)
    let session = AzureSession(caller: arm, scope: AzureScope(), ledger: MemoryOperationLedger(), clock: clock)
    return try await session.control.activity(of: try vm(), from: now - .hours(1))
  }

  @Test("The log tells who stopped a machine, in any of Azure's ways to write a time")
  func whoStopped() async throws {
    let record = try await record(
      """
      {"value":[
       {"eventTimestamp":"2024-08-26T08:00:00.1234567Z","operationName":{"value":"Microsoft.Compute/virtualMachines/restart/action"},
        "status":{"value":"Succeeded"},"caller":"bot"},
       {"eventTimestamp":"2024-08-26T08:11:37.879654+00:00",
        "operationName":{"value":"MICROSOFT.COMPUTE/virtualMachines/deallocate/action"},
        "status":{"value":"Succeeded"},"caller":"jo\\u001b[31m@example.com"},
       {"eventTimestamp":"2024-08-26T08:05:00Z","operationName":{"value":"Microsoft.Compute/virtualMachines/powerOff/action"},
        "status":{"value":"Failed"},"caller":"x"},
       {"eventTimestamp":"nonsense","operationName":{"value":"a"}}]}
      """)
    #expect(record.events.count == 3)
    let stop = try #require(record.stop)
    #expect(stop.at == Instant(milliseconds: 1_724_659_897_879))
    #expect(stop.caller == "jo^[[31m@example.com")
    #expect(record.events.last?.at == Instant(milliseconds: 1_724_659_200_123))
    #expect(record.completeUntil == stop.at)
  }

  @Test("A log without events is complete up to the question less the lag, and names nobody")
  func nobody() async throws {
    let record = try await record("{\"value\":[]}")
    #expect(record.stop == nil)
    #expect(record.completeUntil == now - .minutes(5))
  }

  @Test("What a role allows decides which remedies are possible, wildcards and exceptions counted")
  func permissions() async throws {
    func allowed(_ json: String) async throws -> Set<Remedy> {
      let arm = ScriptedARM { _ in ARMReply(json) }
      let session = AzureSession(
        caller: arm, scope: AzureScope(), ledger: MemoryOperationLedger(), clock: SteppedClock(now))
      let remedies = try await session.control.allowedRemedies(try vm())
      #expect(arm.requests.first?.target.hasSuffix("/providers/Microsoft.Authorization/permissions") == true)
      #expect(arm.requests.first.flatMap { value($0, "api-version") } == "2022-04-01")
      return remedies
    }
    #expect(try await allowed("{\"value\":[{\"actions\":[\"*/read\"],\"notActions\":[]}]}").isEmpty)
    #expect(try await allowed("{\"value\":[{\"actions\":[\"*\"],\"notActions\":[]}]}") == Set(Remedy.allCases))
    #expect(
      try await allowed(
        """
        {"value":[{"actions":["microsoft.compute/virtualMachines/*/action"],
         "notActions":["Microsoft.Compute/virtualMachines/redeploy/action"]},
         {"actions":["Microsoft.Compute/virtualMachines/extensions/write"],"notActions":[]}]}
        """)
        == Set(Remedy.allCases).subtracting([.redeploy, .resetNetworkInterface]))
  }
}
