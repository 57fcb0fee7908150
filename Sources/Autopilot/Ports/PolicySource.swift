import FleetModel

/// Where policies come from and edits go to.
package protocol PolicySource: Sendable {
  /// The policy in force for each machine. A file that cannot be read leaves the last good policy in force and says
  /// so in `problems`.
  func policies(for machines: [VirtualMachine]) async -> [MachineID: EffectivePolicy]

  /// Changes whenever a policy file does: cheap enough to ask every second.
  func changeStamp() async -> UInt64

  /// Writes edits to one machine's own file; comments and order are kept.
  /// - Returns: what was written, a sentence.
  /// - Throws: `CommandRefusal`, naming file, line, column and remedy; nothing is written then.
  func apply(_ edits: [PolicyEdit], to machine: VirtualMachine) async throws -> String
}
