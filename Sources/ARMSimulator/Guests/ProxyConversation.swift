import FleetModel
import Glibc
import GuestAccess

/// One client of the proxy, from its greeting to the end of what it was connected to.
struct ProxyConversation: Sendable {
  let descriptor: Descriptor
  /// The proxy's own address, given as the one that it dials from.
  let bound: SocketAddress
  let directory: GuestDirectory
  let loops: GuestLoops

  /// A client that does not say what it wants is left by then.
  private static let patience = Duration.seconds(30)
  /// Linux gives a connection up after 127 s (tcp_syn_retries 6).
  private static let dialing = Duration.seconds(127)

  private var loop: EpollExecutor { loops.proxy }

  func run() async {
    defer { descriptor.close() }
    let stream = SocketStream(descriptor.value, on: loop)
    do {
      let deadline = ContinuousClock.now + Self.patience
      guard let destination = try await readRequest(stream, until: deadline) else { return }
      try await connect(to: destination, stream)
    } catch {
      // The client has gone, or was too slow: there is nobody to tell.
    }
  }

  /// Reads greeting and request; what is not understood is answered as RFC 1928 wants it.
  /// - Returns: nil: it has its answer.
  private func readRequest(
    _ stream: SocketStream, until deadline: ContinuousClock.Instant
  ) async throws(SocketStream.Interruption) -> SOCKS5.Destination? {
    let head = try await stream.read(2, until: deadline)
    guard head[0] == SOCKS5.version else { return nil }
    let methods = head[1] == 0 ? [] : try await stream.read(Int(head[1]), until: deadline)
    guard methods.contains(SOCKS5.noLogin) else {
      try await stream.write([SOCKS5.version, SOCKS5.noMethod], until: deadline)
      return nil
    }
    try await stream.write([SOCKS5.version, SOCKS5.noLogin], until: deadline)
    let request = try await stream.read(4, until: deadline)
    guard request[0] == SOCKS5.version else { return nil }
    guard let type = SOCKS5.AddressType(rawValue: request[3]) else {
      try await stream.write(SOCKS5.reply(.addressTypeNotSupported), until: deadline)
      return nil
    }
    guard let destination = try await SOCKS5.readEndpoint(type, from: stream, until: deadline) else {
      try await stream.write(SOCKS5.reply(.generalFailure), until: deadline)
      return nil
    }
    guard request[1] == SOCKS5.connect else {
      try await stream.write(SOCKS5.reply(.commandNotSupported), until: deadline)
      return nil
    }
    return destination
  }

  private func connect(
    to destination: SOCKS5.Destination, _ stream: SocketStream
  ) async throws(SocketStream.Interruption) {
    guard let guest = directory.guest(at: destination) else {
      try await answer(.hostUnreachable, stream)
      return
    }
    let giveUp = ContinuousClock.now + Self.dialing
    // As SYNs are sent: now, after 1 s, after 2 more, and so on.
    var pause = Duration.seconds(1)
    var contact = guest.contact()
    while contact.door == .dark {
      guard ContinuousClock.now < giveUp else {
        try await answer(.timeToLiveExpired, stream)
        return
      }
      if await isLeft(within: pause) { return }
      pause = min(pause * 2, .seconds(8))
      contact = guest.contact()
    }
    let latency = guest.time.real(contact.latency)
    if latency > .microseconds(100), await isLeft(within: latency) { return }
    guard contact.door != .closed, destination.port == guest.port else {
      try await answer(.connectionRefused, stream)
      return
    }
    try await answer(.succeeded, stream)
    while contact.door != .open {
      // Accepted, and nobody speaks: for as long as the client has patience.
      if await isLeft(within: .seconds(1)) { return }
      contact = guest.contact()
    }
    await serve(guest, contact)
  }

  private func answer(_ reply: SOCKS5.Reply, _ stream: SocketStream) async throws(SocketStream.Interruption) {
    let bytes = reply == .succeeded ? SOCKS5.reply(reply, bound: bound) : SOCKS5.reply(reply)
    try await stream.write(bytes, until: .now + Self.patience)
  }

  /// Waits a while.
  /// - Returns: whether the client has gone, or must go.
  private func isLeft(within time: Duration) async -> Bool {
    switch await loop.wait(for: descriptor.value, .closing, until: .now + time) {
    case .timedOut, .late: false
    case .ready, .cancelled, .failed: true
    }
  }

  /// From here on the connection is the SSH server's.
  private func serve(_ guest: ServedGuest, _ contact: GuestContact) async {
    do {
      let server = try GuestSSHServer(
        taking: descriptor, guest: guest, contact: contact, loop: loops.server(for: descriptor.value))
      await server.serve()
    } catch {
      // libssh is out of memory, or the client has gone: the connection is closed.
    }
  }
}
