import CLinux
import Glibc

/// An ICMP error about something we sent, by who is to blame.
package enum NetworkComplaint: Hashable, Sendable {
  /// This machine's own firewall or tables.
  case local(String)
  /// Something between here and the host; or no neighbour answers on the local link.
  case path(String)
  /// The host itself answered, so it is up.
  case host(String)

  /// Judges a queued error.
  /// - Parameters:
  ///   - destination: where the packet was sent.
  ///   - source: this machine's address on that path.
  package init(_ error: clinux_icmp_error, towards destination: SocketAddress, from source: SocketAddress?) {
    let family: SocketAddress.Family = Int32(error.offender_family) == AF_INET6 ? .v6 : .v4
    let offender: SocketAddress? =
      error.offender_family == 0
      ? nil
      : SocketAddress(
        family: family,
        bytes: withUnsafeBytes(of: error.offender) { Array($0.prefix(family == .v4 ? 4 : 16)) })
    // Origins 2 and 3 are ICMP and ICMPv6 (linux/errqueue.h); 1 is this kernel speaking of its own accord.
    guard error.origin == 2 || error.origin == 3 else {
      self =
        error.error == EHOSTUNREACH
        ? .path("no neighbour answers for it on the local link") : .local(MonitorFailure.words(for: error.error))
      return
    }
    self.init(
      version: error.origin == 2 ? .v4 : .v6, type: error.type, code: error.code, offender: offender,
      towards: destination, from: source)
  }

  /// Judges an ICMP message by its type and code (RFC 792, 1812; RFC 4443).
  package init(
    version: SocketAddress.Family, type: UInt8, code: UInt8, offender: SocketAddress?,
    towards destination: SocketAddress, from source: SocketAddress?
  ) {
    let words = Self.words(version: version, type: type, code: code)
    guard let offender else {
      self = .path(words)
      return
    }
    if offender.bytes == destination.bytes {
      self = .host(words)
    } else if offender.bytes == source?.bytes {
      // Our own kernel reports a neighbour that does not answer as host unreachable; all else is our own firewall.
      let isNeighbour = version == .v4 ? type == 3 && code == 1 : type == 1 && code == 3
      self =
        isNeighbour
        ? .path("no neighbour answers for it on the local link") : .local("this machine itself says \(words)")
    } else {
      self = .path("\(words), says \(offender.host)")
    }
  }

  private static func words(version: SocketAddress.Family, type: UInt8, code: UInt8) -> String {
    switch (version, type, code) {
    case (.v4, 3, 0), (.v6, 1, 0): "network unreachable"
    case (.v4, 3, 1), (.v6, 1, 3): "host unreachable"
    case (.v4, 3, 2): "protocol unreachable"
    case (.v4, 3, 3), (.v6, 1, 4): "port unreachable"
    case (.v4, 3, 9), (.v4, 3, 10), (.v4, 3, 13), (.v6, 1, 1): "administratively prohibited"
    case (.v6, 1, 5): "source address refused"
    case (.v6, 1, 6): "route refused"
    case (.v4, 11, _), (.v6, 3, _): "no way through (hop limit used up; a routing loop?)"
    default: "unreachable (ICMP type \(type), code \(code))"
    }
  }
}
