/// One row of the one table of policy: it feeds the flags, the YAML reader and writer, the JSON schema, the form on
/// the screen and the manual.
public struct PolicyKey: Sendable, Identifiable {
  /// Dotted, as nested in the file (`health_monitoring.checks.ssh`).
  public let path: String
  /// The long flag of `autopilot config` without its dashes; nil: the key has none.
  public let flag: String?
  public let kind: PolicyValueKind
  /// One sentence without a full stop, for form, help and manual.
  public let summary: String
  /// Said in defaults.yaml only.
  public let isFleetOnly: Bool
  /// What the default is where it is no single value (`by level`).
  public let defaultNote: String?
  let read: @Sendable (Policy) -> PolicyValue
  let write: @Sendable (PolicyValue, inout Policy) -> Void

  public var id: String { path }

  /// The last part of the path.
  public var name: String { path.split(separator: ".").last.map(String.init) ?? path }

  /// The part of the file and of the form it stands in.
  public var section: PolicySection { PolicySection(path: path) }

  /// Whether the feature behind the key is built; other keys are accepted and shown as "not in force yet".
  public var isInForce: Bool {
    !Self.notInForce.contains { path == $0 || (path.hasPrefix($0) && path.dropFirst($0.count).first == ".") }
  }

  /// The built-in default as an operator writes it; empty where nothing is set.
  public var defaultText: String { defaultNote ?? text(of: Policy()) }

  /// The value in a policy.
  public func value(of policy: Policy) -> PolicyValue { read(policy) }

  /// The value in a policy as an operator writes it; a literal secret is `••••`, unset is empty.
  public func text(of policy: Policy) -> String { kind.text(read(policy)) }

  /// Sets the key from text as an operator types it.
  /// - Throws: `PolicyValueError`; the policy is unchanged then.
  public func set(_ text: String, in policy: inout Policy) throws(PolicyValueError) {
    write(try parse(text), &policy)
  }

  /// Sets the key to a value its kind has made.
  public func set(_ value: PolicyValue, in policy: inout Policy) { write(value, &policy) }

  /// Reads a value as an operator types it.
  /// - Throws: `PolicyValueError` with what is wrong and what is allowed.
  public func parse(_ text: String) throws(PolicyValueError) -> PolicyValue { try kind.parse(text, key: path) }

  /// Keys, and whole branches of keys, whose features are not built yet.
  public static let notInForce = [
    "thresholds.cleanup", "notifications", "maintenance.schedule",
    "maintenance.time_zone", "maintenance.cleanup", "maintenance.updates", "maintenance.restart",
    "maintenance.update_scope", "maintenance.preventive", "debug_logging", "retention", "metrics",
  ]
}

// MARK: The table

extension PolicyKey {
  /// Every key, in the order of the file.
  public static let all: [PolicyKey] =
    monitoringKeys + thresholdKeys + healingKeys + notificationKeys + hookKeys + maintenanceKeys + accessKeys
    + fleetKeys

  private static let indices: [String: Int] = Dictionary(
    uniqueKeysWithValues: all.enumerated().map { ($1.path, $0) })
  private static let flags: [String: PolicyKey] = Dictionary(
    uniqueKeysWithValues: all.compactMap { key in key.flag.map { ($0, key) } })

  /// The key of a dotted path.
  public static func named(_ path: String) -> PolicyKey? { indices[path].map { all[$0] } }

  /// The key of a long flag without its dashes.
  public static func flagged(_ flag: String) -> PolicyKey? { flags[flag] }

  /// Where a path stands in the table; a branch stands where its first key does.
  public static func index(of path: String) -> Int? {
    indices[path] ?? all.firstIndex { $0.path.hasPrefix(path + ".") }
  }

  /// Whether a dotted path is a branch: other keys hang below it.
  public static func isBranch(_ path: String) -> Bool { all.contains { $0.path.hasPrefix(path + ".") } }

  /// The names that can stand directly below a branch (`""`: at the top), in the order of the table.
  public static func children(of branch: String) -> [String] {
    let prefix = branch.isEmpty ? "" : branch + "."
    var names: [String] = []
    for key in all where key.path.hasPrefix(prefix) {
      let name = key.path.dropFirst(prefix.count).split(separator: ".").first.map(String.init) ?? ""
      if !names.contains(name) { names.append(name) }
    }
    return names
  }

  /// The path an operator most likely meant by one that does not exist.
  public static func nearest(to path: String) -> String? {
    if let whole = NearestName.nearest(to: path, in: all.map(\.path)) { return whole }
    // A right name in a wrong place: `disk_warning` for `thresholds.disk_warning`.
    let name = path.split(separator: ".").last.map(String.init) ?? path
    return all.first { $0.name == name }?.path
      ?? NearestName.nearest(to: name, in: all.map(\.name)).flatMap { near in all.first { $0.name == near }?.path }
  }

  /// The one flag without a key of its own, and the keys it sets.
  public static let resourceCheckFlag = (
    flag: "resource-check",
    keys: ["health_monitoring.checks.disk", "health_monitoring.checks.memory", "health_monitoring.checks.cpu"],
    summary: "Check disk, memory and CPU"
  )
}

/// A top part of a policy file, and of the form.
public enum PolicySection: String, Hashable, Sendable, CaseIterable {
  case monitoring = "health_monitoring"
  case thresholds
  case healing = "self_healing"
  case notifications, hooks, maintenance, access
  case debugLogging = "debug_logging"
  /// `watch`, `monitor`, `budgets`, `retention`, `metrics`: defaults.yaml only.
  case fleet

  init(path: String) {
    self = path.split(separator: ".").first.flatMap { PolicySection(rawValue: String($0)) } ?? .fleet
  }

  public var title: String {
    switch self {
    case .monitoring: "Health monitoring"
    case .thresholds: "Thresholds"
    case .healing: "Self-healing"
    case .notifications: "Notifications"
    case .hooks: "Hooks"
    case .maintenance: "Maintenance"
    case .access: "Access"
    case .debugLogging: "Debug logging"
    case .fleet: "Fleet"
    }
  }

  /// Its keys, in the order of the table.
  public var keys: [PolicyKey] { PolicyKey.all.filter { $0.section == self } }
}
