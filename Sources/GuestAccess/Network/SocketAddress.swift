import Glibc

/// An IP address with a port, as the kernel takes it.
package struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
  package enum Family: Hashable, Sendable {
    case v4, v6

    package var number: Int32 { self == .v4 ? AF_INET : AF_INET6 }
  }

  package let family: Family
  /// 4 or 16 bytes, in network order.
  package let bytes: [UInt8]
  /// The interface of a link-local IPv6 address; 0: none.
  package let scope: UInt32
  package var port: UInt16

  package init(family: Family, bytes: [UInt8], scope: UInt32 = 0, port: UInt16 = 0) {
    self.family = family
    self.bytes = bytes
    self.scope = scope
    self.port = port
  }

  /// Parses a literal address such as `10.0.0.4`, `fe80::1%eth0`; nil: not one.
  package init?(literal text: String, port: UInt16 = 0) {
    var storage = in6_addr()
    if inet_pton(AF_INET, text, &storage) == 1 {
      self.init(
        family: .v4, bytes: withUnsafeBytes(of: storage) { Array($0.prefix(4)) }, port: port)
      return
    }
    let parts = text.split(separator: "%", maxSplits: 1)
    guard let address = parts.first, inet_pton(AF_INET6, String(address), &storage) == 1 else { return nil }
    var scope: UInt32 = 0
    if parts.count == 2 {
      scope = UInt32(parts[1]) ?? if_nametoindex(String(parts[1]))
      guard scope != 0 else { return nil }
    }
    self.init(family: .v6, bytes: withUnsafeBytes(of: storage) { Array($0) }, scope: scope, port: port)
  }

  /// Copies a `sockaddr`; nil: not an IP address.
  package init?(_ pointer: UnsafePointer<sockaddr>, length: socklen_t) {
    let raw = UnsafeRawPointer(pointer)
    switch Int32(pointer.pointee.sa_family) {
    case AF_INET where length >= socklen_t(MemoryLayout<sockaddr_in>.size):
      let address = raw.loadUnaligned(as: sockaddr_in.self)
      self.init(
        family: .v4, bytes: withUnsafeBytes(of: address.sin_addr) { Array($0) },
        port: UInt16(bigEndian: address.sin_port))
    case AF_INET6 where length >= socklen_t(MemoryLayout<sockaddr_in6>.size):
      let address = raw.loadUnaligned(as: sockaddr_in6.self)
      self.init(
        family: .v6, bytes: withUnsafeBytes(of: address.sin6_addr) { Array($0) }, scope: address.sin6_scope_id,
        port: UInt16(bigEndian: address.sin6_port))
    default:
      return nil
    }
  }

  /// Lends the address to a system call.
  package func withSockaddr<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    switch family {
    case .v4:
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = port.bigEndian
      withUnsafeMutableBytes(of: &address.sin_addr) { $0.copyBytes(from: bytes.prefix(4)) }
      return Self.lend(&address, body)
    case .v6:
      var address = sockaddr_in6()
      address.sin6_family = sa_family_t(AF_INET6)
      address.sin6_port = port.bigEndian
      address.sin6_scope_id = scope
      withUnsafeMutableBytes(of: &address.sin6_addr) { $0.copyBytes(from: bytes.prefix(16)) }
      return Self.lend(&address, body)
    }
  }

  private static func lend<Address, Result>(
    _ address: inout Address, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
  ) -> Result {
    withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<Address>.size))
      }
    }
  }

  /// The address without its port.
  package var host: String {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    let known = bytes.withUnsafeBytes { inet_ntop(family.number, $0.baseAddress, &text, socklen_t(text.count)) }
    guard known != nil else { return "?" }
    let address = text.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "?" }
    return scope == 0 ? address : "\(address)%\(scope)"
  }

  package var description: String { family == .v4 ? "\(host):\(port)" : "[\(host)]:\(port)" }

  /// The same address with another port.
  package func with(port: UInt16) -> SocketAddress {
    SocketAddress(family: family, bytes: bytes, scope: scope, port: port)
  }
}
