import FleetModel
import Glibc
import GuestAccess
import Simulator
import Synchronization

/// One SOCKS5 server on loopback behind which a whole simulated fleet can be dialled: each guest accepts, refuses or is
/// silent as its truth says, and where it accepts there is a real SSH server.
package final class GuestProxy: Sendable {
  /// `socks5://127.0.0.1:PORT`, as `AZLIN_GUEST_PROXY` takes it.
  package let url: String
  private let listener: Descriptor
  private let connections: Connections
  private let accepting: Task<Void, Never>

  /// Starts serving.
  /// - Parameters:
  ///   - now: the fleet's clock.
  ///   - port: of 127.0.0.1; 0: any.
  ///   - speed: simulated seconds in a real one: how long latencies and scripts take. More than 0.
  ///   - addresses: what a machine is dialled at; by default its own address.
  /// - Throws: `MonitorFailure` where this machine gives no port or thread.
  package static func start(
    fleet: SimulatedFleet, now: @escaping @Sendable () -> Instant, port: Int = 0, speed: Double = 1,
    addresses: (VirtualMachine) -> [String] = { machine in machine.address.map { [$0.host] } ?? [] }
  ) async throws -> GuestProxy {
    try GuestProxy(
      directory: GuestDirectory(fleet, time: GuestTime(now: now, speed: max(speed, 1e-6)), addresses: addresses),
      loops: try GuestLoops.shared.get(), port: UInt16(clamping: port))
  }

  private init(directory: GuestDirectory, loops: GuestLoops, port: UInt16) throws(MonitorFailure) {
    Self.raiseHandleLimit()
    let (descriptor, bound) = try Self.listen(on: SocketAddress(family: .v4, bytes: [127, 0, 0, 1], port: port))
    let connections = Connections()
    listener = descriptor
    self.connections = connections
    url = "socks5://\(bound)"
    accepting = Task(executorPreference: loops.proxy) {
      await Self.accept(from: descriptor, bound: bound, directory, loops, connections)
    }
  }

  /// Ends all connections and frees the port.
  package func stop() async {
    accepting.cancel()
    await accepting.value
    listener.close()
    await connections.end()
  }

  /// Connections that are open now; for tests of leaks.
  package var openConnections: Int { connections.count }

  deinit {
    accepting.cancel()
    connections.cancel()
  }

  private static func listen(
    on address: SocketAddress
  ) throws(MonitorFailure) -> (Descriptor, SocketAddress) {
    let doing = "listening on \(address) for the guests' proxy"
    let number = socket(
      address.family.number, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
    guard number >= 0 else { throw MonitorFailure(errno, while: doing) }
    let descriptor = Descriptor(number)
    var on: Int32 = 1
    setsockopt(number, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
    guard address.withSockaddr({ bind(number, $0, $1) }) == 0, Glibc.listen(number, 4096) == 0 else {
      throw MonitorFailure(errno, while: doing)
    }
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let bound = withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        getsockname(number, $0, &length) == 0 ? SocketAddress($0, length: length) : nil
      }
    }
    guard let bound else { throw MonitorFailure(errno, while: doing) }
    return (descriptor, bound)
  }

  /// Thousands of guests are thousands of connections: what the system grants is used.
  private static func raiseHandleLimit() {
    var limit = rlimit()
    let what = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    guard getrlimit(what, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
    limit.rlim_cur = min(limit.rlim_max, 1 << 20)
    setrlimit(what, &limit)
  }

  private static func accept(
    from listener: Descriptor, bound: SocketAddress, _ directory: GuestDirectory, _ loops: GuestLoops,
    _ connections: Connections
  ) async {
    while !Task.isCancelled {
      let number = Glibc.accept(listener.value, nil, nil)
      guard number >= 0 else {
        switch errno {
        case EAGAIN:
          _ = await loops.proxy.wait(for: listener.value, .readable, until: .now + .hours(1))
        case EINTR, ECONNABORTED: break
        default:
          // Out of handles: those that wait in the queue may find some later.
          _ = await loops.proxy.sleep(until: .now + .milliseconds(100))
        }
        continue
      }
      _ = fcntl(number, F_SETFL, O_NONBLOCK)
      _ = fcntl(number, F_SETFD, FD_CLOEXEC)
      var on: Int32 = 1
      setsockopt(number, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
      let conversation = ProxyConversation(
        descriptor: Descriptor(number), bound: bound, directory: directory, loops: loops)
      connections.add(on: loops.proxy) { await conversation.run() }
    }
  }
}

/// The tasks of the connections that are open.
private final class Connections: Sendable {
  private struct State {
    var tasks: [UInt64: Task<Void, Never>] = [:]
    var next: UInt64 = 0
    var isClosed = false
  }
  private let state = Mutex(State())

  var count: Int { state.withLock { $0.tasks.count } }

  func add(on loop: EpollExecutor, _ work: @escaping @Sendable () async -> Void) {
    state.withLock { state in
      guard !state.isClosed else { return }
      let number = state.next
      state.next += 1
      // It cannot remove itself before it is filed: the lock is held.
      state.tasks[number] = Task(executorPreference: loop) { [weak self] in
        await work()
        self?.remove(number)
      }
    }
  }

  private func remove(_ number: UInt64) {
    _ = state.withLock { $0.tasks.removeValue(forKey: number) }
  }

  func cancel() {
    for task in state.withLock({ Array($0.tasks.values) }) { task.cancel() }
  }

  func end() async {
    let tasks = state.withLock { state in
      state.isClosed = true
      return Array(state.tasks.values)
    }
    for task in tasks { task.cancel() }
    for task in tasks { await task.value }
  }
}
