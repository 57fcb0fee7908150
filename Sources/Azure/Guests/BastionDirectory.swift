import FleetModel
import GuestAccess

/// Knows the bastions of each subscription: asked by Resource Graph, else by the list API, and remembered for a while.
actor BastionDirectory {
  private struct Known {
    var answer: Task<Result<[BastionHost], MonitorFailure>, Never>
    var goodUntil: ContinuousClock.Instant
  }

  private let caller: any ARMCaller
  private var known: [String: Known] = [:]
  private static let life = Duration.minutes(10)
  private static let lifeOfFailure = Duration.seconds(30)

  init(caller: any ARMCaller) { self.caller = caller }

  /// The bastion of a machine's virtual network.
  func bastion(of machine: VirtualMachine) async -> Result<BastionHost, MonitorFailure> {
    guard let network = BastionHost.network(ofSubnet: machine.subnet),
      let subscription = ResourcePath(network)?.subscription
    else {
      return .failure(MonitorFailure("the virtual network of \(machine.name) is not known, so neither is its bastion"))
    }
    return await hosts(of: subscription).flatMap { hosts in
      guard let host = hosts.first(where: { $0.networks.contains(network) }) else {
        let name = SafeText.line(ResourcePath(network)?.name ?? network)
        return .failure(
          MonitorFailure("the virtual network \(name) of \(machine.name) has no bastion; set access.proxy otherwise"))
      }
      return host.objection.map { .failure(MonitorFailure($0)) } ?? .success(host)
    }
  }

  private func hosts(of subscription: String) async -> Result<[BastionHost], MonitorFailure> {
    if let known = known[subscription], known.goodUntil > .now { return await known.answer.value }
    let caller = caller
    let task = Task { await Self.ask(caller, subscription) }
    known[subscription] = Known(answer: task, goodUntil: .now + Self.life)
    let answer = await task.value
    if case .failure = answer { known[subscription]?.goodUntil = .now + Self.lifeOfFailure }
    return answer
  }

  private static func ask(
    _ caller: any ARMCaller, _ subscription: String
  ) async -> Result<[BastionHost], MonitorFailure> {
    do {
      return .success(try await graph(caller, subscription))
    } catch {
      // Resource Graph may be forbidden, or not be there at all.
      do {
        let path = "/subscriptions/\(ResourcePath.encoded(subscription))/providers/Microsoft.Network/bastionHosts"
        let request = ARMRequest(.get, path, version: MachineLists.networkVersion)
        return .success(
          try await MachineLists(caller: caller, scope: AzureScope(subscriptions: [subscription]))
            .values(BastionHost.self, request, "the list of bastions"))
      } catch {
        return .failure(MonitorFailure("looking for bastions: \(error.sentence)"))
      }
    }
  }

  static let query =
    "resources | where type =~ 'microsoft.network/bastionhosts' | project id, name, sku, properties | sort by id asc"

  private static func graph(_ caller: any ARMCaller, _ subscription: String) async throws(AzureError) -> [BastionHost] {
    struct Page: Decodable {
      var data: [BastionHost]
      var skipToken: String?
      enum CodingKeys: String, CodingKey {
        case data
        case skipToken = "$skipToken"
      }
    }
    var hosts: [BastionHost] = []
    var token: String?
    repeat {
      let request = InventoryQuery.request(
        query, scope: AzureScope(subscriptions: [subscription]), skipToken: token)
      let page = try JSONText.value(Page.self, try await caller.call(request), "the query for bastions")
      hosts += page.data
      token = page.data.isEmpty ? nil : page.skipToken
    } while token != nil
    return hosts
  }
}
