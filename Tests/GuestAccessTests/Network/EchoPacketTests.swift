import Testing

@testable import GuestAccess

@Suite("Echo packets")
struct EchoPacketTests {
  @Test("carry the checksum of RFC 1071")
  func checksum() {
    #expect(EchoPacket.checksum([0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]) == ~UInt16(0xddf2))
    #expect(EchoPacket.checksum([0xff]) == 0x00ff)
    let packet = EchoPacket.request(family: .v4, identifier: 7, sequence: 9, payload: [1, 2, 3])
    #expect(EchoPacket.checksum(packet[...]) == 0)
  }

  @Test("come back as replies with identifier, sequence and payload")
  func reply() {
    var packet = EchoPacket.request(family: .v6, identifier: 0x1234, sequence: 0xfffe, payload: [9, 8])
    packet[0] = 129
    #expect(
      EchoPacket.parse(packet, family: .v6, hasHeader: false)
        == .reply(identifier: 0x1234, sequence: 0xfffe, payload: [9, 8]))
  }

  @Test("come back as problems that quote the request")
  func problem() {
    let request = EchoPacket.request(family: .v4, identifier: 5, sequence: 6, payload: [0, 0])
    var header = [UInt8](repeating: 0, count: 20)
    header[0] = 0x45
    header[9] = 1
    header.replaceSubrange(16..<20, with: [10, 0, 0, 9])
    var message: [UInt8] = [3, 1, 0, 0, 0, 0, 0, 0] + header + request
    let sum = EchoPacket.checksum(message[...])
    message[2] = UInt8(sum >> 8)
    message[3] = UInt8(sum & 0xff)
    let expected = EchoPacket.Message.problem(
      type: 3, code: 1, identifier: 5, sequence: 6, destination: [10, 0, 0, 9])
    #expect(EchoPacket.parse(header + message, family: .v4, hasHeader: true) == expected)
    var damaged = header + message
    damaged[30] ^= 0xff
    #expect(EchoPacket.parse(damaged, family: .v4, hasHeader: true) == nil)
  }

  @Test("of any other kind, length or content never trap")
  func hostile() {
    var random = SystemRandomNumberGenerator()
    for length in 0..<400 {
      var bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
      for type: UInt8 in [0, 3, 11, 129, 1] {
        if !bytes.isEmpty { bytes[0] = type }
        _ = EchoPacket.parse(bytes, family: .v4, hasHeader: false)
        _ = EchoPacket.parse(bytes, family: .v6, hasHeader: false)
        if !bytes.isEmpty { bytes[0] = 0x45 }
        _ = EchoPacket.parse(bytes, family: .v4, hasHeader: true)
      }
    }
    #expect(EchoPacket.parse([], family: .v4, hasHeader: true) == nil)
  }
}
