/// A machine under watch: what an inventory knows of it, without any state.
public struct VirtualMachine: Hashable, Sendable, Codable, Identifiable {
  public let id: MachineID
  /// Tells a machine re-created under the same name apart (Azure: `vmId`); empty where the provider has no such word.
  public var incarnation: String
  public var name: String
  /// The resource group, or the inventory's `group`; plays the same part in names (`group/name`).
  public var group: String
  /// The Azure region; empty for hosts.
  public var region: String
  /// The Azure VM size; empty where unknown.
  public var size: String
  public var provider: ProviderKind
  public var system: OperatingSystem
  /// Where the guest is reached; nil: no direct path.
  public var address: GuestAddress?
  /// Where it is inside its own network, which a proxy, a jump host or a monitor beside it reaches; nil: not known.
  public var privateAddress: GuestAddress?
  /// Machines of one subnet fail together (semantics 6.3).
  public var subnet: String?
  public var tags: [String: String]
  /// What its inventory knows of how it may be handled; nil: nothing in particular.
  public var traits: MachineTraits?
  /// What the control plane of this machine can do.
  public var abilities: ControlAbilities

  public init(
    id: MachineID, incarnation: String = "", name: String, group: String = "", region: String = "",
    size: String = "", provider: ProviderKind, system: OperatingSystem = .linux, address: GuestAddress? = nil,
    privateAddress: GuestAddress? = nil, subnet: String? = nil, tags: [String: String] = [:],
    abilities: ControlAbilities = []
  ) {
    self.id = id
    self.incarnation = incarnation
    self.name = name
    self.group = group
    self.region = region
    self.size = size
    self.provider = provider
    self.system = system
    self.address = address
    self.privateAddress = privateAddress
    self.subnet = subnet
    self.tags = tags
    self.abilities = abilities
  }

  /// All that keeps power remedies off this machine (semantics 6.7).
  public var shields: Set<Shield> {
    let isTagged = tags.contains { $0.key.lowercased() == "azlin:heal" && $0.value.lowercased() == "off" }
    let known = traits?.shields ?? []
    return isTagged ? known.union([.tagged]) : known
  }

  /// `group/name`, or the name alone where there is no group.
  public var qualifiedName: String { group.isEmpty ? name : "\(group)/\(name)" }
}

/// Where machines come from.
public enum ProviderKind: String, Hashable, Sendable, Codable, CaseIterable {
  case azure, hosts, local, simulated

  /// As an operator reads it.
  public var title: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }
}

/// The family of a guest's operating system: decides which checks apply (semantics 2.5).
public enum OperatingSystem: String, Hashable, Sendable, Codable {
  case linux, windows, unknown
}

/// How a guest is dialled.
public struct GuestAddress: Hashable, Sendable, Codable {
  /// A host name, an address, or a `Host` of the operator's `~/.ssh/config`.
  public var host: String
  /// 1–65535; nil: what `ssh -G` says.
  public var port: Int?
  /// nil: what `ssh -G` says.
  public var user: String?
  /// Path of a private key; nil: agent and default keys.
  public var identity: String?

  public init(host: String, port: Int? = nil, user: String? = nil, identity: String? = nil) {
    self.host = host
    self.port = port
    self.user = user
    self.identity = identity
  }
}

/// What can be done to a machine from outside its guest.
public struct ControlAbilities: OptionSet, Hashable, Sendable, Codable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// The power state can be read.
  public static let power = ControlAbilities(rawValue: 1)
  public static let start = ControlAbilities(rawValue: 2)
  public static let stop = ControlAbilities(rawValue: 4)
  public static let restart = ControlAbilities(rawValue: 8)
  /// A script can be run in the guest by a way that is not SSH.
  public static let run = ControlAbilities(rawValue: 16)
  public static let redeploy = ControlAbilities(rawValue: 32)
  public static let reapply = ControlAbilities(rawValue: 64)
}

/// The power state of a machine as its control plane tells it (semantics 2.1); Azure's words.
public enum PowerState: String, Hashable, Sendable, Codable, CaseIterable {
  case running, starting, stopping, stopped, deallocating, deallocated, unknown

  /// Whether nothing of the guest can run.
  public var isOff: Bool { self == .stopped || self == .deallocated }

  /// One word, capitalised, as Azure shows it (`Running`).
  public var title: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }
}
