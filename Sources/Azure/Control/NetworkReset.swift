import Autopilot
import FleetModel
import HTTPTypes

/// The reset of a network card (Azure's reset-network-interface): another free private address, which gives the VM a new
/// card, then its own address again. The VM reboots each time.
struct NetworkReset {
  /// How the ledger names the first change.
  static let step = "networkInterfaces/other-address"
  private static let version = "2022-11-01"

  let course: RemedyCourse
  let path: ResourcePath
  /// The id of the primary card; nil: not told.
  let card: String?

  func run() async -> RemedyCourse.Answer {
    guard let card, let cardPath = ResourcePath(card) else {
      return .init(outcome: .refused("Azure names no network interface of this VM"))
    }
    do {
      let original = try JSONText.value(
        JSONTree.self, try await course.plane.caller.call(ARMRequest(.get, cardPath.target, version: Self.version)),
        "the network interface")
      guard let configuration = original["properties"]?["ipConfigurations"]?.list?.first?["properties"],
        original["properties"]?["ipConfigurations"]?.list?.count == 1,
        let address = configuration["privateIPAddress"]?.text, let subnet = configuration["subnet"]?["id"]?.text
      else {
        return .init(outcome: .refused("the network interface has not exactly one address: reset it by hand"))
      }
      guard let other = try await freeAddress(subnet, than: address) else {
        return .init(outcome: .refused("the subnet has no other free address for the reset"))
      }
      let away = Self.changed(original, address: other, allocation: "Static")
      let first = await course.step(Self.step, Self.put(cardPath, away, course.machine), path)
      guard case .done = first.outcome else { return first }
      let kept = configuration["privateIPAllocationMethod"]?.text ?? "Dynamic"
      // Back as a static address first: a dynamic one could become any.
      let back = Self.changed(original, address: address, allocation: "Static", tag: false)
      var second = await course.step(
        "networkInterfaces/own-address", Self.put(cardPath, back, course.machine), path)
      let note = "private IP \(SafeText.line(address)) → \(SafeText.line(other)) → \(SafeText.line(address))"
      second.detail = kept == "Static" ? note : note + "; it is a static address from now on"
      if case .done = second.outcome { return second }
      second.outcome = .failed(
        "the network interface was left with the address \(SafeText.line(other)): give it \(SafeText.line(address)) "
          + "again by hand")
      return second
    } catch {
      return .init(outcome: error.outcomeOfReading)
    }
  }

  /// After a crash between the two changes the old address is known to nobody here.
  func afterInterruption(_ ended: RemedyCourse.Answer) async -> RemedyCourse.Answer {
    var answer = ended
    if case .done = ended.outcome {
      answer.outcome = .failed(
        "azlin was stopped between the two changes: the network interface has another private address now; give it its "
          + "own again by hand (the Activity Log has it)")
    }
    return answer
  }

  private func freeAddress(_ subnet: String, than address: String) async throws(AzureError) -> String? {
    struct Availability: Decodable { var availableIPAddresses: [String]? }
    guard let path = ResourcePath(subnet), let network = path.value("virtualnetworks"),
      let whole = ResourcePath(
        "/" + path.segments.prefix { $0.lowercased() != "subnets" }.joined(separator: "/")), whole.name == network
    else { return nil }
    let request = ARMRequest(
      .get, whole.target + "/CheckIPAddressAvailability", version: Self.version,
      query: [.init("ipAddress", address)])
    let reply = try await course.plane.caller.call(request)
    let free = try JSONText.value(Availability.self, reply, "the question for a free address")
    return free.availableIPAddresses?.first { $0 != address }
  }

  /// The whole card with its one address changed.
  static func changed(_ card: JSONTree, address: String, allocation: String, tag: Bool = true) -> JSONTree {
    var card = card
    var properties = card["properties"] ?? .object([:])
    var configurations = properties["ipConfigurations"]?.list ?? []
    guard !configurations.isEmpty else { return card }
    var inner = configurations[0]["properties"] ?? .object([:])
    inner["privateIPAddress"] = .text(address)
    inner["privateIPAllocationMethod"] = .text(allocation)
    configurations[0]["properties"] = inner
    properties["ipConfigurations"] = .list(configurations)
    card["properties"] = properties
    // Of the second change the tag is old: the first one changed it.
    if !tag { card["etag"] = nil }
    return card
  }

  static func put(_ path: ResourcePath, _ card: JSONTree, _ machine: MachineID) -> ARMRequest {
    var headers = HTTPFields()
    if let tag = card["etag"]?.text { headers[.ifMatch] = tag }
    return ARMRequest(
      .put, path.target, version: version, body: JSONText.bytes(card), machine: machine, headers: headers)
  }
}
