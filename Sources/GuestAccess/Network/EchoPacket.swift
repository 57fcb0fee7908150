/// An ICMP echo request or what comes back, as bytes (RFC 792, RFC 4443).
package enum EchoPacket {
  /// What a received message says.
  package enum Message: Hashable, Sendable {
    case reply(identifier: UInt16, sequence: UInt16, payload: [UInt8])
    /// An error about an echo request of the given identity, sent to `destination` (where the message tells it).
    case problem(type: UInt8, code: UInt8, identifier: UInt16, sequence: UInt16, destination: [UInt8]?)
  }

  /// Builds an echo request; the kernel fills in ICMPv6's checksum, and the identifier of datagram sockets.
  package static func request(
    family: SocketAddress.Family, identifier: UInt16, sequence: UInt16, payload: [UInt8]
  ) -> [UInt8] {
    var packet: [UInt8] = [family == .v4 ? 8 : 128, 0, 0, 0]
    packet += [UInt8(identifier >> 8), UInt8(identifier & 0xff), UInt8(sequence >> 8), UInt8(sequence & 0xff)]
    packet += payload
    if family == .v4 {
      let sum = checksum(packet[...])
      packet[2] = UInt8(sum >> 8)
      packet[3] = UInt8(sum & 0xff)
    }
    return packet
  }

  /// Reads a received message; nil: not an answer to an echo request, cut short, or damaged.
  /// - Parameter hasHeader: raw IPv4 sockets deliver the IP header too.
  package static func parse(_ bytes: [UInt8], family: SocketAddress.Family, hasHeader: Bool) -> Message? {
    var body = bytes[...]
    if hasHeader {
      guard let inner = bodyOfIPv4(body) else { return nil }
      body = inner
    }
    guard body.count >= 8 else { return nil }
    let base = body.startIndex
    // Raw sockets see messages whose checksum the kernel has not verified.
    if family == .v4, hasHeader, checksum(body) != 0 { return nil }
    let (type, code) = (body[base], body[base + 1])
    switch (family, type) {
    case (.v4, 0), (.v6, 129):
      return .reply(
        identifier: word(body, 4), sequence: word(body, 6), payload: Array(body.dropFirst(8)))
    case (.v4, 3), (.v4, 11), (.v6, 1), (.v6, 3):
      return problem(type: type, code: code, quoted: body.dropFirst(8), family: family)
    default:
      return nil
    }
  }

  /// Identity of a request that an error message or an error queue quotes; nil: it quotes something else.
  package static func identity(
    ofQuotedRequest bytes: ArraySlice<UInt8>, family: SocketAddress.Family
  ) -> (identifier: UInt16, sequence: UInt16)? {
    guard bytes.count >= 8, bytes[bytes.startIndex] == (family == .v4 ? 8 : 128) else { return nil }
    return (word(bytes, 4), word(bytes, 6))
  }

  private static func problem(
    type: UInt8, code: UInt8, quoted: ArraySlice<UInt8>, family: SocketAddress.Family
  ) -> Message? {
    let destination: [UInt8]
    let inner: ArraySlice<UInt8>
    switch family {
    case .v4:
      guard let body = bodyOfIPv4(quoted), quoted[quoted.startIndex + 9] == 1 else { return nil }
      destination = Array(quoted.dropFirst(16).prefix(4))
      inner = body
    case .v6:
      // A request of ours carries no extension headers: ICMPv6 follows the 40 bytes at once.
      guard quoted.count >= 48, quoted[quoted.startIndex + 6] == 58 else { return nil }
      destination = Array(quoted.dropFirst(24).prefix(16))
      inner = quoted.dropFirst(40)
    }
    guard let identity = identity(ofQuotedRequest: inner, family: family) else { return nil }
    return .problem(
      type: type, code: code, identifier: identity.identifier, sequence: identity.sequence, destination: destination)
  }

  private static func bodyOfIPv4(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard let first = bytes.first, first >> 4 == 4 else { return nil }
    let length = Int(first & 0x0f) * 4
    guard length >= 20, bytes.count >= length else { return nil }
    return bytes.dropFirst(length)
  }

  private static func word(_ bytes: ArraySlice<UInt8>, _ offset: Int) -> UInt16 {
    UInt16(bytes[bytes.startIndex + offset]) << 8 | UInt16(bytes[bytes.startIndex + offset + 1])
  }

  /// The Internet checksum (RFC 1071); 0 over a message that carries its own.
  package static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt16 {
    var sum: UInt32 = 0
    var index = bytes.startIndex
    while index + 1 < bytes.endIndex {
      sum += UInt32(bytes[index]) << 8 | UInt32(bytes[index + 1])
      index += 2
    }
    if index < bytes.endIndex { sum += UInt32(bytes[index]) << 8 }
    while sum > 0xffff { sum = (sum & 0xffff) + (sum >> 16) }
    return ~UInt16(sum)
  }
}
