import FleetModel

/// What Azure keeps of one machine beside what its guest is.
struct MachineRecord: Sendable {
  /// An extension that was put on the machine.
  struct Extension: Sendable {
    var name: String
    /// The body of its last PUT, protected settings left out.
    var properties: JSON
    var operation: String
    var message: String
  }
  /// A script that was put on the machine as a resource.
  struct Command: Sendable {
    var name: String
    var properties: JSON
    var operation: String
    var view: JSON
    /// When the resource goes; nil: it stays.
    var deletedAt: Instant?
  }
  /// By folded name.
  var extensions: [String: Extension] = [:]
  var commands: [String: Command] = [:]
  /// Counts the changes of its model.
  var generation = 2
}
