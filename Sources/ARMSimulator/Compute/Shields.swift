import FleetModel

// Machines that nobody should restart by himself: where `ARMSettings.hasShields` says so, some roles are such.
extension ARMSimulator {
  func isLocked(_ entry: Catalog.Entry) -> Bool { settings.hasShields && entry.machine.name.contains("-queue-") }

  /// The service that manages a machine; nil: none.
  func manager(of entry: Catalog.Entry) -> String? {
    guard settings.hasShields, entry.machine.name.contains("-mail-") else { return nil }
    return "\(entry.group)/providers/Microsoft.Databricks/workspaces/mail"
  }

  func addShields(_ entry: Catalog.Entry, _ properties: inout JSON) {
    guard settings.hasShields else { return }
    if entry.isSpot {
      properties["virtualMachineScaleSet"] = [
        "id": "\(entry.group)/providers/Microsoft.Compute/virtualMachineScaleSets/batch"
      ]
    }
    if entry.machine.name.contains("-build-") {
      properties["storageProfile"]["osDisk"]["diffDiskSettings"] = ["option": "Local", "placement": "CacheDisk"]
    }
  }

  /// Microsoft.Authorization: the locks of the subscription, or of one of its groups.
  func lockList(_ call: ARMCall, group: String?) -> ARMAnswer {
    guard call.method == .get else { return methodNotAllowed(call) }
    func lock(_ scope: String, _ level: String) -> JSON {
      [
        "properties": ["level": .string(level), "notes": "placed by hand"],
        "id": "\(scope)/providers/Microsoft.Authorization/locks/by-hand", "type": "Microsoft.Authorization/locks",
        "name": "by-hand",
      ]
    }
    let places = group.flatMap { catalog.group($0)?.places } ?? Array(catalog.entries.indices)
    var locks = places.map { catalog.entries[$0] }.filter(isLocked).map { lock($0.id, "ReadOnly") }
    // One that holds nobody back who restarts.
    if settings.hasShields, let first = places.first { locks.append(lock(catalog.entries[first].id, "CanNotDelete")) }
    return ARMAnswer(["value": .array(locks)])
  }

  func lockedAnswer(_ entry: Catalog.Entry) -> ARMAnswer {
    .error(
      409, "ScopeLocked",
      "The scope '\(entry.id)' cannot perform write operation because following scope(s) are locked: '\(entry.id)'. "
        + "Please remove the lock and try again.", isGateway: true)
  }
}
