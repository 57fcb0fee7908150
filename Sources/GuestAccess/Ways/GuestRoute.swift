import FleetModel

/// How connections to one guest's SSH port are opened, after everything was looked up that is looked up here.
package struct GuestRoute: Hashable, Sendable {
  package enum Passage: Hashable, Sendable {
    case direct
    case socks(SOCKSProxy, to: SOCKS5.Destination)
    case tunnel(GuestTunnel)
  }

  /// What is dialled from here, in this order: the guest, its proxy, or the near end of its tunnel.
  package var addresses: [SocketAddress]
  package var passage: Passage
  /// The way as an operator reads it, the same at every probe: witnesses are remembered by it (semantics 2.2).
  package var path: String

  package init(addresses: [SocketAddress], passage: Passage = .direct, path: String) {
    self.addresses = addresses
    self.passage = passage
    self.path = path
  }

  /// Straight to the addresses of a host.
  package static func direct(_ addresses: [SocketAddress], of configuration: SSHConfiguration) -> GuestRoute {
    // Name servers rotate the addresses of one name: the path a witness answered on must not rotate with them.
    GuestRoute(
      addresses: addresses, path: addresses.count == 1 ? addresses[0].description : configuration.place)
  }

  /// Why the guest cannot be pinged this way; nil: it can.
  package var hidesEcho: String? {
    switch passage {
    case .direct: nil
    case .socks(let proxy, _): "through \(proxy)"
    case .tunnel(let tunnel): "through bastion \(tunnel.name)"
    }
  }

  /// The same way by one of its addresses.
  func narrowed(to address: SocketAddress) -> GuestRoute {
    var route = self
    route.addresses = [address]
    return route
  }
}

extension SSHAccess {
  /// How a host is reached, its way included.
  package func configuration(
    of target: SSHTarget, until deadline: ContinuousClock.Instant
  ) async -> SSHConfigurationReader.Answer {
    let way = settings.way(of: target)
    if case .unusable(let failure) = way { return .failure(failure) }
    return await configurations.configuration(of: target, until: deadline).map { configuration in
      var configuration = configuration
      configuration.way = way
      return configuration
    }
  }

  /// The way to a host that is not behind another in ssh_config.
  package func route(
    of configuration: SSHConfiguration, until deadline: ContinuousClock.Instant
  ) async -> Result<GuestRoute, MonitorFailure> {
    switch configuration.way {
    case .direct, .jump:
      return await addresses(of: configuration, until: deadline).map { .direct($0, of: configuration) }
    case .socks(let proxy):
      let destination = SOCKS5.Destination(host: configuration.hostName, port: UInt16(clamping: configuration.port))
      return await resolver.addresses(of: proxy.host, port: proxy.port, families: .any, until: deadline)
        .map { addresses in
          GuestRoute(
            addresses: addresses, passage: .socks(proxy, to: destination),
            path: configuration.place + configuration.way.suffix)
        }
        .mapError { MonitorFailure("the proxy \(proxy): \($0.explanation)") }
    case .bastion(let machine):
      guard let tunnels else {
        return .failure(
          MonitorFailure("access.proxy: bastion is for Azure's virtual machines; \(machine.name) is none of them"))
      }
      return await tunnels.tunnel(to: machine, port: configuration.port, until: deadline).map { tunnel in
        GuestRoute(
          addresses: [tunnel.address], passage: .tunnel(tunnel),
          path: configuration.place + configuration.way.suffix + " \(tunnel.name)")
      }
    case .unusable(let failure):
      return .failure(failure)
    }
  }

  /// Opens a connection by a route.
  /// - Returns: the address that was dialled from here, what came of it, and how far its success can be believed.
  func dial(
    _ route: GuestRoute, until deadline: ContinuousClock.Instant
  ) async -> (SocketAddress?, TCPDialer.Outcome, RouteProof) {
    switch route.passage {
    case .direct:
      let (address, outcome) = await dialer.dial(route.addresses, until: deadline)
      return (address, outcome, .handshake)
    case .socks(let proxy, let destination):
      let answer = await SOCKSDialer(proxy, loop: loops.network)
        .dial(destination, by: route.addresses, until: deadline)
      return (answer.address, answer.outcome, answer.isVouched ? .handshake : .unlessClosed(proxy))
    case .tunnel(let tunnel):
      let (address, outcome) = await dialer.dial(route.addresses, until: deadline)
      if case .connected = outcome { return (address, outcome, .onlyBytes(tunnel)) }
      let why =
        switch outcome {
        case .monitor(let failure): failure.explanation
        default: "its end on this machine does not answer"
        }
      return (address, .monitor(MonitorFailure("the tunnel through bastion \(tunnel.name): \(why)")), .handshake)
    }
  }
}

/// What an open connection says about the guest.
enum RouteProof: Hashable, Sendable {
  /// The guest's own SYN-ACK, or somebody's word for it.
  case handshake
  /// A proxy's yes that may have come before it dialled: closed without a byte, it says nothing.
  case unlessClosed(SOCKSProxy)
  /// A tunnel accepts whatever is at its other end: without a byte it says nothing.
  case onlyBytes(GuestTunnel)

  /// Why a connection that was opened, and on which nothing was heard, is no witness; nil: it is one all the same.
  func objection(isClosed: Bool) -> MonitorFailure? {
    switch self {
    case .handshake: nil
    case .unlessClosed(let proxy):
      isClosed
        ? MonitorFailure(
          "the proxy \(proxy) accepted and closed at once; it may say yes before it has dialled, so that a guest "
            + "that refuses cannot be told from one that is silent (ssh -D does so: jump:HOST can tell)")
        : nil
    case .onlyBytes(let tunnel):
      MonitorFailure(
        "nothing came through bastion \(tunnel.name): the guest refuses or is silent, or the bastion fails")
    }
  }
}
