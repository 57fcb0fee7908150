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
  /// `access.address` is `public`, `private`, or an address that is dialled whatever the inventory says. Without it a
  /// machine that has no public address is reached by its private one where a proxy or a jump host stands between.
  package init?(_ machine: VirtualMachine, _ request: ProbeRequest) {
    let way = request.proxy.map { GuestWay($0, to: machine) }
    let (listed, inside) = (machine.address, machine.privateAddress)
    // azlin's own name for the administrator of a machine that it made.
    let usualUser = machine.provider == .azure ? "azureuser" : nil
    var literal: String?
    var address: GuestAddress?
    switch request.address {
    case "private": address = inside
    case "public": address = listed == inside ? nil : listed
    case let said?:
      literal = said
      address = listed ?? inside.map { GuestAddress(host: said, user: $0.user) } ?? GuestAddress(host: said)
    case nil:
      switch way {
      case .socks, .jump: address = listed ?? inside
      // A bastion finds a machine by its id.
      case .bastion: address = listed ?? GuestAddress(host: machine.name, user: inside?.user ?? usualUser)
      case .direct, .unusable, nil: address = listed
      }
    }
    guard let address else { return nil }
    self.init(
      host: address.host, dial: literal == address.host ? nil : literal, port: request.port ?? address.port,
      user: request.user ?? address.user, identity: request.identity ?? address.identity, way: way)
  }

  /// `user@host:port` with what is known, for messages.
  package var title: String {
    let name = dial ?? host
    let place = name.contains(":") ? "[\(name)]" : name
    return (user.map { $0 + "@" } ?? "") + place + (port.map { ":\($0)" } ?? "")
  }
}
