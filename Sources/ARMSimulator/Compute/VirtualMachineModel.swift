import FleetModel
import Simulator

// The model and the view of a machine, with the members and in the order in which Compute 2024-07-01 writes them.
extension ARMSimulator {
  /// What a machine's last change came to.
  struct Provisioning: Sendable {
    /// `succeeded`, `updating`, `failed`.
    var word: String
    var failure: SimulatedOperation.Failure?
    var at: Instant

    var title: String { word.prefix(1).uppercased() + word.dropFirst() }
  }

  func provisioning(of entry: Catalog.Entry, _ state: ARMState, at now: Instant) -> Provisioning {
    guard let last = state.operations.last(on: entry.place) else {
      return Provisioning(word: "succeeded", at: catalog.origin - entry.age + .seconds(40))
    }
    guard last.isDone(at: now) else { return Provisioning(word: "updating", at: last.startedAt) }
    // A script that failed is no failure of the machine.
    let isOfMachine = !["runCommand", "runCommands"].contains(last.name)
    let failure = isOfMachine ? last.failure : nil
    return Provisioning(word: failure == nil ? "succeeded" : "failed", failure: failure, at: last.endsAt)
  }

  /// - Parameter view: nil: without an instance view.
  func machineModel(_ entry: Catalog.Entry, _ provisioning: Provisioning, generation: Int, view: JSON?) -> JSON {
    let machine = entry.machine
    var properties: JSON = [
      "hardwareProfile": ["vmSize": .string(machine.size)],
      "provisioningState": .string(provisioning.title),
      "vmId": .string(machine.incarnation),
      "storageProfile": [
        "imageReference": image(entry),
        "osDisk": [
          "osType": "Linux", "name": .string(entry.diskName), "createOption": "FromImage", "caching": "ReadWrite",
          "managedDisk": ["storageAccountType": "Premium_LRS", "id": .string(entry.disk)], "deleteOption": "Delete",
          "diskSizeGB": 30,
        ], "dataDisks": [], "diskControllerType": "SCSI",
      ],
      "osProfile": [
        "computerName": .string(machine.name), "adminUsername": .string(machine.address?.user ?? "azureuser"),
        "linuxConfiguration": [
          "disablePasswordAuthentication": true, "provisionVMAgent": true,
          "patchSettings": ["patchMode": "ImageDefault", "assessmentMode": "ImageDefault"],
        ], "secrets": [], "allowExtensionOperations": true, "requireGuestProvisionSignal": true,
      ],
      "networkProfile": [
        "networkInterfaces": [["id": .string(entry.card), "properties": ["primary": true]]]
      ],
      "diagnosticsProfile": ["bootDiagnostics": ["enabled": true]],
    ]
    if entry.isSpot {
      properties["priority"] = "Spot"
      properties["evictionPolicy"] = "Deallocate"
      properties["billingProfile"] = ["maxPrice": -1.0]
    }
    addShields(entry, &properties)
    if let view { properties["instanceView"] = view }
    properties["timeCreated"] = .string(AzureTime.compute(catalog.origin - entry.age))
    return .having([
      "name": .string(machine.name), "id": .string(entry.id), "type": "Microsoft.Compute/virtualMachines",
      "location": .string(machine.region), "tags": tags(entry), "zones": entry.zone.map { [.string($0)] },
      "managedBy": manager(of: entry).map { .string($0) }, "properties": properties, "etag": "\"\(generation)\"",
    ])
  }

  func tags(_ entry: Catalog.Entry) -> JSON {
    .object(entry.machine.tags.sorted { $0.key < $1.key }.map { JSON.Member($0.key, .string($0.value)) })
  }

  private func image(_ entry: Catalog.Entry) -> JSON {
    let version = "24.04.202511120"
    return [
      "publisher": "Canonical", "offer": "ubuntu-24_04-lts", "sku": "server", "version": "latest",
      "exactVersion": .string(version),
    ]
  }

  /// The instance view.
  func instanceView(_ entry: Catalog.Entry, _ state: ARMState, at now: Instant) -> JSON {
    guard let view = fleet.platformView(of: entry.machine.id, at: now) else { return [:] }
    let provisioning = provisioning(of: entry, state, at: now)
    let record = state.machines[entry.place]
    let isUp = view.agent == .ready
    var json: JSON = [:]
    if isUp {
      json["computerName"] = .string(entry.machine.name)
      let words = view.distribution.split(separator: " ")
      json["osName"] = .string((words.first.map(String.init) ?? "linux").lowercased())
      json["osVersion"] = .string(
        words.first { $0.first?.isNumber == true || $0.hasPrefix("v3") }.map { String($0.drop { !$0.isNumber }) } ?? "")
    }
    if !entry.isGone(view) {
      json["vmAgent"] = agent(view, record, at: now)
    }
    json["disks"] = [
      [
        "name": .string(entry.diskName),
        "statuses": [status("ProvisioningState/succeeded", "Provisioning succeeded", at: provisioning.at)],
      ]
    ]
    json["bootDiagnostics"] = [:]
    if let extensions = record?.extensions.values, !extensions.isEmpty {
      json["extensions"] = .array(extensions.sorted { $0.name < $1.name }.map { extensionView($0, state, at: now) })
    }
    json["hyperVGeneration"] = "V2"
    json["statuses"] = [
      provisioningStatus(provisioning),
      [
        "code": .string("PowerState/" + view.power.rawValue), "level": "Info",
        "displayStatus": .string("VM " + view.power.rawValue),
      ],
    ]
    return json
  }

  private func provisioningStatus(_ provisioning: Provisioning) -> JSON {
    if let failure = provisioning.failure {
      return [
        "code": .string("ProvisioningState/failed/" + failure.code), "level": "Error",
        "displayStatus": "Provisioning failed", "message": .string(failure.message),
        "time": .string(AzureTime.compute(provisioning.at)),
      ]
    }
    return status(
      "ProvisioningState/" + provisioning.word, provisioning.word == "updating" ? "Updating" : "Provisioning succeeded",
      at: provisioning.at)
  }

  private func status(_ code: String, _ title: String, at: Instant) -> JSON {
    ["code": .string(code), "level": "Info", "displayStatus": .string(title), "time": .string(AzureTime.compute(at))]
  }

  private func agent(_ view: PlatformView, _ record: MachineRecord?, at now: Instant) -> JSON {
    func status(_ code: String, _ level: String, _ title: String, _ message: String, _ at: Instant) -> JSON {
      [
        "code": .string(code), "level": .string(level), "displayStatus": .string(title), "message": .string(message),
        "time": .string(AzureTime.agent(at)),
      ]
    }
    switch view.agent {
    case .ready:
      // The agent reports every 15 s.
      let spoken = Instant(milliseconds: now.milliseconds / 15_000 * 15_000)
      let handlers = record?.extensions.values.sorted { $0.name < $1.name } ?? []
      return [
        "vmAgentVersion": "2.14.0.1",
        "statuses": [
          status(
            "ProvisioningState/succeeded", "Info", "Ready", "Guest Agent is running",
            max(spoken, view.bootedAt ?? spoken))
        ],
        "extensionHandlers": .array(
          handlers.map { one in
            [
              "type": "\(one.properties["publisher"].text ?? "").\(one.properties["type"].text ?? "")",
              "typeHandlerVersion": .string((one.properties["typeHandlerVersion"].text ?? "1.0") + ".0.0"),
              "status": [
                "code": "ProvisioningState/succeeded", "level": "Info", "displayStatus": "Ready",
                "message": "Plugin enabled",
              ],
            ]
          }),
      ]
    case .starting:
      return [
        "vmAgentVersion": "Unknown",
        "statuses": [
          status(
            "ProvisioningState/Unavailable", "Warning", "Not Ready",
            "VM status blob is found but not yet populated.", view.bootedAt ?? now)
        ],
      ]
    case .silent(let since):
      return [
        "vmAgentVersion": view.bootedAt == nil ? "Unknown" : "2.14.0.1",
        "statuses": [
          status(
            "ProvisioningState/Unavailable", "Warning", "Not Ready", "VM Agent is unresponsive.",
            max(since, catalog.origin - .days(1)))
        ],
      ]
    }
  }
}

extension Catalog.Entry {
  /// Whether there is no host that could tell of an agent.
  fileprivate func isGone(_ view: PlatformView) -> Bool { view.power == .deallocated }
}
