import Glibc
import GuestAccess

/// TCP ports of 127.0.0.1.
enum LocalPorts {
  /// A port that nobody uses at the moment.
  /// - Throws: `MonitorFailure` where this machine gives none.
  static func free() throws(MonitorFailure) -> UInt16 {
    let doing = "looking for a free port for a tunnel"
    let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard number >= 0 else { throw MonitorFailure(errno, while: doing) }
    let descriptor = Descriptor(number)
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let loopback = SocketAddress(family: .v4, bytes: [127, 0, 0, 1])
    guard loopback.withSockaddr({ bind(number, $0, $1) }) == 0 else { throw MonitorFailure(errno, while: doing) }
    let bound = withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        getsockname(number, $0, &length) == 0 ? SocketAddress($0, length: length) : nil
      }
    }
    descriptor.close()
    guard let bound else { throw MonitorFailure(errno, while: doing) }
    return bound.port
  }

  /// Whether somebody listens at 127.0.0.1:`port`, as the kernel's table says (proc(5), /proc/net/tcp).
  static func isListening(_ port: UInt16) -> Bool {
    // Addresses stand in the machine's byte order, which on all of Swift's Linux targets is little-endian.
    let digits = String(port, radix: 16, uppercase: true)
    let suffix = ":" + String(repeating: "0", count: 4 - digits.count) + digits
    return table().split(separator: "\n").contains { line in
      let fields = line.split(separator: " ", maxSplits: 4)
      guard fields.count > 3, fields[3] == "0A" else { return false }
      return fields[1] == "0100007F" + suffix || fields[1] == "00000000" + suffix
    }
  }

  private static func table() -> String {
    let number = open("/proc/net/tcp", O_RDONLY | O_CLOEXEC)
    guard number >= 0 else { return "" }
    let descriptor = Descriptor(number)
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = read(descriptor.value, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      bytes += buffer.prefix(count)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
