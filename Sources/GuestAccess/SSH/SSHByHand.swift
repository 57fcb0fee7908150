import FleetModel

extension SSHAccess {
  /// Runs a script by the system's `ssh`, over the way that was asked for.
  func runByHand(
    _ script: String, on target: SSHTarget, _ configuration: SSHConfiguration,
    until deadline: ContinuousClock.Instant
  ) async -> ShellResult {
    var target = target
    switch configuration.way {
    case .direct, .jump, .unusable: break
    case .socks(let proxy):
      let why = configuration.needsSystemSSH ?? "speaks SSH as only the system's ssh can"
      return .failure(
        .monitor(
          "\(configuration.hostName) \(why), which does not go through \(proxy): use jump:HOST, or a ProxyCommand in "
            + "ssh_config with access.proxy: none"))
    case .bastion:
      switch await route(of: configuration, until: deadline) {
      case .success(let route):
        guard let end = route.addresses.first else { return .failure(.monitor("the tunnel has no end here")) }
        target.dial = end.host
        target.port = Int(end.port)
      case .failure(let failure): return .failure(.monitor(failure.explanation))
      }
    }
    return await system.run(script: script, on: target, configuration, until: deadline)
  }
}
