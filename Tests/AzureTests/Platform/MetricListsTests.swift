import Autopilot
import FleetModel
import Foundation
import HTTPTypes
import Testing

@testable import Azure

@Suite("Metrics of many machines")
struct MetricListsTests {
  private let clock = SteppedClock()
  private let place = MetricLists.Place(subscription: subscription, region: "westus2")

  /// A caller that knows its cloud.
  private struct Knowing: ARMCaller {
    let arm: ScriptedARM
    let cloud: Cloud

    func call(_ request: ARMRequest) async throws(AzureError) -> ARMReply { try await arm.call(request) }
    func begin(_ request: ARMRequest) async throws(AzureError) -> ARMOperation { try await arm.begin(request) }
    func finish(_ operation: ARMOperation, deadline: Instant) async throws(AzureError) -> ARMReply {
      try await arm.finish(operation, deadline: deadline)
    }
    func surroundings() async throws(AzureError) -> ARMSurroundings? {
      ARMSurroundings(cloud: cloud, transport: ScriptedTransport(HTTPReply(404)))
    }
  }

  private struct Batch: Decodable { var resourceids: [String] }

  private func lists(_ arm: ScriptedARM, members: Int, cloud: Cloud = .publicCloud) async -> MetricLists {
    let lists = MetricLists(caller: Knowing(arm: arm, cloud: cloud), clock: clock)
    for number in 0..<members { await lists.add(MachineID(vmID("vm-\(number)")), to: place) }
    return lists
  }

  @Test("are asked 50 a call at the region's own host; those that are known already are left out")
  func batches() async throws {
    let arm = ScriptedARM { request in
      let ids = (try? JSONDecoder().decode(Batch.self, from: Data(request.body ?? [])))?.resourceids ?? []
      let values = ids.map { id in
        """
        {"resourceid":"\(id.uppercased())","value":[
         {"name":{"value":"Percentage CPU"},"timeseries":[{"data":[{"timeStamp":"2023-11-14T22:10:00Z","average":4}]}]},
         {"name":{"value":"Available Memory Percentage"},"timeseries":[{"data":[
          {"timeStamp":"2023-11-14T22:10:00Z","average":30}]}]}]}
        """
      }
      return ARMReply("{\"values\":[\(values.joined(separator: ","))]}")
    }
    let lists = await lists(arm, members: 120)
    let known = Set((0..<10).map { MachineID(vmID("vm-\($0)")) })
    let found = try await lists.metrics(of: place, beside: known)
    #expect(found.count == 110)
    #expect(found.values.allSatisfy { $0.cpu == .value(4) && $0.memory == .value(70) })
    let sizes = try arm.requests.map {
      try JSONDecoder().decode(Batch.self, from: Data($0.body ?? [])).resourceids.count
    }
    #expect(sizes == [50, 50, 10])
    #expect(
      arm.requests.allSatisfy {
        $0.target == "https://westus2.metrics.monitor.azure.com/subscriptions/\(subscription)/metrics:getBatch"
          && $0.audience == "https://metrics.monitor.azure.com"
      })
  }

  @Test("come from the Resource Manager for an hour where the metrics service says no, and in a cloud without one")
  func region() async throws {
    let reply = """
      {"value":[{"name":{"value":"Percentage CPU"},"timeseries":[{"metadatavalues":[
        {"name":{"value":"microsoft.resourceid"},"value":"\(vmID("vm-1").lowercased())"}],
       "data":[{"timeStamp":"2023-11-14T22:10:00Z","average":9}]}]}]}
      """
    let arm = ScriptedARM { request throws(AzureError) in
      if request.target.hasSuffix("getBatch") { throw AzureError(.forbidden(action: nil, scope: nil), 403) }
      return ARMReply(reply)
    }
    let lists = await lists(arm, members: 3)
    let found = try await lists.metrics(of: place, beside: [])
    #expect(found[MachineID(vmID("vm-1"))]?.cpu == .value(9))
    #expect(found[MachineID(vmID("vm-2"))]?.cpu.value == nil)
    _ = try await lists.metrics(of: place, beside: [])
    #expect(arm.sent == ["POST metrics:getBatch", "POST metrics", "POST metrics"])
    clock.advance(.hours(1))
    _ = try await lists.metrics(of: place, beside: [])
    #expect(arm.sent.count == 5)
    let request = try #require(arm.requests.last)
    #expect(request.target == "/subscriptions/\(subscription)/providers/Microsoft.Insights/metrics")
    #expect(request.query.contains(.init("region", "westus2")))
    #expect(request.query.contains(.init("api-version", "2023-10-01")))
    #expect(request.isRead)
    let body = try #require(
      try JSONSerialization.jsonObject(with: Data(request.body ?? [])) as? [String: any Sendable])
    #expect(body["metricNames"] as? String == "Percentage CPU,Available Memory Percentage")
    #expect(body["filter"] as? String == "Microsoft.ResourceId eq '*'")
    var cloud = Cloud.publicCloud
    cloud.metricsSuffix = ""
    let bare = ScriptedARM { _ in ARMReply(reply) }
    let own = await self.lists(bare, members: 1, cloud: cloud)
    _ = try await own.metrics(of: place, beside: [])
    #expect(bare.sent == ["POST metrics"])
  }
}
