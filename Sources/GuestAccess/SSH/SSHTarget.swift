import Autopilot
import FleetModel

/// How one guest is to be reached by SSH: the operator's own words, before `ssh -G` has filled in the rest.
package struct SSHTarget: Hashable, Sendable {
  /// A host name, an address, or a `Host` of the operator's `~/.ssh/config`.
  package var host: String
  /// Dialled instead of what `ssh -G` says of `host`; nil: what it says.
  package var dial: String?
  /// 1–65535; nil: what `ssh -G` says.
  package var port: Int?
  /// nil: what `ssh -G` says.
  package var user: String?
  /// Path of a private key, tried before all others; nil: agent and default keys.
  package var identity: String?
  /// nil: as this process's environment says (`AZLIN_GUEST_PROXY`).
  package var way: GuestWay?

  package init(
    host: String, dial: String? = nil, port: Int? = nil, user: String? = nil, identity: String? = nil,
    way: GuestWay? = nil
  ) {
    self.host = host
    self.dial = dial
    self.port = port
    self.user = user
    self.identity = identity
    self.way = way
  }

  /// The way to a machine with the policy's words over the inventory's; nil: it has no direct path.
  ///
  /// `public` and `private` are for the provider that knows both addresses; here only a literal one counts.
  package init?(_ machine: VirtualMachine, _ request: ProbeRequest) {
    let literal = request.address.flatMap { ["public", "private"].contains($0) ? nil : $0 }
    let way = request.proxy.map { GuestWay($0, to: machine) }
    // A bastion finds a machine by its id.
    let name: String? = if case .bastion = way { machine.name } else { nil }
    guard let host = machine.address?.host ?? literal ?? name else { return nil }
    self.init(
      host: host, dial: literal == host ? nil : literal, port: request.port ?? machine.address?.port,
      user: request.user ?? machine.address?.user ?? name.flatMap { _ in Self.usualUser(machine) },
      identity: request.identity ?? machine.address?.identity,
      way: way)
  }

  /// azlin's own name for the administrator of a machine that it made, where the inventory tells none.
  private static func usualUser(_ machine: VirtualMachine) -> String? {
    machine.provider == .azure && machine.address == nil ? "azureuser" : nil
  }

  /// `user@host:port` with what is known, for messages.
  package var title: String {
    let name = dial ?? host
    let place = name.contains(":") ? "[\(name)]" : name
    return (user.map { $0 + "@" } ?? "") + place + (port.map { ":\($0)" } ?? "")
  }
}
