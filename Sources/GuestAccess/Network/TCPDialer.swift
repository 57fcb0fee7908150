import CLinux
import FleetModel
import Glibc

/// Opens TCP connections without blocking and tells what the peer, the path and this machine said apart.
package struct TCPDialer: Sendable {
  /// What a handshake ended with.
  package enum Outcome: Sendable {
    /// SYN-ACK; the connection is open.
    case connected(Descriptor, latency: Duration)
    /// RST, or the host itself sent a port-unreachable.
    case refused(latency: Duration)
    case silent
    /// The path said so: a router, a firewall on the way, or no neighbour answers on the local link.
    case unreachable(String)
    case monitor(MonitorFailure)
  }

  private let loop: EpollExecutor

  package init(loop: EpollExecutor) { self.loop = loop }

  /// Dials the addresses in their order until one is connected; the time is shared between those that are left.
  /// - Returns: the best of the outcomes, and the address it belongs to.
  package func dial(
    _ addresses: [SocketAddress], until deadline: ContinuousClock.Instant
  ) async -> (SocketAddress?, Outcome) {
    await withTaskExecutorPreference(loop) { await dialInTurn(addresses, until: deadline) }
  }

  private func dialInTurn(
    _ addresses: [SocketAddress], until deadline: ContinuousClock.Instant
  ) async -> (SocketAddress?, Outcome) {
    var best: (SocketAddress?, Outcome) = (nil, .monitor(MonitorFailure("no address to dial")))
    for (index, address) in addresses.enumerated() {
      let left = ContinuousClock.now.duration(to: deadline)
      let share = index == addresses.count - 1 ? left : left / (addresses.count - index)
      let outcome = await dial(address, until: ContinuousClock.now + max(share, .zero))
      if best.0 == nil || outcome.rank < best.1.rank { best = (address, outcome) }
      if case .connected = outcome { break }
      if Task.isCancelled { break }
    }
    return best
  }

  /// Dials one address.
  package func dial(_ address: SocketAddress, until deadline: ContinuousClock.Instant) async -> Outcome {
    // On the network thread, so that a latency is the network's.
    await withTaskExecutorPreference(loop) { await dialNow(address, until: deadline) }
  }

  private func dialNow(_ address: SocketAddress, until deadline: ContinuousClock.Instant) async -> Outcome {
    let doing = "connecting to \(address)"
    let number = clinux_tcp_socket(address.family.number)
    guard number >= 0 else { return .monitor(MonitorFailure(errno, while: doing)) }
    let descriptor = Descriptor(number)
    let start = ContinuousClock.now
    let result = address.withSockaddr { connect(number, $0, $1) }
    if result != 0, errno != EINPROGRESS {
      let code = errno
      // Loopback refuses at once; every other error this early comes from this machine's own tables.
      return code == ECONNREFUSED
        ? .refused(latency: start.duration(to: .now)) : .monitor(MonitorFailure(code, while: doing))
    }
    if result != 0 {
      switch await loop.wait(for: number, .writable, until: deadline) {
      case .ready: break
      case .timedOut: return .silent
      case .late(let lag):
        return .monitor(MonitorFailure("\(doing): azlin itself was held up for \(Int(lag.inSeconds)) s"))
      case .cancelled: return .monitor(MonitorFailure("\(doing): the probe was cancelled"))
      case .failed(let code): return .monitor(MonitorFailure(code, while: doing))
      }
    }
    let latency = start.duration(to: .now)
    let code = pendingError(number)
    guard code != 0 else { return .connected(descriptor, latency: latency) }
    return outcome(of: code, on: number, to: address, latency: latency, doing)
  }

  private func pendingError(_ number: Int32) -> Int32 {
    var code: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    return getsockopt(number, SOL_SOCKET, SO_ERROR, &code, &length) == 0 ? code : errno
  }

  /// Tells an RST from an ICMP message, and whose message it was, by the socket's error queue.
  private func outcome(
    of code: Int32, on number: Int32, to address: SocketAddress, latency: Duration, _ doing: String
  ) -> Outcome {
    var error = clinux_icmp_error()
    let queued = clinux_take_icmp_error(number, &error) == 1
    let complaint = queued ? NetworkComplaint(error, towards: address, from: ownAddress(number)) : nil
    switch complaint {
    case .local(let why): return .monitor(MonitorFailure("\(doing): \(why)"))
    case .path(let why): return .unreachable(why)
    case .host: return .refused(latency: latency)
    case nil: break
    }
    return switch code {
    case ECONNREFUSED, ECONNRESET: .refused(latency: latency)
    case ETIMEDOUT: .silent
    case EHOSTUNREACH, ENETUNREACH, EHOSTDOWN, ENETDOWN, ENONET, ENOPROTOOPT, EPROTO, EOPNOTSUPP:
      .unreachable(MonitorFailure.text(of: code).lowercased())
    default: .monitor(MonitorFailure(code, while: doing))
    }
  }

  private func ownAddress(_ number: Int32) -> SocketAddress? {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        getsockname(number, address, &length) == 0 ? SocketAddress(address, length: length) : nil
      }
    }
  }
}

extension TCPDialer.Outcome {
  /// Better outcomes of several addresses of one host are lower.
  fileprivate var rank: Int {
    switch self {
    case .connected: 0
    case .refused: 1
    case .silent: 2
    case .unreachable: 3
    case .monitor: 4
    }
  }

  /// The outcome as a witness.
  package var witness: Reading<Witness> {
    switch self {
    case .connected(_, let latency): .value(.answered(latency: latency))
    case .refused(let latency): .value(.refused(latency: latency))
    case .silent: .value(.silent)
    case .unreachable(let why): .value(.unreachable(why))
    case .monitor(let failure): .notMeasured(.monitor(failure.explanation))
    }
  }
}
