import FleetModel
import HTTPTypes

/// The fleet by the list API: subscriptions, then their virtual machines, network cards and public addresses.
struct MachineLists {
  static let computeVersion = "2024-07-01"
  static let networkVersion = "2022-11-01"
  static let subscriptionsVersion = "2022-12-01"
  static let managementVersion = "2020-05-01"
  static let arcVersion = "2024-07-10"

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

  /// Every machine of the scope.
  /// - Returns: with them, why subscriptions were left out that this identity may not read; nil: none was.
  func rows() async throws(AzureError) -> (rows: [InventoryRow], leftOut: String?) {
    var subscriptions = scope.subscriptions
    if !scope.managementGroups.isEmpty {
      subscriptions = try await subscriptionsOfGroups()
    } else if subscriptions.isEmpty {
      subscriptions = try await self.subscriptions()
    }
    var rows: [InventoryRow] = []
    var refusals: [AzureError] = []
    for subscription in subscriptions {
      do { rows += try await self.rows(of: subscription) } catch {
        // Resource Graph leaves out what it may not show without a word; anything else may pass, and must not make
        // machines vanish.
        guard error.isRefusal else { throw error }
        refusals.append(error)
      }
    }
    if let first = refusals.first, refusals.count == subscriptions.count { throw first }
    let leftOut = refusals.first.map { "\(refusals.count) subscriptions are left out: \($0.sentence)" }
    return (rows.sorted { $0.id < $1.id }, leftOut)
  }

  private func rows(of subscription: String) async throws(AzureError) -> [InventoryRow] {
    let root = "/subscriptions/" + ResourcePath.encoded(subscription)
    let place = root + (scope.resourceGroup.map { "/resourceGroups/" + ResourcePath.encoded($0) } ?? "")
    var rows = try await machines(root, place)
    if scope.includesScaleSets { rows += try await scaleSetInstances(place) }
    if scope.includesArc { rows += try await arcMachines(place) }
    guard let region = scope.region?.lowercased() else { return rows }
    return rows.filter { $0.location?.lowercased() == region }
  }

  private func machines(_ root: String, _ place: String) async throws(AzureError) -> [InventoryRow] {
    let machines = try await values(
      ListedMachine.self,
      ARMRequest(.get, place + "/providers/Microsoft.Compute/virtualMachines", version: Self.computeVersion),
      "the list of virtual machines")
    if machines.isEmpty { return [] }
    let powers = try await powers(root)
    let cards = try await cards(self.place(root, place, machines.compactMap(\.card)))
    let addresses = try await addresses(self.place(root, place, cards.values.compactMap { $0.publicIPAddress?.id }))
    return machines.map { machine in
      var row = machine.row
      if let configuration = machine.card.flatMap({ cards[$0.lowercased()] }) {
        row.privateIp = configuration.privateIPAddress
        row.subnet = configuration.subnet?.id
        row.publicIp = configuration.publicIPAddress?.id.flatMap { addresses[$0.lowercased()] }
      }
      row.ps = powers[machine.id.lowercased()] ?? row.ps
      return row
    }
  }

  /// Where resources are to be listed: cards and addresses may lie in another group than their machine.
  private func place(_ root: String, _ place: String, _ ids: [String]) -> String {
    guard let group = scope.resourceGroup?.lowercased() else { return root }
    return ids.allSatisfy { ResourcePath($0)?.group.lowercased() == group } ? place : root
  }

  /// Instances of scale sets of uniform orchestration; those of flexible ones are virtual machines already.
  private func scaleSetInstances(_ place: String) async throws(AzureError) -> [InventoryRow] {
    struct ScaleSet: Decodable {
      struct Properties: Decodable { var orchestrationMode: String? }
      var id: String
      var properties: Properties?
    }
    let sets = try await optional(
      ScaleSet.self,
      ARMRequest(.get, place + "/providers/Microsoft.Compute/virtualMachineScaleSets", version: Self.computeVersion),
      "the list of scale sets")
    var rows: [InventoryRow] = []
    for set in sets where set.properties?.orchestrationMode?.lowercased() != "flexible" {
      guard let path = ResourcePath(set.id) else { continue }
      let request = ARMRequest(
        .get, path.target + "/virtualMachines", version: Self.computeVersion,
        query: [.init("$expand", "instanceView")])
      rows += try await optional(ListedMachine.self, request, "the list of a scale set's instances").map(\.row)
    }
    return rows
  }

  private func arcMachines(_ place: String) async throws(AzureError) -> [InventoryRow] {
    try await optional(
      ListedArcMachine.self,
      ARMRequest(.get, place + "/providers/Microsoft.HybridCompute/machines", version: Self.arcVersion),
      "the list of Arc machines"
    ).map(\.row)
  }

  /// Power codes by id. Where the service does not give them, machines stay unknown and are asked one by one.
  private func powers(_ root: String) async throws(AzureError) -> [String: String] {
    let request = ARMRequest(
      .get, root + "/providers/Microsoft.Compute/virtualMachines", version: Self.computeVersion,
      query: [.init("statusOnly", "true")])
    var codes: [String: String] = [:]
    for machine in try await optional(ListedMachine.self, request, "the power states") {
      codes[machine.id.lowercased()] = machine.row.ps
    }
    return codes
  }

  /// The primary configuration of each network card by id; none where they may not be read.
  private func cards(_ place: String) async throws(AzureError) -> [String: ListedCard.Configuration] {
    let request = ARMRequest(
      .get, place + "/providers/Microsoft.Network/networkInterfaces", version: Self.networkVersion)
    var result: [String: ListedCard.Configuration] = [:]
    for card in try await optional(ListedCard.self, request, "the network interfaces") {
      result[card.id.lowercased()] = card.primary
    }
    return result
  }

  private func addresses(_ place: String) async throws(AzureError) -> [String: String] {
    let request = ARMRequest(
      .get, place + "/providers/Microsoft.Network/publicIPAddresses", version: Self.networkVersion)
    var result: [String: String] = [:]
    for address in try await optional(ListedAddress.self, request, "the public addresses") {
      result[address.id.lowercased()] = address.properties?.ipAddress
    }
    return result
  }

  /// All pages of a list that the fleet can be shown without: none where this identity may not read it.
  private func optional<Value: Decodable & Sendable>(
    _ type: Value.Type, _ request: ARMRequest, _ what: String
  ) async throws(AzureError) -> [Value] {
    do { return try await values(type, request, what) } catch {
      guard error.isRefusal else { throw error }
      return []
    }
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

extension AzureError {
  /// Whether asking again will not help: the identity may not, or there is no such thing.
  var isRefusal: Bool {
    switch kind {
    case .forbidden, .notFound, .badRequest: true
    default: false
    }
  }
}

/// One page of a list.
private struct ListPage<Value: Decodable>: Decodable {
  var value: [Value]
  var nextLink: String?
}
