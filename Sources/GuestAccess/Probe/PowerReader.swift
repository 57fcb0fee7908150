import FleetModel

/// Reads a machine's power state from its control plane, for the probe that asks all at once.
package protocol PowerReader: Sendable {
  /// The power state now; never throws, because a reading says itself why there is none.
  func power(of machine: VirtualMachine) async -> Reading<PowerState>
}
