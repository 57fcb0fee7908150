/// What a cloud's control plane can be asked to do to a machine.
package enum PowerCall: String, Hashable, Sendable, Codable, CaseIterable {
  case start, restart, powerOff, deallocate, redeploy, reapply
  /// VMAccess puts sshd's configuration back and restarts sshd.
  case resetSSH
  /// A new address for the network card: the guest boots and finds its network again.
  case resetNetwork
}
