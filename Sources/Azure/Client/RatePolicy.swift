import FleetModel
import HTTPTypes

/// The limits that Azure puts on callers: their names, sizes and how they fill up again.
///
/// Sizes are those of the recorded `x-ms-ratelimit-remaining-*` headers (2023–2024); refill rates of the Resource
/// Manager's own buckets and of Compute's policies are Microsoft's (Azure docs, "Throttling Resource Manager requests"
/// and "Troubleshoot API throttling errors": Compute's are whole again each minute). What an answer says replaces them.
struct RatePolicy: Hashable, Sendable {
  var capacity: Double
  /// Calls that come back each second.
  var perSecond: Double

  /// Resource Graph: 15 queries in 5 seconds a user, as its headers say.
  static let userQuota = "user-quota"

  /// - Parameter name: lower case, as `ReplyHeaders.remaining` gives it.
  /// - Parameter seen: the most that was seen left of it.
  static func named(_ name: String, seen: Double = 0) -> RatePolicy {
    let known = table[name]
    // The Resource Manager's older limits count calls of an hour: 12,000 reads, 1,200 writes, 15,000 deletes.
    if name.hasPrefix("subscription-"), !name.contains("global"), seen >= 1000 {
      return RatePolicy(capacity: seen + 1, perSecond: (seen + 1) / 3600)
    }
    guard let known else {
      let window: Double = name.hasSuffix("30min") ? 1800 : name.hasSuffix("3min") ? 180 : 60
      return RatePolicy(capacity: seen + 1, perSecond: (seen + 1) / window)
    }
    guard seen + 1 > known.capacity else { return known }
    return RatePolicy(capacity: seen + 1, perSecond: known.perSecond * (seen + 1) / known.capacity)
  }

  private static let table: [String: RatePolicy] = {
    var table: [String: RatePolicy] = [
      userQuota: RatePolicy(capacity: 15, perSecond: 3),
      // The same quota under another name (recorded: always the same number).
      "tenant-resource-requests": RatePolicy(capacity: 15, perSecond: 3),
      "subscription-reads": RatePolicy(capacity: 250, perSecond: 25),
      "subscription-writes": RatePolicy(capacity: 200, perSecond: 10),
      "subscription-deletes": RatePolicy(capacity: 200, perSecond: 10),
      "subscription-global-reads": RatePolicy(capacity: 3750, perSecond: 375),
      "subscription-global-writes": RatePolicy(capacity: 3000, perSecond: 150),
      "subscription-global-deletes": RatePolicy(capacity: 3000, perSecond: 150),
    ]
    let minutes: [(String, Double)] = [
      ("updatevmresource", 12), ("updatevmsubscriptionmaximum", 1500), ("putvmresource", 12),
      ("putvmsubscriptionmaximum", 1500), ("deletevmresource", 12), ("deletevmsubscriptionmaximum", 1500),
      ("lowcostgetresource", 36), ("lowcostgetsubscriptionmaximum", 24_000), ("highcostgetsubscriptionmaximum", 900),
      ("getoperationresource", 45), ("getoperationsubscriptionmaximum", 15_000), ("vmguestpatchoperationresource", 6),
    ]
    for (name, count) in minutes {
      table["microsoft.compute/" + name] = RatePolicy(capacity: count, perSecond: count / 60)
    }
    return table
  }()
}

/// One bucket: a policy, and whose it is.
struct RateBucketKey: Hashable, Sendable {
  /// A subscription, a VM's id, an operation; empty: the identity itself.
  var scope: String
  var policy: String
}

/// Which calls are counted alike.
struct RateClass: Hashable, Sendable {
  enum Kind: Hashable, Sendable {
    case machineList, machineRead, machineUpdate, machinePut, machineDelete, operation, graph, other
  }
  enum Traffic: String, Hashable, Sendable { case reads, writes, deletes }
  var kind: Kind
  var traffic: Traffic
  /// Empty: above subscriptions.
  var subscription: String
  /// What limits a resource: a VM's id, an operation's path.
  var resource: String
  /// `microsoft.network`: each provider counts for itself.
  var provider: String

  init(_ method: HTTPRequest.Method, path: String, audience: String?) {
    let route = ARMRoute(method, path)
    subscription = route.subscription ?? ""
    resource = ""
    provider = route.namespace
    traffic = method == .get || method == .head ? .reads : method == .delete ? .deletes : .writes
    kind = .other
    if let audience {
      // Another service than the Resource Manager, with limits of its own.
      (subscription, provider) = ("", audience)
      return
    }
    if route.namespace == "microsoft.resourcegraph" {
      kind = .graph
    } else if route.namespace == "microsoft.compute", route.isOperation {
      kind = .operation
      resource = path.lowercased()
    } else if route.isMachine {
      resource = Self.machine(path)
      kind = Self.machineKind(route, method)
    } else if route.namespace == "microsoft.compute", route.types == ["virtualmachines"] {
      kind = .machineList
    }
  }

  /// As the recordings' headers show: the question for boot diagnostics is a cheap read though it is a POST.
  private static func machineKind(_ route: ARMRoute, _ method: HTTPRequest.Method) -> Kind {
    if method == .get || route.action == "retrievebootdiagnosticsdata" { return .machineRead }
    let isWhole = route.types.last == "virtualmachines"
    switch method {
    case .put where isWhole: return .machinePut
    case .delete where isWhole: return .machineDelete
    default: return route.action == "simulateeviction" ? .machineDelete : .machineUpdate
    }
  }

  /// The id of the machine that a path is at or below.
  private static func machine(_ path: String) -> String {
    let segments = path.lowercased().split(separator: "/")
    guard let index = segments.lastIndex(of: "virtualmachines") else { return path.lowercased() }
    return "/" + segments.prefix(index + 2).joined(separator: "/")
  }

  /// The buckets it is known to be taken from.
  var charges: [RateBucketKey] {
    let compute: [String] =
      switch kind {
      case .machineList: ["highcostgetsubscriptionmaximum"]
      case .machineRead: ["lowcostgetresource", "lowcostgetsubscriptionmaximum"]
      case .machineUpdate: ["updatevmresource", "updatevmsubscriptionmaximum"]
      case .machinePut: ["putvmresource", "putvmsubscriptionmaximum"]
      case .machineDelete: ["deletevmresource", "deletevmsubscriptionmaximum"]
      case .operation: ["getoperationresource", "getoperationsubscriptionmaximum"]
      case .graph, .other: []
      }
    var keys = compute.map { key("microsoft.compute/" + $0) }
    if kind == .graph { keys.append(key(RatePolicy.userQuota)) }
    if !subscription.isEmpty { keys.append(key("subscription-" + traffic.rawValue)) }
    return keys
  }

  /// Where a 429 to such a call is kept.
  var own: RateBucketKey {
    RateBucketKey(scope: resource.isEmpty ? subscription : resource, policy: "\(kind) \(traffic) of \(provider)")
  }

  /// The bucket of a policy as this call is charged to it.
  func key(_ policy: String) -> RateBucketKey {
    if policy == RatePolicy.userQuota || policy.hasPrefix("tenant-") { return RateBucketKey(scope: "", policy: policy) }
    if policy.hasPrefix("microsoft."), policy.hasSuffix("resource") {
      return RateBucketKey(scope: resource, policy: policy)
    }
    return RateBucketKey(scope: subscription, policy: policy)
  }
}
