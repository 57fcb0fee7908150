import FleetModel

/// Dials through a SOCKS5 proxy and tells what the guest, the path behind the proxy, and the proxy itself said apart.
package struct SOCKSDialer: Sendable {
  /// What a dialling ended with.
  package struct Answer: Sendable {
    /// The proxy's address that was connected to.
    package var address: SocketAddress?
    package var outcome: TCPDialer.Outcome
    /// The proxy named the address it dials from, so that it has really dialled: some (`ssh -D`) say yes before.
    package var isVouched = false
  }

  private let proxy: SOCKSProxy
  private let dialer: TCPDialer
  private let loop: EpollExecutor

  package init(_ proxy: SOCKSProxy, loop: EpollExecutor) {
    self.proxy = proxy
    self.loop = loop
    dialer = TCPDialer(loop: loop)
  }

  /// Asks the proxy at one of its addresses for a connection.
  package func dial(
    _ destination: SOCKS5.Destination, by addresses: [SocketAddress], until deadline: ContinuousClock.Instant
  ) async -> Answer {
    let (address, dialled) = await dialer.dial(addresses, until: deadline)
    switch dialled {
    case .connected(let descriptor, _):
      var answer = await withTaskExecutorPreference(loop) { await ask(destination, over: descriptor, until: deadline) }
      answer.address = address
      return answer
    case .refused: return failure("refuses connections: is it running?", at: address)
    case .silent: return failure("does not answer", at: address)
    case .unreachable(let why): return failure("cannot be reached (\(why))", at: address)
    case .monitor(let failure):
      return Answer(
        address: address, outcome: .monitor(MonitorFailure("the proxy \(proxy): \(failure.explanation)")))
    }
  }

  private func failure(_ words: String, at address: SocketAddress? = nil) -> Answer {
    Answer(
      address: address,
      outcome: .monitor(
        MonitorFailure("the proxy \(proxy) \(words); start or mend it, or change access.proxy (AZLIN_GUEST_PROXY)")))
  }

  /// Past this, silence is no longer the proxy's own but the guest's.
  private enum Step { case method, connection, address }

  private func ask(
    _ destination: SOCKS5.Destination, over descriptor: Descriptor, until deadline: ContinuousClock.Instant
  ) async -> Answer {
    guard let request = SOCKS5.request(to: destination) else {
      return Answer(outcome: .monitor(MonitorFailure("the host name is too long to be given to \(proxy)")))
    }
    let stream = SocketStream(descriptor.value, on: loop)
    var step = Step.method
    do {
      try await stream.write(SOCKS5.greeting, until: deadline)
      let choice = try await stream.read(2, until: deadline)
      guard choice[0] == SOCKS5.version else { return failure("is no SOCKS5 proxy (it began with byte \(choice[0]))") }
      guard choice[1] == SOCKS5.noLogin else { return failure("wants a login, which azlin has not") }
      try await stream.write(request, until: deadline)
      step = .connection
      let start = ContinuousClock.now
      let head = try await stream.read(4, until: deadline)
      let latency = start.duration(to: .now)
      guard head[0] == SOCKS5.version else { return failure("is no SOCKS5 proxy (it answered with byte \(head[0]))") }
      guard let reply = SOCKS5.Reply(rawValue: head[1]) else { return failure("gave the unknown answer \(head[1])") }
      switch reply {
      case .succeeded: break
      case .connectionRefused: return Answer(outcome: .refused(latency: latency))
      case .networkUnreachable, .hostUnreachable:
        return Answer(outcome: .unreachable("\(reply.words), says \(proxy)"))
      case .timeToLiveExpired: return Answer(outcome: .silent)
      case .generalFailure, .notAllowed, .commandNotSupported, .addressTypeNotSupported:
        return failure("opened no way to \(destination.host): \(reply.words)")
      }
      step = .address
      guard let type = SOCKS5.AddressType(rawValue: head[3]) else {
        return failure("gave an address of the unknown type \(head[3])")
      }
      let bound = try await SOCKS5.readEndpoint(type, from: stream, until: deadline)
      return Answer(outcome: .connected(descriptor, latency: latency), isVouched: Self.names(bound))
    } catch {
      return interrupted(error, at: step)
    }
  }

  private func interrupted(_ interruption: SocketStream.Interruption, at step: Step) -> Answer {
    if let own = interruption.monitorFailure(while: "asking the proxy \(proxy)") {
      return Answer(outcome: .monitor(own))
    }
    return switch (interruption, step) {
    case (.timedOut, .connection): Answer(outcome: .silent)
    case (.timedOut, .method): failure("accepts connections, but does not answer")
    case (.timedOut, .address): failure("stopped in the middle of its answer")
    default: failure("closed the connection without an answer")
    }
  }

  /// Whether a proxy names an address of its own, and not none (`0.0.0.0:0`).
  private static func names(_ bound: SOCKS5.Destination?) -> Bool {
    switch bound {
    case .address(let address): address.port != 0 || address.bytes.contains { $0 != 0 }
    case .name: true
    case nil: false
    }
  }
}
