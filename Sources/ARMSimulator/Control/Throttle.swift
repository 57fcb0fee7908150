import FleetModel

/// One kind of quota.
struct Quota: Hashable, Sendable {
  /// As the headers name it.
  var name: String
  var capacity: Double
  /// Calls that come back in a second.
  var refill: Double
  /// What its operations are called in the body of a 429.
  var group = ""

  private static func minute(_ name: String, _ capacity: Double, _ group: String) -> Quota {
    Quota(name: name, capacity: capacity, refill: capacity / 60, group: group)
  }

  // Compute's policies and the sizes of their buckets as seen in recorded headers; refilled every minute.
  static let updateMachine = minute("UpdateVMResource", 12, "UpdateVM")
  static let updateSubscription = minute("UpdateVMSubscriptionMaximum", 1500, "UpdateVM")
  static let deleteMachine = minute("DeleteVMResource", 12, "DeleteVM")
  static let deleteSubscription = minute("DeleteVMSubscriptionMaximum", 1500, "DeleteVM")
  static let lowCostGetMachine = minute("LowCostGetResource", 36, "LowCostGet")
  static let lowCostGetSubscription = minute("LowCostGetSubscriptionMaximum", 24_000, "LowCostGet")
  static let highCostGetSubscription = minute("HighCostGetSubscriptionMaximum", 900, "HighCostGet")
  static let getOperation = minute("GetOperationResource", 45, "GetOperation")
  static let getOperationSubscription = minute("GetOperationSubscriptionMaximum", 15_000, "GetOperation")

  // Resource Manager's own buckets of one subscription, principal and region, and the global ones: 15 times as much.
  static let reads = Quota(name: "reads", capacity: 250, refill: 25)
  static let writes = Quota(name: "writes", capacity: 200, refill: 10)
  static let deletes = Quota(name: "deletes", capacity: 200, refill: 10)
  static let globalReads = Quota(name: "global-reads", capacity: 3750, refill: 375)
  static let globalWrites = Quota(name: "global-writes", capacity: 3000, refill: 150)
  static let globalDeletes = Quota(name: "global-deletes", capacity: 3000, refill: 150)
}

/// Token buckets, each of a quota and what it is counted for.
struct Throttle: Sendable {
  /// A quota and the thing it is counted for: a VM, an operation, a subscription in a region.
  struct Charge: Hashable, Sendable {
    var quota: Quota
    var key: String
    init(_ quota: Quota, _ key: String = "") {
      self.quota = quota
      self.key = key
    }
  }

  enum Verdict: Hashable, Sendable {
    /// What is left of each, in the order of the charges.
    case taken([Int])
    /// The first one that is empty, and when a call comes back.
    case refused(Quota, after: Duration)
  }

  private struct Bucket {
    var level: Double
    var at: Instant
  }
  private var buckets: [Charge: Bucket] = [:]

  /// Takes one call of each charge, or of none where one is empty.
  mutating func take(_ charges: [Charge], at now: Instant) -> Verdict {
    var levels: [Double] = []
    for charge in charges {
      let level = level(of: charge, at: now)
      guard level >= 1 else {
        return .refused(
          charge.quota, after: .milliseconds(Int64(((1 - level) / charge.quota.refill * 1000).rounded(.up))))
      }
      levels.append(level - 1)
    }
    for (charge, level) in zip(charges, levels) { buckets[charge] = Bucket(level: level, at: now) }
    forgetFull(at: now)
    return .taken(levels.map { Int($0) })
  }

  private func level(of charge: Charge, at now: Instant) -> Double {
    guard let bucket = buckets[charge] else { return charge.quota.capacity }
    return min(charge.quota.capacity, bucket.level + max((now - bucket.at).inSeconds, 0) * charge.quota.refill)
  }

  /// A bucket that is full again need not be kept: 10,000 machines and their operations would stay for ever.
  private mutating func forgetFull(at now: Instant) {
    guard buckets.count > 40_000 else { return }
    buckets = buckets.filter { level(of: $0.key, at: now) < $0.key.quota.capacity }
  }
}
