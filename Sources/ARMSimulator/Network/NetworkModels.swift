import FleetModel
import Simulator

/// What was changed of a network card.
struct CardRecord: Sendable {
  var address: String
  var allocation: String
  var tags: JSON?
  /// Counts the changes: the tag and the hardware address follow it.
  var generation: UInt64 = 1
  var moves: UInt64 = 0
  var operation = ""
}

// Cards, public addresses and networks, with the members of Network 2022-11-01.
extension ARMSimulator {
  func card(of entry: Catalog.Entry, _ state: ARMState) -> CardRecord {
    state.cards[entry.place]
      ?? CardRecord(address: entry.machine.address?.host ?? "10.0.0.4", allocation: "Dynamic")
  }

  func etag(_ id: String, _ generation: UInt64) -> String { "W/\"\(Chance.uuid("\(id) \(generation)"))\"" }

  func cardModel(_ entry: Catalog.Entry, _ state: ARMState, at now: Instant) -> JSON {
    let card = card(of: entry, state)
    let tag = JSON.string(etag(entry.card, card.generation))
    let isUpdating = state.operations[card.operation].map { !$0.isDone(at: now) } ?? false
    let word: JSON = isUpdating ? "Updating" : "Succeeded"
    return .having([
      "name": .string(entry.cardName), "id": .string(entry.card), "etag": tag,
      "location": .string(entry.machine.region), "tags": card.tags ?? tags(entry),
      "properties": [
        "provisioningState": word, "resourceGuid": .string(Chance.uuid(entry.card)),
        "ipConfigurations": [
          [
            "name": "ipconfig1", "id": .string(entry.card + "/ipConfigurations/ipconfig1"), "etag": tag,
            "type": "Microsoft.Network/networkInterfaces/ipConfigurations",
            "properties": .having([
              "provisioningState": word, "privateIPAddress": .string(card.address),
              "privateIPAllocationMethod": .string(card.allocation),
              "publicIPAddress": entry.publicAddress.map { _ in ["id": .string(entry.address)] },
              "subnet": ["id": .string(entry.subnet)], "primary": true, "privateIPAddressVersion": "IPv4",
            ]),
          ]
        ],
        "dnsSettings": [
          "dnsServers": [], "appliedDnsServers": [],
          "internalDomainNameSuffix": .string(
            Chance.hex(entry.network).prefix(26) + ".ax.internal.cloudapp.net"),
        ],
        "macAddress": .string(Self.hardwareAddress(entry.card, card.moves)), "enableAcceleratedNetworking": false,
        "vnetEncryptionSupported": false, "enableIPForwarding": false, "disableTcpStateTracking": false,
        "primary": true, "virtualMachine": ["id": .string(entry.id)], "hostedWorkloads": [],
        "tapConfigurations": [], "nicType": "Standard", "allowPort25Out": false, "auxiliaryMode": "None",
      ], "type": "Microsoft.Network/networkInterfaces", "kind": "Regular",
    ])
  }

  /// Azure's own prefix, then what a new card of the host gets.
  private static func hardwareAddress(_ id: String, _ moves: UInt64) -> String {
    let digits = Array(Chance.uuid("\(id) card \(moves)").uppercased().prefix(6))
    return "00-0D-3A-" + stride(from: 0, to: 6, by: 2).map { String(digits[$0...$0 + 1]) }.joined(separator: "-")
  }

  func addressModel(_ entry: Catalog.Entry) -> JSON {
    .having([
      "name": .string(entry.addressName), "id": .string(entry.address), "etag": .string(etag(entry.address, 1)),
      "location": .string(entry.machine.region), "tags": tags(entry), "zones": entry.zone.map { [.string($0)] },
      "properties": [
        "provisioningState": "Succeeded", "resourceGuid": .string(Chance.uuid(entry.address)),
        "ipAddress": JSON(entry.publicAddress), "publicIPAddressVersion": "IPv4", "publicIPAllocationMethod": "Static",
        "idleTimeoutInMinutes": 4, "ipTags": [],
        "ipConfiguration": ["id": .string(entry.card + "/ipConfigurations/ipconfig1")],
        "ddosSettings": ["protectionMode": "VirtualNetworkInherited"],
      ], "type": "Microsoft.Network/publicIPAddresses", "sku": ["name": "Standard", "tier": "Regional"],
    ])
  }

  /// The one network of a group.
  func networkModel(_ group: (name: String, region: String, places: [Int])) -> JSON? {
    guard let entry = group.places.first.map({ catalog.entries[$0] }), let subnet = entry.machine.subnet else {
      return nil
    }
    let tag = JSON.string(etag(entry.network, 1))
    return [
      "name": .string(Catalog.networkName), "id": .string(entry.network), "etag": tag,
      "type": "Microsoft.Network/virtualNetworks", "location": .string(group.region),
      "properties": [
        "provisioningState": "Succeeded", "resourceGuid": .string(Chance.uuid(entry.network)),
        "addressSpace": ["addressPrefixes": [.string(subnet)]],
        "subnets": [
          [
            "name": "default", "id": .string(entry.subnet), "etag": tag,
            "properties": ["provisioningState": "Succeeded", "addressPrefix": .string(subnet), "delegations": []],
            "type": "Microsoft.Network/virtualNetworks/subnets",
          ]
        ], "virtualNetworkPeerings": [], "enableDdosProtection": false,
      ],
    ]
  }
}
