import FleetModel
import Simulator

/// Resource Graph's own copy of the fleet, which is behind, and the results whose pages are being asked for.
struct GraphStore: Sendable {
  /// What its tables were made from.
  private(set) var seenAt: Instant?
  /// Counts the copies.
  private(set) var generation = 0
  private var powers: [PowerState] = []
  private var words: [String] = []
  private var machineRows: [[JSON]] = []
  private var cardRows: [[JSON]] = []
  private var otherRows: [[JSON]] = []
  private var resources: KQLTable?
  private var health: KQLTable?
  private var results: [(query: String, generation: Int, table: KQLTable)] = []
  /// The user's quota: when its window began, and how many queries came in it.
  private var window = Instant.distantPast
  private var used = 0

  /// 15 queries in 5 s for each user (Azure: throttling guidance of Resource Graph).
  static let quota = 15
  static let quotaWindow = Duration.seconds(5)

  static let columns = [
    "id", "name", "type", "tenantId", "kind", "location", "resourceGroup", "subscriptionId", "managedBy", "sku", "plan",
    "properties", "tags", "identity", "zones", "extendedLocation",
  ]

  /// Takes one query of the quota.
  /// - Returns: how many are left, or nil where there was none; and when the window ends.
  mutating func takeQuota(at now: Instant) -> (left: Int?, resets: Duration) {
    if now - window >= Self.quotaWindow || now < window {
      window = now
      used = 0
    }
    let resets = Self.quotaWindow - (now - window)
    guard used < Self.quota else { return (nil, resets) }
    used += 1
    return (Self.quota - used, resets)
  }

  /// Brings the copy up to now, where it is older than it may be.
  mutating func refresh(_ simulator: ARMSimulator, _ state: ARMState, at now: Instant) {
    let lag = simulator.played(simulator.settings.graphLag)
    let isStale = state.faults.has(.graphStale, at: now)
    if let seenAt, isStale || now - seenAt < lag { return }
    let newPowers = simulator.fleet.powers(at: now)
    let entries = simulator.catalog.entries
    let isFirst = seenAt == nil
    if isFirst {
      machineRows = Array(repeating: [], count: entries.count)
      cardRows = Array(repeating: [], count: entries.count)
      words = Array(repeating: "", count: entries.count)
      powers = newPowers
      otherRows = entries.filter { $0.publicAddress != nil }
        .map { simulator.graphRow(simulator.addressModel($0), $0.resourceGroup) }
      otherRows += simulator.catalog.groups.compactMap { group in
        simulator.networkModel(group).map { simulator.graphRow($0, group.name) }
      }
    }
    for (place, entry) in entries.enumerated() {
      let provisioning = simulator.provisioning(of: entry, state, at: now)
      if isFirst || powers[place] != newPowers[place] || words[place] != provisioning.word {
        machineRows[place] = simulator.graphRow(machine: entry, newPowers[place], provisioning)
      }
      words[place] = provisioning.word
      if isFirst || state.cards[place] != nil {
        cardRows[place] = simulator.graphRow(simulator.cardModel(entry, state, at: now), entry.resourceGroup)
      }
    }
    powers = newPowers
    seenAt = now
    generation += 1
    resources = nil
    health = nil
  }

  /// A table by its name; nil: there is none.
  mutating func table(_ name: String, _ simulator: ARMSimulator, at now: Instant) -> KQLTable? {
    switch name {
    case "resources":
      let table = resources ?? KQLTable(columns: Self.columns, rows: machineRows + cardRows + otherRows)
      resources = table
      return table
    case "healthresources":
      let table = health ?? KQLTable(columns: Self.columns, rows: simulator.graphHealthRows(at: seenAt ?? now))
      health = table
      return table
    case "resourcecontainers":
      return KQLTable(columns: Self.columns, rows: simulator.graphContainerRows())
    case "computeresources", "maintenanceresources", "servicehealthresources", "advisorresources",
      "patchassessmentresources",
      "alertsmanagementresources", "policyresources", "securityresources":
      return KQLTable(columns: Self.columns, rows: [])
    default: return nil
    }
  }

  /// The rows of a query that is being paged through.
  func result(_ query: String, _ generation: Int) -> KQLTable? {
    results.first { $0.query == query && $0.generation == generation }?.table
  }

  mutating func keep(_ table: KQLTable, of query: String) {
    results.removeAll { $0.query == query && $0.generation == generation }
    results.append((query, generation, table))
    if results.count > 8 { results.removeFirst() }
  }
}

// Rows of Resource Graph.
extension ARMSimulator {
  /// A resource as Resource Graph keeps it: type and group in lower case, the id as it is.
  func graphRow(_ model: JSON, _ group: String) -> [JSON] {
    [
      model["id"], model["name"], .string((model["type"].text ?? "").lowercased()), .string(settings.tenant), "",
      model["location"], .string(group.lowercased()), .string(settings.subscription),
      model["managedBy"].isNull ? "" : model["managedBy"],
      model["sku"], .null, model["properties"], model["tags"], .null, model["zones"], .null,
    ]
  }

  func graphRow(machine entry: Catalog.Entry, _ power: PowerState, _ provisioning: Provisioning) -> [JSON] {
    var model = machineModel(entry, provisioning, generation: 2, view: nil)
    model["properties"]["extended"] = [
      "instanceView": [
        "powerState": [
          "code": .string("PowerState/" + power.rawValue), "displayStatus": .string("VM " + power.rawValue),
          "level": "Info",
        ]
      ]
    ]
    return graphRow(model, entry.resourceGroup)
  }

  func graphHealthRows(at now: Instant) -> [[JSON]] {
    catalog.entries.map { entry in
      var model = healthModel(entry, at: now)
      model["properties"]["targetResourceId"] = .string(entry.id)
      model["properties"]["targetResourceType"] = "microsoft.compute/virtualmachines"
      model["properties"]["occurredTime"] = model["properties"]["occuredTime"]
      return graphRow(model, entry.resourceGroup)
    }
  }

  func graphContainerRows() -> [[JSON]] {
    let own: JSON = [
      "id": "/subscriptions/\(settings.subscription)", "name": "azlin simulator",
      "type": "microsoft.resources/subscriptions", "location": "", "properties": ["state": "Enabled"],
    ]
    return [graphRow(own, "")]
      + catalog.groups.map { group in
        graphRow(
          [
            "id": "/subscriptions/\(settings.subscription)/resourceGroups/\(group.name)", "name": .string(group.name),
            "type": "microsoft.resources/subscriptions/resourcegroups", "location": .string(group.region),
            "properties": ["provisioningState": "Succeeded"],
          ], group.name)
      }
  }
}
