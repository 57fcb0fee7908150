import FleetModel
import HTTPTypes
import Simulator

// Microsoft.Compute: what only reads.
extension ARMSimulator {
  /// - Parameter tail: what stands behind the provider, folded.
  func compute(_ call: ARMCall, group: String?, _ tail: [String]) -> ARMAnswer {
    switch tail.first {
    case "virtualmachines" where tail.count == 1:
      guard call.method == .get else { return methodNotAllowed(call) }
      return listMachines(call, group: group)
    case "virtualmachines":
      guard let group, let entry = catalog.entry(group, tail[1]) else {
        return tail.count > 2
          ? .error(
            404, "ParentResourceNotFound",
            "Can not perform requested operation on nested resource. Parent resource '\(tail[1])' not found.")
          : missingMachine(call)
      }
      let rest = Array(tail.dropFirst(2))
      return noting(
        machine(call, entry, rest), of: call, on: entry, rest, type: "Microsoft.Compute/virtualMachines")
    case "disks": return disks(call, group: group, tail)
    case "locations" where tail.count == 4 && tail[2] == "operations":
      return call.method == .get ? operation(call, tail[3]) : methodNotAllowed(call)
    default: return notFound(call)
    }
  }

  private func missingMachine(_ call: ARMCall) -> ARMAnswer {
    let group = call.path.value(after: "resourcegroups") ?? ""
    let name = call.path.value(after: "virtualmachines") ?? ""
    return .error(
      404, "ResourceNotFound",
      "The Resource 'Microsoft.Compute/virtualMachines/\(name)' under resource group '\(group)' was not found. For more "
        + "details please go to https://aka.ms/ARMResourceNotFoundFix", isGateway: true)
  }

  private func listMachines(_ call: ARMCall, group: String?) -> ARMAnswer {
    let key = group.flatMap { catalog.group($0)?.region } ?? "global"
    switch admitCompute([.init(.highCostGetSubscription, key)], at: call.at) {
    case .refused(let answer): return answer
    case .admitted(let headers):
      if let filter = call.path.parameter("$filter"), !filter.isEmpty {
        // Nothing here belongs to a scale set.
        return ARMAnswer(200, ["value": []], headers: headers)
      }
      let isStatus = call.path.parameter("statusOnly")?.lowercased() == "true"
      let places = group.flatMap { catalog.group($0)?.places } ?? Array(catalog.entries.indices)
      let state = state.withLock { $0 }
      return page(call, places, headers) { place in
        let entry = catalog.entries[place]
        let provisioning = provisioning(of: entry, state, at: call.at)
        guard isStatus else {
          return machineModel(
            entry, provisioning, generation: state.machines[place]?.generation ?? 2, view: nil)
        }
        // What a list of states alone holds is not recorded: a model that is only a view.
        return [
          "name": .string(entry.machine.name), "id": .string(entry.id), "type": "Microsoft.Compute/virtualMachines",
          "location": .string(entry.machine.region),
          "properties": [
            "vmId": .string(entry.machine.incarnation), "provisioningState": .string(provisioning.title),
            "instanceView": instanceView(entry, state, at: call.at),
          ],
        ]
      }
    }
  }

  /// One page of a list, with a link to the next one.
  func page(
    _ call: ARMCall, _ places: [Int], _ headers: [(name: String, value: String)] = [], _ model: (Int) -> JSON
  ) -> ARMAnswer {
    let start = min(max(call.path.parameter("$skiptoken").flatMap { Int($0) } ?? 0, 0), places.count)
    let end = min(start + max(settings.pageSize, 1), places.count)
    var body: JSON = ["value": .array(places[start..<end].map(model))]
    if end < places.count {
      let query = call.path.queryText(without: "$skiptoken", adding: [("$skiptoken", "\(end)")])
      body["nextLink"] = .string("\(call.base)\(call.path.text)?\(query)")
    }
    return ARMAnswer(200, body, headers: headers)
  }

  private func machine(_ call: ARMCall, _ entry: Catalog.Entry, _ rest: [String]) -> ARMAnswer {
    switch (call.method, rest.count, rest.first) {
    case (.get, 0, _), (.get, 1, "instanceview"):
      switch admitLowCost(entry, call) {
      case .refused(let answer): return answer
      case .admitted(let headers):
        let state = state.withLock { $0 }
        if rest.count == 1 { return ARMAnswer(200, instanceView(entry, state, at: call.at), headers: headers) }
        let wantsView = call.path.parameter("$expand")?.lowercased().contains("instanceview") == true
        return ARMAnswer(
          200,
          machineModel(
            entry, provisioning(of: entry, state, at: call.at),
            generation: state.machines[entry.place]?.generation ?? 2,
            view: wantsView ? instanceView(entry, state, at: call.at) : nil), headers: headers)
      }
    case (_, 1...2, "extensions"): return extensions(call, entry, rest)
    case (_, 1...2, "runcommands"): return runCommands(call, entry, rest)
    case (.post, 1, _): return action(call, entry, rest[0])
    case (_, 0, _): return methodNotAllowed(call)
    default: return notFound(call)
    }
  }

  func admitLowCost(_ entry: Catalog.Entry, _ call: ARMCall) -> Admission {
    admitCompute(
      [.init(.lowCostGetSubscription, entry.machine.region), .init(.lowCostGetMachine, entry.id)], at: call.at)
  }

  func admitUpdate(_ entry: Catalog.Entry, _ call: ARMCall) -> Admission {
    admitCompute(
      [.init(.updateSubscription, entry.machine.region), .init(.updateMachine, entry.id)], at: call.at)
  }

  private func disks(_ call: ARMCall, group: String?, _ tail: [String]) -> ARMAnswer {
    guard call.method == .get else { return methodNotAllowed(call) }
    if tail.count == 1 {
      return page(call, group.flatMap { catalog.group($0)?.places } ?? Array(catalog.entries.indices)) {
        diskModel(catalog.entries[$0], at: call.at)
      }
    }
    guard let group, let entry = catalog.entry(group, named: tail[1], by: \.diskName) else { return notFound(call) }
    return ARMAnswer(diskModel(entry, at: call.at))
  }

  private func diskModel(_ entry: Catalog.Entry, at now: Instant) -> JSON {
    let power = fleet.platformView(of: entry.machine.id, at: now)?.power
    return .having([
      "name": .string(entry.diskName), "id": .string(entry.disk), "type": "Microsoft.Compute/disks",
      "location": .string(entry.machine.region), "tags": tags(entry), "zones": entry.zone.map { [.string($0)] },
      "managedBy": .string(entry.id), "sku": ["name": "Premium_LRS", "tier": "Premium"],
      "properties": [
        "osType": "Linux", "hyperVGeneration": "V2", "creationData": ["createOption": "FromImage"], "diskSizeGB": 30,
        "diskIOPSReadWrite": 120, "diskMBpsReadWrite": 25, "encryption": ["type": "EncryptionAtRestWithPlatformKey"],
        "networkAccessPolicy": "AllowAll", "publicNetworkAccess": "Enabled",
        "timeCreated": .string(AzureTime.compute(catalog.origin - entry.age)), "provisioningState": "Succeeded",
        "diskState": power == .deallocated ? "Reserved" : "Attached", "diskSizeBytes": 32_213_303_296,
        "uniqueId": .string(Chance.uuid(entry.disk)), "tier": "P4",
      ],
    ])
  }
}
