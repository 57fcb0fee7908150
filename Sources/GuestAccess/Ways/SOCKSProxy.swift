/// A SOCKS5 proxy (RFC 1928) that opens connections for this monitor, without a login.
package struct SOCKSProxy: Hashable, Sendable, CustomStringConvertible {
  /// A name or an address; this one is looked up here, a guest's never.
  package let host: String
  package let port: UInt16

  package init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  /// Reads `socks5://host:port`, with `[…]` around an IPv6 address; nil: not that.
  package init?(_ text: String) {
    let scheme = "socks5://"
    guard text.lowercased().hasPrefix(scheme) else { return nil }
    var rest = text.dropFirst(scheme.count)
    if rest.hasSuffix("/") { rest = rest.dropLast() }
    guard let colon = rest.lastIndex(of: ":") else { return nil }
    let digits = rest[rest.index(after: colon)...]
    guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(digits), port > 0 else {
      return nil
    }
    var host = rest[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
      guard SocketAddress(literal: String(host)) != nil else { return nil }
    } else if host.contains(":") {
      return nil
    }
    let isPlain = host.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte | 0x20) || ".-_:%".utf8.contains(byte)
    }
    guard !host.isEmpty, host.utf8.count <= 255, isPlain else { return nil }
    self.init(host: String(host), port: port)
  }

  /// Its URL.
  package var description: String { "socks5://" + (host.contains(":") ? "[\(host)]" : host) + ":\(port)" }
}
