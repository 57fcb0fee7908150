import FleetModel

/// Token buckets of everything that Azure counts, learned from its answers, so that we slow down before it says 429.
///
/// A call is entered before it is sent: it takes its place in each bucket that it is charged to, and is told when its
/// turn is. Calls that wait keep their order, and a call never takes the last tenth of a bucket, for others may use the
/// same identity.
struct RateBuckets: Sendable {
  enum Turn: Hashable, Sendable {
    case now
    case at(Instant)
    /// Its turn would come only then, which is too late; it was not entered.
    case tooLate(Instant)
  }
  private struct Bucket {
    var policy: RatePolicy
    /// Below zero: that many calls wait.
    var level: Double
    var at: Instant
    /// Calls entered whose answer has not come.
    var outstanding = 0.0

    init(_ policy: RatePolicy, _ now: Instant) {
      self.policy = policy
      level = policy.capacity
      at = now
    }
    /// Nobody takes more than to here.
    var reserve: Double { min(25, max(1, (policy.capacity / 10).rounded(.down))) }
    func level(at now: Instant) -> Double {
      min(policy.capacity, level + max(0, (now - at).inSeconds) * policy.perSecond)
    }
  }

  private var buckets: [RateBucketKey: Bucket] = [:]
  /// Policies that answers named beyond those a class is known for.
  private var learned: [RateClass.Kind: Set<String>] = [:]
  /// After a 429: nothing of this bucket before then.
  private var blocked: [RateBucketKey: Instant] = [:]
  private var tidyAt = 4096
  /// Calls that had to wait for their turn.
  private(set) var waits = 0
  /// Answers of 429.
  private(set) var throttled = 0

  /// Enters a call.
  mutating func enter(_ call: RateClass, at now: Instant, notAfter: Instant) -> Turn {
    tidy(now)
    var turn = now
    let keys = self.keys(call)
    for key in keys {
      let bucket = buckets[key] ?? Bucket(.named(key.policy), now)
      let missing = bucket.reserve + 1 - bucket.level(at: now)
      if missing > 0 {
        turn = max(turn, now + .milliseconds(Int64((missing * 1000 / bucket.policy.perSecond).rounded(.up))))
      }
    }
    if let until = blocked(call, at: now) { turn = max(turn, until) }
    if turn > notAfter { return .tooLate(turn) }
    for key in keys {
      var bucket = buckets[key] ?? Bucket(.named(key.policy), now)
      bucket.level = bucket.level(at: now) - 1
      bucket.at = now
      bucket.outstanding += 1
      buckets[key] = bucket
    }
    guard turn > now else { return .now }
    waits += 1
    return .at(turn)
  }

  /// Until when a call that was entered must wait all the same, because of a 429 meanwhile; nil: it need not.
  func blocked(_ call: RateClass, at now: Instant) -> Instant? {
    (keys(call) + [call.own]).compactMap { blocked[$0] }.filter { $0 > now }.max()
  }

  /// An entered call is over: what its answer says is left.
  /// - Parameter headers: nil: there was no answer.
  mutating func leave(_ call: RateClass, _ headers: ReplyHeaders?, at now: Instant) {
    for key in keys(call) { if let count = buckets[key]?.outstanding { buckets[key]?.outstanding = max(0, count - 1) } }
    guard let headers else { return }
    for (policy, count) in headers.remaining where count >= 0 {
      let key = call.key(policy)
      if !call.charges.contains(key) { learned[call.kind, default: []].insert(policy) }
      var bucket = buckets[key] ?? Bucket(.named(policy, seen: count), now)
      bucket.policy = .named(policy, seen: max(bucket.policy.capacity - 1, count))
      let left = count - bucket.outstanding
      let level = bucket.level(at: now)
      // Azure has many front ends that count apart: bad news is believed at once, good news by half.
      bucket.level = left < level ? left : level + (left - level) / 2
      bucket.at = now
      buckets[key] = bucket
      // Resource Graph's quota comes back as a whole, not drop by drop.
      if policy == RatePolicy.userQuota, count < 1, let wait = headers.quotaResetsAfter {
        blocked[key] = max(blocked[key] ?? now, now + wait)
      }
    }
  }

  /// An answer was 429: no call of the same kind before `until`.
  mutating func refused(_ call: RateClass, until: Instant, wholeSubscription: Bool) {
    throttled += 1
    let key = wholeSubscription ? call.key("subscription-" + call.traffic.rawValue) : call.own
    blocked[key] = max(blocked[key] ?? until, until)
  }

  private func keys(_ call: RateClass) -> [RateBucketKey] {
    call.charges + (learned[call.kind] ?? []).map(call.key)
  }

  /// Buckets that are full again say nothing: those of ten thousand VMs and their operations are let go.
  private mutating func tidy(_ now: Instant) {
    guard buckets.count >= tidyAt else { return }
    buckets = buckets.filter { $0.value.outstanding > 0 || $0.value.level(at: now) < $0.value.policy.capacity }
    blocked = blocked.filter { $0.value > now }
    tidyAt = max(4096, buckets.count * 2)
  }
}
