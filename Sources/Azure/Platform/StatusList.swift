import FleetModel
import HTTPTypes

/// The lists of a subscription's states: of its machines, and of their hosts.
enum StatusList {
  /// The instance view of every machine (Compute: `statusOnly=true`).
  static func views(of subscription: String, _ caller: any ARMCaller) async throws(AzureError) -> [MachineID:
    MachineView]
  {
    let request = ARMRequest(
      .get, "/subscriptions/\(ResourcePath.encoded(subscription))/providers/Microsoft.Compute/virtualMachines",
      version: MachineLists.computeVersion, query: [.init("statusOnly", "true")])
    var views: [MachineID: MachineView] = [:]
    let models = try await MachineLists(caller: caller, scope: AzureScope()).values(
      MachineView.Model.self, request, "the list of states")
    let clock = await caller.platformClock()
    for model in models {
      guard let id = model.id else { continue }
      views[MachineID(id)] = MachineView(model, clock)
    }
    return views
  }

  /// Resource Health of everything in the subscription that has a machine's id.
  static func health(
    of subscription: String, _ caller: any ARMCaller
  ) async throws(AzureError) -> [MachineID: PlatformHealth] {
    struct Entry: Decodable, Sendable {
      var id: String
      var properties: PlatformHealth.Properties?
    }
    let request = ARMRequest(
      .get,
      "/subscriptions/\(ResourcePath.encoded(subscription))/providers/Microsoft.ResourceHealth/availabilityStatuses",
      version: ObservationRequests.healthVersion)
    var health: [MachineID: PlatformHealth] = [:]
    let entries = try await MachineLists(caller: caller, scope: AzureScope()).values(
      Entry.self, request, "the list of health states")
    let clock = await caller.platformClock()
    for entry in entries {
      let id = entry.id.lowercased()
      guard let end = id.ranges(of: "/providers/microsoft.resourcehealth/").last?.lowerBound,
        id[..<end].contains("/microsoft.compute/")
      else { continue }
      health[MachineID(String(id[..<end]))] = PlatformHealth(entry.properties, clock)
    }
    return health
  }
}
