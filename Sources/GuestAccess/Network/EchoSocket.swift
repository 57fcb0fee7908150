import CLinux
import Glibc

/// One ICMP socket that all pings of an address family share.
package struct EchoSocket: Sendable {
  package enum Kind: String, Hashable, Sendable { case datagram, raw }

  package let descriptor: Descriptor
  package let family: SocketAddress.Family
  package let kind: Kind

  /// Opens a datagram socket, else a raw one.
  /// - Throws: `MonitorFailure` where this process may have neither.
  package static func open(_ family: SocketAddress.Family) throws(MonitorFailure) -> EchoSocket {
    var failure: Int32 = 0
    for kind in [Kind.datagram, .raw] {
      let number = clinux_echo_socket(family.number, kind == .raw ? 1 : 0)
      if number >= 0 { return EchoSocket(descriptor: Descriptor(number), family: family, kind: kind) }
      failure = errno
      // Out of handles is not a matter of rights: say what it is.
      if failure == EMFILE || failure == ENFILE { break }
    }
    throw MonitorFailure(failure, while: "opening an ICMP socket")
  }

  /// Sends one packet.
  /// - Returns: 0, or the error number.
  package func send(_ packet: [UInt8], to address: SocketAddress) -> Int32 {
    let sent = packet.withUnsafeBytes { bytes in
      address.with(port: 0).withSockaddr {
        sendto(descriptor.value, bytes.baseAddress, bytes.count, Int32(MSG_DONTWAIT), $0, $1)
      }
    }
    return sent >= 0 ? 0 : errno
  }

  /// One received message with its sender and the kernel's receive time (ns since 1970; 0: not told).
  package struct Received: Sendable {
    package var message: EchoPacket.Message?
    package var sender: [UInt8]
    package var receivedAt: Int64
  }

  /// Takes one waiting message; nil: none is left.
  package func receive() -> Received? {
    var buffer = [UInt8](repeating: 0, count: 1500)
    var sender = [UInt8](repeating: 0, count: 16)
    var scope: UInt32 = 0
    var time: Int64 = 0
    while true {
      let length = buffer.withUnsafeMutableBytes { bytes in
        clinux_receive(descriptor.value, bytes.baseAddress, bytes.count, &sender, &scope, &time)
      }
      if length >= 0 {
        let message = EchoPacket.parse(
          Array(buffer.prefix(Int(length))), family: family, hasHeader: kind == .raw && family == .v4)
        return Received(
          message: message, sender: Array(sender.prefix(family == .v4 ? 4 : 16)), receivedAt: time)
      }
      // A queued ICMP error is reported here once as well; the queue itself is read by `takeError`.
      guard errno != EAGAIN, errno != EWOULDBLOCK, errno != EBADF else { return nil }
    }
  }

  /// Takes one queued ICMP error; nil: none is left. Raw sockets get errors as messages instead.
  package func takeError() -> clinux_icmp_error? {
    var error = clinux_icmp_error()
    return clinux_take_icmp_error(descriptor.value, &error) == 1 ? error : nil
  }
}
