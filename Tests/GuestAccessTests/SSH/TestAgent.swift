import Glibc

@testable import GuestAccess

/// A real ssh-agent of its own.
final class TestAgent {
  private let process: TestProcess

  init(socket: String) async throws {
    process = try TestProcess("/usr/bin/ssh-agent", ["-D", "-a", socket])
    let deadline = ContinuousClock.now + .seconds(5)
    while access(socket, F_OK) != 0 {
      guard ContinuousClock.now < deadline else { throw MonitorFailure("ssh-agent does not start") }
      _ = await TestLoops.shared.agent.sleep(until: .now + .milliseconds(5))
    }
  }

  func stop() {
    process.stop()
  }
}

/// Something that accepts connections on an agent's socket and says nothing.
final class SilentAgent {
  private let descriptor: Descriptor

  init(socket path: String) throws {
    let number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    descriptor = Descriptor(number)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    let bound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard bound == 0, listen(number, 8) == 0 else { throw MonitorFailure(errno, while: "listening as an agent") }
  }

  func stop() { descriptor.close() }
}
