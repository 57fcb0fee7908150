import FleetModel
import HTTPTypes

/// The fleet by the list API: subscriptions, then their virtual machines, network cards and public addresses.
struct MachineLists {
  static let computeVersion = "2024-07-01"
  static let networkVersion = "2022-11-01"
  static let subscriptionsVersion = "2022-12-01"
  static let managementVersion = "2020-05-01"

  let caller: any ARMCaller
  let scope: AzureScope

  /// The enabled subscriptions of this identity, in the tenant of the scope if it names one.
  func subscriptions() async throws(AzureError) -> [String] {
    struct Subscription: Decodable {
      var subscriptionId: String
      var tenantId: String?
      var state: String?
    }
    let all = try await values(
      Subscription.self, ARMRequest(.get, "/subscriptions", version: Self.subscriptionsVersion), "the subscriptions")
    return all.filter { subscription in
      let isOfTenant = scope.tenant.map { $0.lowercased() == subscription.tenantId?.lowercased() } ?? true
      return isOfTenant && (subscription.state ?? "Enabled").lowercased() == "enabled"
    }.map(\.subscriptionId)
  }

  /// The subscriptions below the management groups of the scope.
  private func subscriptionsOfGroups() async throws(AzureError) -> [String] {
    struct Descendant: Decodable {
      var name: String
      var type: String?
    }
    var found: Set<String> = []
    for group in scope.managementGroups {
      let request = ARMRequest(
        .get, "/providers/Microsoft.Management/managementGroups/\(ResourcePath.encoded(group))/descendants",
        version: Self.managementVersion)
      for below in try await values(Descendant.self, request, "the management group's subscriptions")
      where below.type?.lowercased().hasSuffix("/subscriptions") == true {
        found.insert(below.name.lowercased())
      }
    }
    return found.sorted()
  }

  func rows() async throws(AzureError) -> [InventoryRow] {
    var subscriptions = scope.subscriptions
    if !scope.managementGroups.isEmpty {
      subscriptions = try await subscriptionsOfGroups()
    } else if subscriptions.isEmpty {
      subscriptions = try await self.subscriptions()
    }
    var rows: [InventoryRow] = []
    for subscription in subscriptions { rows += try await self.rows(of: subscription) }
    return rows.sorted { $0.id < $1.id }
  }

  private func rows(of subscription: String) async throws(AzureError) -> [InventoryRow] {
    let root = "/subscriptions/" + ResourcePath.encoded(subscription)
    let group = scope.resourceGroup.map { "/resourceGroups/" + ResourcePath.encoded($0) } ?? ""
    let machines = try await values(
      ListedMachine.self,
      ARMRequest(.get, root + group + "/providers/Microsoft.Compute/virtualMachines", version: Self.computeVersion),
      "the list of virtual machines")
    if machines.isEmpty { return [] }
    let powers = await powers(root)
    let cards = await cards(root + group)
    let addresses = await addresses(root + group)
    return machines.compactMap { machine in
      if let region = scope.region, machine.location?.lowercased() != region.lowercased() { return nil }
      var row = machine.row
      let listed = machine.properties?.networkProfile?.networkInterfaces ?? []
      let card = (listed.first { $0.properties?.primary == true } ?? listed.first)?.id.map { cards[$0.lowercased()] }
      if let configuration = card ?? nil {
        row.privateIp = configuration.privateIPAddress
        row.subnet = configuration.subnet?.id
        row.publicIp = configuration.publicIPAddress?.id.flatMap { addresses[$0.lowercased()] }
      }
      row.ps = powers[machine.id.lowercased()] ?? row.ps
      return row
    }
  }

  /// Power codes by id. Where the service does not give them, machines stay unknown and are asked one by one.
  private func powers(_ root: String) async -> [String: String] {
    let request = ARMRequest(
      .get, root + "/providers/Microsoft.Compute/virtualMachines", version: Self.computeVersion,
      query: [.init("statusOnly", "true")])
    let listed = (try? await values(ListedMachine.self, request, "the power states")) ?? []
    var codes: [String: String] = [:]
    for machine in listed { codes[machine.id.lowercased()] = machine.row.ps }
    return codes
  }

  /// The primary configuration of each network card by id; none where they may not be read.
  private func cards(_ root: String) async -> [String: ListedCard.Configuration] {
    let request = ARMRequest(
      .get, root + "/providers/Microsoft.Network/networkInterfaces", version: Self.networkVersion)
    let listed = (try? await values(ListedCard.self, request, "the network interfaces")) ?? []
    var result: [String: ListedCard.Configuration] = [:]
    for card in listed {
      let all = (card.properties?.ipConfigurations ?? []).compactMap(\.properties)
      result[card.id.lowercased()] = all.first { $0.primary == true } ?? all.first
    }
    return result
  }

  private func addresses(_ root: String) async -> [String: String] {
    let request = ARMRequest(
      .get, root + "/providers/Microsoft.Network/publicIPAddresses", version: Self.networkVersion)
    let listed = (try? await values(ListedAddress.self, request, "the public addresses")) ?? []
    var result: [String: String] = [:]
    for address in listed { result[address.id.lowercased()] = address.properties?.ipAddress }
    return result
  }

  /// All pages of a list; a page may be empty and still have a next one.
  func values<Value: Decodable & Sendable>(
    _ type: Value.Type, _ request: ARMRequest, _ what: String
  ) async throws(AzureError) -> [Value] {
    var values: [Value] = []
    var request = request
    var seen: Set<String> = []
    while true {
      let page = try JSONText.value(ListPage<Value>.self, try await caller.call(request), what)
      values += page.value
      guard let next = page.nextLink, !next.isEmpty, seen.insert(next).inserted else { return values }
      request = ARMRequest(.get, next)
    }
  }
}

/// One page of a list.
private struct ListPage<Value: Decodable>: Decodable {
  var value: [Value]
  var nextLink: String?
}
