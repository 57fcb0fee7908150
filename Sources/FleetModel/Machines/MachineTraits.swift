/// Why no remedy of rank 3 or more may ever be tried on a machine (semantics 6.7).
public enum Shield: String, Hashable, Sendable, Codable, CaseIterable {
  /// Its scale set replaces it.
  case scaleSet = "it belongs to a scale set"
  /// Another service owns it (`managedBy`: AKS, Databricks, a batch pool).
  case managed = "another Azure service manages it"
  /// A ReadOnly lock lies on it, its group or its subscription.
  case locked = "a ReadOnly lock lies on it"
  /// The tag `azlin:heal` says `off`.
  case tagged = "its tag azlin:heal is off"
  /// The path of other machines leads through it.
  case jumpHost = "the path of other machines leads through it"
}

/// What an inventory knows of how a machine may be handled.
public struct MachineTraits: Hashable, Sendable, Codable {
  /// Why power remedies are never for it; its tags may say more (`VirtualMachine.shields`).
  public var shields: Set<Shield>
  /// A Spot machine: the platform may take its place away.
  public var isSpot: Bool
  /// Its system lies on a disk of the host: a redeploy would lose it.
  public var hasEphemeralDisk: Bool

  public init(shields: Set<Shield> = [], isSpot: Bool = false, hasEphemeralDisk: Bool = false) {
    self.shields = shields
    self.isSpot = isSpot
    self.hasEphemeralDisk = hasEphemeralDisk
  }
}
