/// Lays policy files over one another (semantics 1.1, 1.2).
public enum PolicyResolver {
  /// The policy of one machine: built-in defaults ← level ← `fleet` ← `machine`, key by key.
  ///
  /// The level is taken first, so that inside one file an explicit key wins over it, and an explicit value in either
  /// file outlives a level set later. Hooks add up: the machine's, then the fleet's. Time-outs nobody set are at most
  /// half the interval.
  /// - Parameter watchedAtOnce: the machine comes from an inventory: unless a file says otherwise it is watched in
  ///   mode observe (semantics 1.3).
  /// - Returns: the policy, and in `problems` what its keys say against each other.
  public static func resolve(
    fleet: PolicyDocument?, machine: PolicyDocument?, watchedAtOnce: Bool = false
  ) -> EffectivePolicy {
    let resolution = resolution(fleet: fleet, machine: machine, watchedAtOnce: watchedAtOnce)
    return EffectivePolicy(
      policy: resolution.policy, origins: resolution.origins, problems: resolution.problems.map(\.description))
  }

  /// The same, with problems that carry their places.
  public static func resolution(
    fleet: PolicyDocument?, machine: PolicyDocument?, watchedAtOnce: Bool = false
  ) -> PolicyResolution {
    let layers = [(PolicyLayer.fleet, fleet), (.machine, machine)]
    var result = PolicyResolution()
    for (layer, document) in layers {
      guard case .text(let word) = document?.value(levelPath), let level = MonitoringLevel(rawValue: word) else {
        continue
      }
      result.policy.monitoring.level = level
      result.origins[levelPath] = layer
    }
    let level = result.policy.monitoring.level
    result.policy.monitoring.interval = level.interval
    result.policy.monitoring.checks = level.checks
    if result.origins[levelPath] != nil {
      for key in PolicyKey.monitoringKeys where key.path == intervalPath || key.path.hasPrefix(checksPrefix) {
        result.origins[key.path] = .level
      }
    }
    for (layer, document) in layers {
      for (path, entry) in document?.entries ?? [:] where path != levelPath {
        guard let key = PolicyKey.named(path), layer == .fleet || !key.isFleetOnly else { continue }
        if case .hooks(let hooks) = entry.value {
          result.addHooks(hooks, of: key, from: layer)
        } else {
          key.set(entry.value, in: &result.policy)
        }
        result.origins[path] = layer
        result.places[path] = entry.place
      }
    }
    result.limitTimeouts()
    if watchedAtOnce, result.origins[enabledPath] == nil {
      result.policy.monitoring.enabled = true
      result.policy.healing.mode = .observe
      result.origins[modePath] = nil
    }
    result.problems = PolicyRules.problems(result)
    return result
  }

  static let enabledPath = "health_monitoring.enabled"
  static let levelPath = "health_monitoring.level"
  static let intervalPath = "health_monitoring.interval"
  static let checksPrefix = "health_monitoring.checks."
  static let modePath = "self_healing.mode"
}

/// A policy under way: what it says, who says it, and where.
public struct PolicyResolution: Hashable, Sendable {
  public var policy = Policy()
  /// By dotted path; absent: built-in default.
  public var origins: [String: PolicyLayer] = [:]
  /// By dotted path; absent: no file says it.
  public var places: [String: PolicyPlace] = [:]
  public var problems: [PolicyProblem] = []

  fileprivate mutating func addHooks(_ hooks: [HookRegistration], of key: PolicyKey, from layer: PolicyLayer) {
    var hooks = hooks
    for index in hooks.indices { hooks[index].isGlobal = layer == .fleet }
    if case .hooks(let already) = key.value(of: policy), layer == .machine { hooks += already }
    key.set(.hooks(hooks), in: &policy)
  }

  fileprivate mutating func limitTimeouts() {
    let half = policy.monitoring.interval / 2
    if origins["health_monitoring.timeouts.connectivity"] == nil {
      policy.monitoring.connectivityTimeout = min(policy.monitoring.connectivityTimeout, half)
    }
    if origins["health_monitoring.timeouts.ssh"] == nil {
      policy.monitoring.sshTimeout = min(policy.monitoring.sshTimeout, half)
    }
  }
}
