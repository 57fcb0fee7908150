import FleetModel
import HTTPTypes
import Simulator

// Microsoft.Network.
extension ARMSimulator {
  /// - Parameter tail: what stands behind the provider, folded.
  func network(_ call: ARMCall, group: String?, _ tail: [String]) -> ARMAnswer {
    switch tail.first {
    case "networkinterfaces": return cards(call, group: group, tail)
    case "publicipaddresses":
      guard call.method == .get else { return methodNotAllowed(call) }
      if tail.count == 1 {
        let places = self.places(group).filter { catalog.entries[$0].publicAddress != nil }
        return page(call, places) { addressModel(catalog.entries[$0]) }
      }
      guard let group, let entry = catalog.entry(group, named: tail[1], by: \.addressName), entry.publicAddress != nil
      else { return notFound(call) }
      return tagged(addressModel(entry), call)
    case "virtualnetworks": return networks(call, group: group, tail)
    case "locations" where tail.count == 4 && (tail[2] == "operations" || tail[2] == "operationresults"):
      return call.method == .get ? operation(call, tail[3]) : methodNotAllowed(call)
    default: return notFound(call)
    }
  }

  private func places(_ group: String?) -> [Int] {
    group.flatMap { catalog.group($0)?.places } ?? Array(catalog.entries.indices)
  }

  /// A model with its tag in the headers.
  private func tagged(_ model: JSON, _ call: ARMCall) -> ARMAnswer {
    ARMAnswer(
      200, model,
      headers: [
        ("ETag", model["etag"].text ?? ""),
        ("x-ms-arm-service-request-id", Chance.uuid("\(call.at.milliseconds) service")),
      ])
  }

  private func networks(_ call: ARMCall, group: String?, _ tail: [String]) -> ARMAnswer {
    guard call.method == .get else { return methodNotAllowed(call) }
    if tail.count == 1 {
      let groups = group.flatMap { catalog.group($0) }.map { [$0] } ?? catalog.groups
      return ARMAnswer(["value": .array(groups.compactMap(networkModel))])
    }
    guard let found = group.flatMap({ catalog.group($0) }), tail[1] == Catalog.networkName.lowercased(),
      let model = networkModel(found)
    else { return notFound(call) }
    if tail.count == 2 { return tagged(model, call) }
    guard tail.count == 3, tail[2] == "checkipaddressavailability" else { return notFound(call) }
    guard let address = call.path.parameter("ipAddress") else {
      return .error(400, "InvalidRequestFormat", "The query parameter 'ipAddress' is required.")
    }
    guard let prefix = Self.block(of: found, catalog), address.hasPrefix(prefix) else {
      return .error(
        400, "PrivateIPAddressNotInAnySubnet",
        "Private static IP address \(address) does not belong to the range of any subnet in the virtual network "
          + "\(found.name)/\(Catalog.networkName).")
    }
    let used = usedAddresses(found.places)
    let free = (4...254).map { prefix + "\($0)" }.filter { !used.contains($0) }.prefix(5)
    let isFree = !used.contains(address) && !["0", "1", "2", "3", "255"].contains(address.dropFirst(prefix.count))
    return ARMAnswer(
      .having([
        "available": .bool(isFree),
        "availableIPAddresses": isFree ? [] : .array(free.map { .string($0) }), "isPlatformReserved": false,
      ]))
  }

  /// `10.20.1.` of a group's subnet.
  private static func block(of group: (name: String, region: String, places: [Int]), _ catalog: Catalog) -> String? {
    guard let subnet = group.places.first.flatMap({ catalog.entries[$0].machine.subnet }) else { return nil }
    return subnet.split(separator: ".").prefix(3).joined(separator: ".") + "."
  }

  private func usedAddresses(_ places: [Int]) -> Set<String> {
    let state = state.withLock { $0 }
    return Set(places.map { card(of: catalog.entries[$0], state).address })
  }

  private func cards(_ call: ARMCall, group: String?, _ tail: [String]) -> ARMAnswer {
    if tail.count == 1 {
      guard call.method == .get else { return methodNotAllowed(call) }
      let state = state.withLock { $0 }
      return page(call, places(group)) { cardModel(catalog.entries[$0], state, at: call.at) }
    }
    guard let group, let entry = catalog.entry(group, named: tail[1], by: \.cardName) else { return notFound(call) }
    switch (call.method, tail.count) {
    case (.get, 2): return tagged(cardModel(entry, state.withLock { $0 }, at: call.at), call)
    case (.put, 2):
      return noting(putCard(call, entry), of: call, on: entry, [], type: "Microsoft.Network/networkInterfaces")
    case (.post, 3): return effective(call, entry, tail[2])
    default: return methodNotAllowed(call)
    }
  }

  private func putCard(_ call: ARMCall, _ entry: Catalog.Entry) -> ARMAnswer {
    let body = call.json
    let state = state.withLock { $0 }
    let old = card(of: entry, state)
    let tag = etag(entry.card, old.generation)
    let wanted = call.header("If-Match") ?? body["etag"].text
    if let wanted, wanted != "*", wanted != tag {
      return .error(412, "PreconditionFailed", "Precondition failed.")
    }
    let configurations = body["properties"]["ipConfigurations"].items
    guard configurations.count == 1, body["location"].text != nil else {
      return .error(
        400, "InvalidRequestFormat",
        "Cannot parse the request: a network interface of this simulator has exactly one ipConfiguration and a location."
      )
    }
    let inner = configurations[0]["properties"]
    var new = old
    new.allocation = inner["privateIPAllocationMethod"].text ?? "Dynamic"
    if new.allocation == "Static" {
      guard let address = inner["privateIPAddress"].text else {
        return .error(
          400, "PrivateIPAddressMissing", "A static private IP address allocation needs a privateIPAddress.")
      }
      new.address = address
    }
    if case .object = body["tags"] { new.tags = body["tags"] }
    if let refusal = refusal(of: new.address, entry, old) { return refusal }
    let isMoved = new.address != old.address
    new.generation += 1
    if isMoved { new.moves += 1 }
    let quick = OperationDuration(least: 0.4, middle: 1, most: 3)
    var shown = state
    shown.cards[entry.place] = new
    var model = cardModel(entry, shown, at: call.at)
    model["properties"]["provisioningState"] = "Updating"
    let order = Order(
      name: "networkInterfaces", action: "Microsoft.Network/networkInterfaces/write", entry: entry,
      duration: isMoved ? .networkInterface : quick, form: .network, status: 200, body: model)
    let answer = begin(order, call) { start, end in
      // Another address is another card to the guest: the VM boots.
      if isMoved, fleet.platformView(of: entry.machine.id, at: start)?.power == .running {
        fleet.control(entry.machine.id, .resetNetwork, from: start, until: end)
      }
      return OrderEffect()
    }
    if answer.status < 300 {
      self.state.withLock { state in
        guard let operation = state.operations.last(on: entry.place), operation.failure == nil else { return }
        new.operation = operation.id
        state.cards[entry.place] = new
      }
    }
    return answer
  }

  private func refusal(of address: String, _ entry: Catalog.Entry, _ old: CardRecord) -> ARMAnswer? {
    guard let group = catalog.group(entry.resourceGroup), let prefix = Self.block(of: group, catalog) else {
      return nil
    }
    guard address.hasPrefix(prefix), let host = Int(address.dropFirst(prefix.count)), (4...254).contains(host) else {
      return .error(
        400, "PrivateIPAddressNotInSubnet",
        "Private static IP address \(address) does not belong to the range of subnet prefix "
          + "\(entry.machine.subnet ?? "").")
    }
    guard address != old.address, usedAddresses(group.places).contains(address) else { return nil }
    return .error(
      400, "PrivateIPAddressInUse",
      "IP configuration \(entry.card)/ipConfigurations/ipconfig1 is using the private IP address \(address) which is "
        + "already allocated to another resource.")
  }

  /// What a card is really subject to: answered by `Location` alone.
  private func effective(_ call: ARMCall, _ entry: Catalog.Entry, _ name: String) -> ARMAnswer {
    let output: JSON
    switch name {
    case "effectiveroutetable":
      output = [
        "value": [
          [
            "source": "Default", "state": "Active", "addressPrefix": [.string(entry.machine.subnet ?? "")],
            "nextHopType": "VnetLocal", "nextHopIpAddress": [],
          ],
          [
            "source": "Default", "state": "Active", "addressPrefix": ["0.0.0.0/0"], "nextHopType": "Internet",
            "nextHopIpAddress": [],
          ],
        ]
      ]
    case "effectivenetworksecuritygroups": output = ["value": []]
    default: return notFound(call)
    }
    guard fleet.platformView(of: entry.machine.id, at: call.at)?.power == .running else {
      return .error(
        400, "NetworkInterfaceHasNoRunningVM",
        "The network interface \(entry.cardName) is not attached to a running virtual machine.")
    }
    let order = Order(
      name: name, action: "Microsoft.Network/networkInterfaces/\(name)/action", entry: entry, duration: .effectiveRules,
      form: .location, status: 202, body: .null, isChange: false)
    return begin(order, call) { _, _ in OrderEffect(output: output) }
  }
}
