import Glibc

@testable import GuestAccess

/// A TCP listener on a loopback address that does as it is told.
final class LoopbackListener: Sendable {
  let address: SocketAddress
  private let descriptor: Descriptor

  /// Listens on a free port.
  /// - Parameter backlog: 0 with nobody accepting: after one connection the kernel drops SYNs, as a silent host does.
  init(host: String = "127.0.0.1", backlog: Int32 = 64) throws {
    guard var address = SocketAddress(literal: host) else { throw MonitorFailure("not an address: \(host)") }
    let number = socket(address.family.number, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard number >= 0 else { throw MonitorFailure(errno, while: "making a listener") }
    descriptor = Descriptor(number)
    guard address.withSockaddr({ bind(number, $0, $1) }) == 0, listen(number, backlog) == 0 else {
      throw MonitorFailure(errno, while: "listening on \(host)")
    }
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let bound = withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        getsockname(number, $0, &length) == 0 ? SocketAddress($0, length: length) : nil
      }
    }
    if let bound { address.port = bound.port }
    self.address = address
  }

  /// Accepts one connection and lends it to a body; it is closed after.
  func serve(_ body: @escaping @Sendable (Int32) async -> Void) -> Task<Void, Never> {
    let descriptor = descriptor
    return Task {
      guard
        case .ready = await TestLoops.shared.agent.wait(
          for: descriptor.value, .readable, until: .now + .seconds(10))
      else { return }
      let connection = accept(descriptor.value, nil, nil)
      guard connection >= 0 else { return }
      await body(connection)
      close(connection)
    }
  }

  /// Accepts a connection, says something and waits until the peer leaves.
  func say(_ text: String, after delay: Duration = .zero, thenClose: Bool = false) -> Task<Void, Never> {
    serve { connection in
      if delay > .zero { _ = await TestLoops.shared.agent.sleep(until: .now + delay) }
      let bytes = Array(text.utf8)
      _ = send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
      if !thenClose {
        _ = await TestLoops.shared.agent.wait(for: connection, .readable, until: .now + .seconds(10))
      }
    }
  }

  /// Stops listening: the port refuses from now on.
  func stop() { descriptor.close() }
}

/// Open file handles of this process.
func openHandles() -> Int {
  var count = 0
  guard let directory = opendir("/proc/self/fd") else { return 0 }
  while readdir(directory) != nil { count += 1 }
  closedir(directory)
  return count
}
