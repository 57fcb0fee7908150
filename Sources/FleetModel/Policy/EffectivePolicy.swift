/// The policy in force for one VM, and the layer each key's value comes from (semantics 1.1).
public struct EffectivePolicy: Hashable, Sendable {
  public var policy: Policy
  /// By dotted key; a key that is absent has its built-in default.
  public var origins: [String: PolicyLayer]
  /// What is wrong with the machine's files, in sentences with file, line and column; the last good policy stays
  /// in force meanwhile.
  public var problems: [String]

  public init(policy: Policy = Policy(), origins: [String: PolicyLayer] = [:], problems: [String] = []) {
    self.policy = policy
    self.origins = origins
    self.problems = problems
  }

  /// The layer of one key.
  public func origin(of key: String) -> PolicyLayer { origins[key] ?? .builtIn }
}

/// Where a value comes from, weakest first.
public enum PolicyLayer: String, Hashable, Sendable, Codable, Comparable, CaseIterable {
  case builtIn = "built-in default"
  case level = "level"
  case fleet = "defaults.yaml"
  case machine = "VM's file"

  public static func < (a: PolicyLayer, b: PolicyLayer) -> Bool {
    allCases.firstIndex(of: a)! < allCases.firstIndex(of: b)!  // allCases holds every case
  }
}
