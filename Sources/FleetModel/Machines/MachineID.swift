/// What a VM is known by inside azlin: the lower-cased Azure resource id, or `hosts/<group>/<name>` for a machine
/// that comes from an inventory.
public struct MachineID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
  public let rawValue: String

  /// Creates an id; ids compare without regard to case, as Azure's do.
  public init(_ rawValue: String) { self.rawValue = rawValue.lowercased() }

  public init(from decoder: any Decoder) throws {
    self.init(try decoder.singleValueContainer().decode(String.self))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(rawValue)
  }

  public var description: String { rawValue }
  public static func < (a: MachineID, b: MachineID) -> Bool { a.rawValue < b.rawValue }
}
