import Autopilot
import FleetModel
import HTTPTypes
import Testing

@testable import Azure

@Suite("Asking about one machine")
struct InspectionTests {
  private let clock = SteppedClock()
  private let machine = VirtualMachine(
    id: MachineID(vmID("a")), name: "a", group: "RG-Web", provider: .azure, abilities: .power)

  private func report(_ arm: ScriptedARM, log: Bool = false) async -> PlatformReport {
    await AzureSession(caller: arm, scope: AzureScope(subscriptions: [subscription]), clock: clock).control.inspect(
      machine, InspectionOrder(askedAt: clock.now(), isThorough: true, wantsSerialLog: log, timeout: .seconds(5)))
  }

  @Test("Each question is sent once: view, health, metrics of the last minutes")
  func bytes() async throws {
    let arm = ScriptedARM { _ in ARMReply("{}") }
    _ = await report(arm)
    let sent = arm.requests.map { request in
      "\(request.method.rawValue) \(request.target)?"
        + request.query.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
    }
    let vm = "/subscriptions/\(subscription)/resourceGroups/RG-Web/providers/Microsoft.Compute/virtualMachines/a"
    #expect(
      Set(sent) == [
        "GET \(vm)?$expand=instanceView&api-version=2024-07-01",
        "GET \(vm)/providers/Microsoft.ResourceHealth/availabilityStatuses/current?$expand=recommendedactions"
          + "&api-version=2022-10-01",
        "GET \(vm)/providers/Microsoft.Insights/metrics?interval=PT1M"
          + "&metricnames=Percentage CPU,Available Memory Percentage"
          + "&timespan=2023-11-14T22:04:20Z/2023-11-14T22:13:20Z&aggregation=Average&api-version=2018-01-01",
      ])
    #expect(arm.requests.allSatisfy { $0.notAfter == clock.now() + .seconds(5) })
  }

  @Test(
    "A service's no is not reported; everything in the way is the monitor's",
    arguments: [
      (AzureError.Kind.forbidden(action: nil, scope: nil), true), (.notFound, true), (.unreachable, false),
      (.throttled(until: nil), false), (.serverFault, false), (.unauthorized, false),
    ])
  func errors(_ kind: AzureError.Kind, _ isReported: Bool) async {
    let report = await report(ScriptedARM { _ throws(AzureError) in throw AzureError(kind, 400) })
    let expected = Unmeasured.notReported("Azure said 400 ")
    let why: Unmeasured = isReported ? expected : .monitor("Azure said 400 ")
    #expect(report.power == .notMeasured(why))
    #expect(report.host == .notMeasured(why))
    #expect(report.cpu == .notMeasured(why))
    #expect(report.provisioning == .notMeasured(why))
  }

  @Test("A cloud that does not know the memory's metric still tells the processors'")
  func olderMetrics() async {
    let arm = ScriptedARM { request throws(AzureError) in
      guard request.target.hasSuffix("/metrics") else { return ARMReply("{}") }
      if request.query.contains(where: { $0.value.contains("Memory") }) { throw AzureError(.badRequest, 400) }
      return ARMReply(
        """
        {"value":[{"name":{"value":"Percentage CPU"},"timeseries":[{"data":[
         {"timeStamp":"2023-11-14T22:09:00Z","average":40},{"timeStamp":"2023-11-14T22:10:00Z","average":60},
         {"timeStamp":"2023-11-14T22:11:00Z"}]}]}]}
        """)
    }
    let report = await report(arm)
    #expect(report.cpu == .value(50))
    #expect(report.memory.value == nil)
  }

  @Test("A view without an agent's word, or boot diagnostics switched off, is no error")
  func absent() async {
    let arm = ScriptedARM { request throws(AzureError) in
      if request.method == .post { throw AzureError(.conflict, 409) }
      return ARMReply("{\"properties\":{\"instanceView\":{\"statuses\":[{\"code\":\"PowerState/running\"}]}}}")
    }
    let report = await report(arm, log: true)
    #expect(report.power == .value(.running))
    #expect(report.agent == .notMeasured(.notReported("no word of a guest agent")))
    #expect(report.serialLog == nil)
  }

  @Test("An answer that does not come is given up at its time-out")
  func patience() async {
    let report = await AzureSession(
      caller: SilentARM(), scope: AzureScope(subscriptions: [subscription]), clock: clock
    ).control.inspect(
      machine, InspectionOrder(askedAt: clock.now(), isThorough: true, timeout: .milliseconds(50)))
    guard case .notMeasured(.monitor(let why)) = report.power else {
      Issue.record("\(report.power)")
      return
    }
    #expect(why.hasPrefix("Azure did not tell within"))
  }

  @Test(
    "Who made it unavailable is in the context, and an eviction in Azure's own words",
    arguments: [
      ("Unplanned", "VM Initiated", "the guest shut down", HostWord.unknown),
      ("Unplanned", "Platform Initiated", "host failure", .platformFault("host failure")),
      ("", "Customer Initiated", "stopped", .userInitiated("stopped")),
      ("", "Platform Initiated", "This Spot VM was preempted", .evicted),
    ])
  func host(_ reason: String, _ context: String, _ summary: String, _ word: HostWord) throws {
    let health = try PlatformHealth(
      ARMReply(
        """
        {"properties":{"availabilityState":"Unavailable","reasonType":"\(reason)","context":"\(context)",
         "summary":"\(summary)"}}
        """))
    #expect(health.host == word)
  }

  @Test("The end of a log is whole lines")
  func tail() {
    #expect("one\ntwo\nthree\n".tail(bytes: 9) == "three\n")
    #expect("abcdef".tail(bytes: 3) == "def")
    #expect("short".tail(bytes: 9) == "short")
  }
}

/// A Resource Manager that never answers.
private struct SilentARM: ARMCaller {
  func call(_ request: ARMRequest) async throws(AzureError) -> ARMReply {
    try? await Task.sleep(for: .seconds(600))
    throw AzureError(.cancelled)
  }
  func begin(_ request: ARMRequest) async throws(AzureError) -> ARMOperation { throw AzureError(.cancelled) }
  func finish(_ operation: ARMOperation, deadline: Instant) async throws(AzureError) -> ARMReply {
    throw AzureError(.cancelled)
  }
}
