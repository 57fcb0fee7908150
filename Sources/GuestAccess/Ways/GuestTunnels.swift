import FleetModel

/// Opens tunnels to machines that no address of theirs can be dialled at: Azure's bastions.
package protocol GuestTunnels: Sendable {
  /// A tunnel to a port of a machine, opened if there is none, and kept while it is asked for again and again.
  ///
  /// Opening goes on where the deadline passes first, for the next to find.
  /// - Returns: a failure is always the monitor's or the bastion's, never the machine's.
  func tunnel(
    to machine: VirtualMachine, port: Int, until deadline: ContinuousClock.Instant
  ) async -> Result<GuestTunnel, MonitorFailure>
}

/// This end of a tunnel.
package struct GuestTunnel: Hashable, Sendable {
  /// Of 127.0.0.1.
  package var localPort: UInt16
  /// Of the bastion it goes through, for the eyes of an operator.
  package var name: String

  package init(localPort: UInt16, name: String) {
    self.localPort = localPort
    self.name = name
  }

  package var address: SocketAddress { SocketAddress(family: .v4, bytes: [127, 0, 0, 1], port: localPort) }
}
