import CLinux
import FleetModel
import Glibc

/// Sends ICMP echo requests for the whole fleet over one socket a family, and matches what comes back.
package actor EchoPinger {
  /// How pings are possible here.
  package enum Means: Hashable, Sendable {
    case socket(EchoSocket.Kind)
    case none(String)
  }

  package typealias Opener = @Sendable (SocketAddress.Family) throws(MonitorFailure) -> EchoSocket

  private enum Port {
    case open(EchoSocket)
    case closed(MonitorFailure)
  }

  private struct Request {
    var address: SocketAddress
    var sentAt: ContinuousClock.Instant
    /// Nanoseconds since 1970, to compare with the kernel's receive time.
    var sentAtWall: Int64
    var payload: [UInt8]
    var promise: Promise<Reading<Witness>>
  }

  private struct Key: Hashable {
    var family: SocketAddress.Family
    var sequence: UInt16
  }

  package nonisolated let loop: EpollExecutor
  package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
  private let opener: Opener
  private var ports: [SocketAddress.Family: Port] = [:]
  private var readers: [SocketAddress.Family: Task<Void, Never>] = [:]
  private var requests: [Key: Request] = [:]
  private var nextSequence: UInt16
  /// Raw sockets see every ping of this machine: ours carry this identifier and a cookie.
  private let identifier: UInt16
  private let cookie: UInt64
  /// A lost packet is not a lost host: another request goes out after each second without an answer.
  private static let resendAfter = Duration.seconds(1)

  package init(
    loop: EpollExecutor,
    opener: @escaping Opener = { family throws(MonitorFailure) in
      try EchoSocket.open(family)
    }
  ) {
    self.loop = loop
    self.opener = opener
    identifier = .random(in: 1 ... .max)
    cookie = .random(in: 1 ... .max)
    nextSequence = .random(in: 0 ... .max)
  }

  deinit {
    for reader in readers.values { reader.cancel() }
  }

  /// Pings one address until it answers, something on the path complains, or the deadline passes.
  package func ping(_ address: SocketAddress, until deadline: ContinuousClock.Instant) async -> Reading<Witness> {
    let socket: EchoSocket
    switch port(address.family) {
    case .open(let open): socket = open
    case .closed(let failure): return .notMeasured(.monitor("ICMP is off here (\(failure.explanation))"))
    }
    let promise = Promise<Reading<Witness>>()
    var keys: [Key] = []
    defer { for key in keys { requests[key] = nil } }
    while true {
      guard let key = newKey(address.family) else {
        return .notMeasured(.monitor("too many pings under way at once"))
      }
      let failure = send(key, over: socket, to: address, promise)
      if failure != 0, failure != ENOBUFS, failure != EAGAIN {
        return .notMeasured(.monitor(MonitorFailure(failure, while: "pinging \(address.host)").explanation))
      }
      if failure == 0 { keys.append(key) }
      startReader(socket)
      let patience = min(deadline, .now + Self.resendAfter)
      if let answer = await promise.value(until: patience, on: loop) { return answer }
      // The answer may wait in the socket while this thread was busy: look once more before judging.
      drain(socket)
      if let answer = await promise.value(until: .now, on: loop) { return answer }
      if Task.isCancelled { return .notMeasured(.monitor("the probe was cancelled")) }
      let now = ContinuousClock.now
      if now >= deadline {
        let lag = deadline.duration(to: now)
        if keys.isEmpty {
          return .notMeasured(.monitor(MonitorFailure(failure, while: "pinging \(address.host)").explanation))
        }
        return lag > EpollExecutor.tolerableLag
          ? .notMeasured(.monitor("azlin itself was held up for \(Int(lag.inSeconds)) s")) : .value(.silent)
      }
    }
  }

  /// How pings are possible for a family, opening its socket if need be.
  package func means(_ family: SocketAddress.Family) -> Means {
    switch port(family) {
    case .open(let socket): .socket(socket.kind)
    case .closed(let failure): .none(failure.explanation)
    }
  }

  /// Requests not answered yet; for tests of leaks.
  package var pending: Int { requests.count }

  private func port(_ family: SocketAddress.Family) -> Port {
    if let port = ports[family] { return port }
    do {
      let port = Port.open(try opener(family))
      ports[family] = port
      return port
    } catch {
      // Not kept: rights and handles may come later.
      return .closed(error)
    }
  }

  private func newKey(_ family: SocketAddress.Family) -> Key? {
    for _ in 0..<64 {
      nextSequence &+= 1
      let key = Key(family: family, sequence: nextSequence)
      if requests[key] == nil { return key }
    }
    return nil
  }

  /// - Returns: 0, or the error number of this machine's refusal.
  private func send(
    _ key: Key, over socket: EchoSocket, to address: SocketAddress, _ promise: Promise<Reading<Witness>>
  ) -> Int32 {
    var payload = withUnsafeBytes(of: cookie.bigEndian) { Array($0) }
    payload += address.bytes
    payload += [UInt8](repeating: 0x61, count: 48 - payload.count)
    let packet = EchoPacket.request(
      family: address.family, identifier: identifier, sequence: key.sequence, payload: payload)
    requests[key] = Request(
      address: address, sentAt: .now, sentAtWall: Self.wallClock(), payload: payload, promise: promise)
    var failure = socket.send(packet, to: address)
    if failure != 0 {
      // An error about an earlier packet is reported by the next call on the socket: clear it and try once more.
      takeErrors(socket)
      failure = socket.send(packet, to: address)
    }
    if failure != 0 { requests[key] = nil }
    return failure
  }

  private func startReader(_ socket: EchoSocket) {
    guard readers[socket.family] == nil else { return }
    readers[socket.family] = Task { await self.read(socket) }
  }

  private func read(_ socket: EchoSocket) async {
    while requests.keys.contains(where: { $0.family == socket.family }), !Task.isCancelled {
      _ = await loop.wait(for: socket.descriptor.value, .readable, until: .now + .seconds(5))
      drain(socket)
    }
    readers[socket.family] = nil
  }

  private func drain(_ socket: EchoSocket) {
    takeErrors(socket)
    while let received = socket.receive() {
      switch received.message {
      case .reply(let identifier, let sequence, let payload):
        let key = Key(family: socket.family, sequence: sequence)
        guard let request = requests[key], socket.kind == .datagram || identifier == self.identifier,
          received.sender == request.address.bytes, payload.starts(with: request.payload)
        else { continue }
        finish(key, .value(.answered(latency: latency(of: request, receivedAt: received.receivedAt))))
      case .problem(let type, let code, let identifier, let sequence, let destination):
        guard identifier == self.identifier else { continue }
        let offender = SocketAddress(family: socket.family, bytes: received.sender)
        complain(
          Key(family: socket.family, sequence: sequence), type: type, code: code, offender: offender,
          destination: destination)
      case nil:
        continue
      }
    }
  }

  private func takeErrors(_ socket: EchoSocket) {
    guard socket.kind == .datagram else { return }
    while let error = socket.takeError() {
      let quoted = withUnsafeBytes(of: error.packet) { Array($0.prefix(Int(min(error.length, 128)))) }
      guard let identity = EchoPacket.identity(ofQuotedRequest: quoted[...], family: socket.family) else { continue }
      let key = Key(family: socket.family, sequence: identity.sequence)
      guard let request = requests[key] else { continue }
      let destination = withUnsafeBytes(of: error.destination) { Array($0.prefix(request.address.bytes.count)) }
      guard destination == request.address.bytes else { continue }
      judge(key, NetworkComplaint(error, towards: request.address, from: source(towards: request.address)))
    }
  }

  private func complain(_ key: Key, type: UInt8, code: UInt8, offender: SocketAddress, destination: [UInt8]?) {
    guard let request = requests[key], destination == nil || destination == request.address.bytes else { return }
    judge(
      key,
      NetworkComplaint(
        version: key.family, type: type, code: code, offender: offender, towards: request.address,
        from: source(towards: request.address)))
  }

  private func judge(_ key: Key, _ complaint: NetworkComplaint) {
    switch complaint {
    case .local(let why): finish(key, .notMeasured(.monitor(why)))
    case .path(let why): finish(key, .value(.unreachable(why)))
    case .host:
      guard let request = requests[key] else { return }
      finish(key, .value(.refused(latency: request.sentAt.duration(to: .now))))
    }
  }

  private func finish(_ key: Key, _ reading: Reading<Witness>) {
    requests.removeValue(forKey: key)?.promise.fulfil(reading)
  }

  /// The kernel's receive time where it is plausible, else now: this thread may have been busy.
  private func latency(of request: Request, receivedAt: Int64) -> Duration {
    let measured = request.sentAt.duration(to: .now)
    guard receivedAt > request.sentAtWall else { return measured }
    return min(measured, .nanoseconds(receivedAt - request.sentAtWall))
  }

  /// This machine's address on the way to another: a connected datagram socket knows without sending.
  private func source(towards address: SocketAddress) -> SocketAddress? {
    let number = socket(address.family.number, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard number >= 0 else { return nil }
    defer { close(number) }
    guard address.with(port: 9).withSockaddr({ connect(number, $0, $1) }) == 0 else { return nil }
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        getsockname(number, $0, &length) == 0 ? SocketAddress($0, length: length) : nil
      }
    }
  }

  private static func wallClock() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
