import FleetModel
import Glibc

/// The routers that this machine's way out goes through, one an address family: those of its best default routes.
package struct DefaultGateway: Hashable, Sendable {
  package var address: SocketAddress
  /// `eth0`.
  package var interface: String

  package init(address: SocketAddress, interface: String) {
    self.address = address
    self.interface = interface
  }

  /// As the kernel tells it now; a route without a router (a tunnel's, a modem's) has none.
  package static func ofThisMachine() -> [DefaultGateway] {
    [
      v4(LocalText.contents(of: "/proc/net/route")), v6(LocalText.contents(of: "/proc/net/ipv6_route")),
    ].compactMap { $0 }
  }

  /// Reads `/proc/net/route`: interface, destination, gateway (hexadecimal, in the machine's own byte order), flags,
  /// reference count, use, metric, mask.
  static func v4(_ text: String) -> DefaultGateway? {
    var best: (metric: UInt32, gateway: DefaultGateway)?
    for line in text.split(separator: "\n").dropFirst() {
      let fields = line.split(whereSeparator: \.isWhitespace)
      guard fields.count >= 8, UInt32(fields[1], radix: 16) == 0, UInt32(fields[7], radix: 16) == 0,
        let router = UInt32(fields[2], radix: 16), router != 0, let flags = UInt32(fields[3], radix: 16),
        flags & isUp != 0, let metric = UInt32(fields[6]), best.map({ metric < $0.metric }) ?? true
      else { continue }
      let bytes = withUnsafeBytes(of: router) { Array($0) }
      best = (
        metric, DefaultGateway(address: SocketAddress(family: .v4, bytes: bytes), interface: String(fields[0]))
      )
    }
    return best?.gateway
  }

  /// Reads `/proc/net/ipv6_route`: destination and its length, source and its length, next hop, metric, two counts,
  /// flags, all hexadecimal, and the interface.
  static func v6(_ text: String) -> DefaultGateway? {
    var best: (metric: UInt32, gateway: DefaultGateway)?
    for line in text.split(separator: "\n") {
      let fields = line.split(whereSeparator: \.isWhitespace)
      guard fields.count >= 10, fields[0].allSatisfy({ $0 == "0" }), UInt32(fields[1], radix: 16) == 0,
        let flags = UInt32(fields[8], radix: 16), flags & isUp != 0, flags & goesByRouter != 0,
        let metric = UInt32(fields[5], radix: 16), let bytes = bytes(fields[4]), bytes.contains(where: { $0 != 0 }),
        best.map({ metric < $0.metric }) ?? true
      else { continue }
      let interface = String(fields[9])
      // Routers of IPv6 are mostly link-local: such an address means nothing without its interface.
      let isLinkLocal = bytes[0] == 0xfe && bytes[1] & 0xc0 == 0x80
      best = (
        metric,
        DefaultGateway(
          address: SocketAddress(family: .v6, bytes: bytes, scope: isLinkLocal ? if_nametoindex(interface) : 0),
          interface: interface)
      )
    }
    return best?.gateway
  }

  // RTF_UP and RTF_GATEWAY (linux/route.h).
  private static let isUp: UInt32 = 1
  private static let goesByRouter: UInt32 = 2

  private static func bytes(_ text: Substring) -> [UInt8]? {
    guard text.utf8.count == 32 else { return nil }
    var bytes: [UInt8] = []
    var rest = text
    while !rest.isEmpty {
      guard let byte = UInt8(rest.prefix(2), radix: 16) else { return nil }
      bytes.append(byte)
      rest = rest.dropFirst(2)
    }
    return bytes
  }
}

/// Small files of the kernel.
enum LocalText {
  /// At most 256 KiB of a file; empty where it cannot be read.
  static func contents(of path: String) -> String {
    let number = open(path, O_RDONLY | O_CLOEXEC)
    guard number >= 0 else { return "" }
    let file = Descriptor(number)
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16_384)
    while bytes.count < 262_144 {
      let count = read(file.value, &buffer, buffer.count)
      if count <= 0 { break }
      bytes += buffer.prefix(count)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
