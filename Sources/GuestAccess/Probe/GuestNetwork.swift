import FleetModel

/// Everything of this process that reaches guests over the network; make one a process, its threads never end.
package final class GuestNetwork: Sendable {
  package let loops: NetworkLoops
  package let resolver: Resolver
  package let pinger: EchoPinger
  package let ssh: SSHAccess

  /// Starts the network threads.
  /// - Throws: `MonitorFailure` where this machine gives no thread or file handle.
  package convenience init(
    settings: SSHSettings = SSHSettings(), tunnels: (any GuestTunnels)? = nil
  ) throws(MonitorFailure) {
    self.init(settings: settings, loops: try NetworkLoops(), tunnels: tunnels)
  }

  /// Works on threads that run already.
  /// - Parameter tunnels: for machines whose `access.proxy` is `bastion`.
  package init(settings: SSHSettings, loops: NetworkLoops, tunnels: (any GuestTunnels)? = nil) {
    self.loops = loops
    resolver = Resolver(loop: loops.network)
    pinger = EchoPinger(loop: loops.network)
    ssh = SSHAccess(settings: settings, loops: loops, resolver: resolver, tunnels: tunnels)
  }

  /// What is wrong with this machine's means, with what to do.
  package func notices() async -> [String] {
    var notices: [String] = []
    if case .unusable(let failure) = ssh.settings.guestWay {
      notices.append("No guest is reached: \(failure.explanation)")
    }
    if case .none(let why) = await pinger.means(.v4) {
      notices.append(
        "ICMP is off here (\(why)): reachability is judged by TCP alone. To allow pings: sudo sysctl -w "
          + "net.ipv4.ping_group_range=\"0 2147483647\"")
    }
    if ssh.configurations.programMissing {
      notices.append(
        "The program \(ssh.settings.program) is not installed: ~/.ssh/config is not read and jump hosts do not work. "
          + "Install openssh-client.")
    }
    return notices
  }

  /// The way that all guests are reached by where their policies name none, as the environment says; nil: directly.
  package var generalWay: String? {
    guard case .socks(let proxy) = ssh.settings.guestWay else { return nil }
    return "guests are reached through \(proxy) (AZLIN_GUEST_PROXY)"
  }

  /// Closes idle sessions and waits until their goodbyes are sent; probes that still run keep theirs.
  package func close() async {
    ssh.close()
    for loop in [loops.network, loops.agent] {
      let promise = Promise<Void>()
      // Jobs run in their order: when this one runs, the sessions dropped before it are gone.
      Task { await Barrier(loop: loop).pass(promise) }
      _ = await promise.value(until: .now + .seconds(1), on: loops.network)
    }
  }

  private actor Barrier {
    nonisolated let loop: EpollExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    init(loop: EpollExecutor) { self.loop = loop }
    func pass(_ promise: Promise<Void>) { promise.fulfil(()) }
  }
}
