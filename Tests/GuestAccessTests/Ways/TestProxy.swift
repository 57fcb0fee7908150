import Glibc

@testable import GuestAccess

/// A SOCKS5 proxy that says what its test wants, to any number of clients, and keeps what they asked.
actor TestProxy {
  /// What it does after the greeting was answered.
  enum Conduct: Sendable {
    /// These bytes are the answer to the greeting, whatever it was; then nothing.
    case greeting([UInt8])
    /// These bytes are the answer to the request; then nothing.
    case reply([UInt8])
    /// These bytes, then the end of the connection.
    case replyAndClose([UInt8])
    /// A real connection to this address, whatever was asked for; then success with this bound address.
    case forward(SocketAddress, bound: SocketAddress)
  }

  nonisolated let proxy: SOCKSProxy
  private let listener: Descriptor
  private var task: Task<Void, Never>?
  private(set) var requests: [[UInt8]] = []

  init(_ conduct: Conduct) async throws {
    let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    listener = Descriptor(number)
    let address = SocketAddress(family: .v4, bytes: [127, 0, 0, 1])
    guard address.withSockaddr({ bind(number, $0, $1) }) == 0, listen(number, 64) == 0,
      fcntl(number, F_SETFL, O_NONBLOCK) == 0
    else { throw MonitorFailure(errno, while: "making a proxy") }
    proxy = SOCKSProxy(host: "127.0.0.1", port: Self.port(of: number))
    task = Task(executorPreference: TestLoops.shared.agent) { await self.serve(conduct) }
  }

  static func port(of number: Int32) -> UInt16 {
    var storage = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(number, $0, &length) }
    }
    return UInt16(bigEndian: storage.sin_port)
  }

  func stop() { task?.cancel() }

  private func serve(_ conduct: Conduct) async {
    await withDiscardingTaskGroup { group in
      while !Task.isCancelled {
        let number = accept(listener.value, nil, nil)
        guard number >= 0 else {
          _ = await TestLoops.shared.agent.wait(for: listener.value, .readable, until: .now + .seconds(60))
          continue
        }
        _ = fcntl(number, F_SETFL, O_NONBLOCK)
        group.addTask { await self.converse(Descriptor(number), conduct) }
      }
    }
  }

  private func converse(_ descriptor: Descriptor, _ conduct: Conduct) async {
    let stream = SocketStream(descriptor.value, on: TestLoops.shared.agent)
    let deadline = ContinuousClock.now + .seconds(20)
    do {
      let greeting = try await stream.read(3, until: deadline)
      if case .greeting(let bytes) = conduct {
        try await stream.write(bytes, until: deadline)
        _ = try await stream.read(1, until: deadline)
        return
      }
      guard greeting == [5, 1, 0] else { return }
      try await stream.write([5, 0], until: deadline)
      var request = try await stream.read(5, until: deadline)
      let rest = request[3] == 3 ? Int(request[4]) + 2 : request[3] == 1 ? 5 : 17
      request += try await stream.read(rest, until: deadline)
      requests.append(request)
      switch conduct {
      case .greeting: return
      case .reply(let bytes):
        try await stream.write(bytes, until: deadline)
        _ = try await stream.read(1, until: deadline)
      case .replyAndClose(let bytes): try await stream.write(bytes, until: deadline)
      case .forward(let address, let bound):
        guard case .connected(let far, _) = await TCPDialer(loop: TestLoops.shared.agent).dial(address, until: deadline)
        else {
          try await stream.write(SOCKS5.reply(.connectionRefused), until: deadline)
          return
        }
        try await stream.write(SOCKS5.reply(.succeeded, bound: bound), until: deadline)
        await Self.relay(descriptor, far)
      }
    } catch {
      // The client has gone.
    }
  }

  static func relay(_ near: Descriptor, _ far: Descriptor) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await Self.copy(near, to: far) }
      group.addTask { await Self.copy(far, to: near) }
    }
  }

  private static func copy(_ source: Descriptor, to sink: Descriptor) async {
    let loop = TestLoops.shared.agent
    // Each direction waits on a handle of its own: a descriptor is waited for by one at a time.
    let (input, output) = (Descriptor(dup(source.value)), Descriptor(dup(sink.value)))
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = recv(input.value, &buffer, buffer.count, Int32(MSG_DONTWAIT))
      if count == 0 || (count < 0 && errno != EAGAIN) { break }
      if count < 0 {
        guard case .ready = await loop.wait(for: input.value, .readable, until: .now + .seconds(60)) else { break }
        continue
      }
      do {
        try await SocketStream(output.value, on: loop).write(Array(buffer.prefix(count)), until: .now + .seconds(10))
      } catch { break }
    }
    shutdown(sink.value, Int32(SHUT_WR))
  }
}
