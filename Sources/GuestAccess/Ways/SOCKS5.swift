/// The messages of SOCKS version 5 (RFC 1928) that a connection without a login needs.
package enum SOCKS5 {
  /// First byte of every message.
  package static let version: UInt8 = 5
  /// The method "no authentication required".
  package static let noLogin: UInt8 = 0
  /// The answer to a list of methods of which none will do.
  package static let noMethod: UInt8 = 0xff
  /// The command CONNECT.
  package static let connect: UInt8 = 1
  /// What a client says first: it can do without a login.
  package static let greeting: [UInt8] = [version, 1, noLogin]

  /// What a proxy says of a connection (RFC 1928, section 6).
  package enum Reply: UInt8, Hashable, Sendable, CaseIterable {
    case succeeded = 0
    case generalFailure = 1
    case notAllowed = 2
    case networkUnreachable = 3
    case hostUnreachable = 4
    case connectionRefused = 5
    case timeToLiveExpired = 6
    case commandNotSupported = 7
    case addressTypeNotSupported = 8

    /// The words of the RFC.
    package var words: String {
      switch self {
      case .succeeded: "succeeded"
      case .generalFailure: "general SOCKS server failure"
      case .notAllowed: "connection not allowed by its ruleset"
      case .networkUnreachable: "network unreachable"
      case .hostUnreachable: "host unreachable"
      case .connectionRefused: "connection refused"
      case .timeToLiveExpired: "time to live expired"
      case .commandNotSupported: "command not supported"
      case .addressTypeNotSupported: "address type not supported"
      }
    }
  }

  /// The form in which an address follows.
  package enum AddressType: UInt8, Hashable, Sendable {
    case v4 = 1
    case name = 3
    case v6 = 4
  }

  /// Where a connection is to go; a name is the proxy's to look up.
  package enum Destination: Hashable, Sendable {
    case address(SocketAddress)
    case name(String, port: UInt16)

    /// A literal address as such, everything else as a name.
    package init(host: String, port: UInt16) {
      self = SocketAddress(literal: host, port: port).map { .address($0) } ?? .name(host, port: port)
    }

    /// The address without its port, or the name.
    package var host: String {
      switch self {
      case .address(let address): address.host
      case .name(let name, _): name
      }
    }

    package var port: UInt16 {
      switch self {
      case .address(let address): address.port
      case .name(_, let port): port
      }
    }
  }

  /// A CONNECT request; nil: the name is empty or longer than the 255 bytes that fit.
  package static func request(to destination: Destination) -> [UInt8]? {
    endpoint(destination).map { [version, connect, 0] + $0 }
  }

  /// A reply; `bound` is the address the proxy dials from.
  package static func reply(_ reply: Reply, bound: SocketAddress = SocketAddress(family: .v4, bytes: [0, 0, 0, 0]))
    -> [UInt8]
  {
    [version, reply.rawValue, 0] + (endpoint(.address(bound)) ?? [])
  }

  /// Address type, address and port, as requests and replies carry them.
  private static func endpoint(_ destination: Destination) -> [UInt8]? {
    var bytes: [UInt8]
    switch destination {
    case .address(let address):
      let type: AddressType = address.family == .v4 ? .v4 : .v6
      bytes = [type.rawValue] + address.bytes
    case .name(let name, _):
      let text = Array(name.utf8)
      guard (1...255).contains(text.count) else { return nil }
      bytes = [AddressType.name.rawValue, UInt8(text.count)] + text
    }
    return bytes + [UInt8(destination.port >> 8), UInt8(destination.port & 0xff)]
  }

  /// Reads the endpoint that follows an address type.
  /// - Returns: nil: a name that is empty or not ASCII.
  package static func readEndpoint(
    _ type: AddressType, from stream: SocketStream, until deadline: ContinuousClock.Instant
  ) async throws(SocketStream.Interruption) -> Destination? {
    switch type {
    case .v4, .v6:
      let count = type == .v4 ? 4 : 16
      let bytes = try await stream.read(count + 2, until: deadline)
      return .address(
        SocketAddress(family: type == .v4 ? .v4 : .v6, bytes: Array(bytes.prefix(count)), port: port(bytes)))
    case .name:
      let length = try await stream.read(1, until: deadline)
      let bytes = try await stream.read(Int(length[0]) + 2, until: deadline)
      let text = bytes.dropLast(2)
      guard !text.isEmpty, text.allSatisfy({ (0x21...0x7e).contains($0) }) else { return nil }
      return .name(String(decoding: text, as: UTF8.self), port: port(bytes))
    }
  }

  private static func port(_ bytes: [UInt8]) -> UInt16 {
    UInt16(bytes[bytes.count - 2]) << 8 | UInt16(bytes[bytes.count - 1])
  }
}
