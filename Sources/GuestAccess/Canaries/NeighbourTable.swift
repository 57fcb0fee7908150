import Glibc

/// What the kernel knows of the machines on its own links: whether each has answered ARP or neighbour discovery. It needs
/// no privilege, and tells of a router that never answers a ping.
enum NeighbourTable {
  /// NUD_… of linux/neighbour.h.
  enum State: Hashable, Sendable {
    /// It has answered lately, or is set by hand.
    case reachable
    /// It has not answered, and was asked.
    case failed
    /// It answered once, and is being asked, or will be with the next packet to it.
    case open

    init(_ number: UInt16) {
      self =
        switch number {
        case 0x02, 0x80: .reachable
        case 0x01, 0x20: .failed
        default: .open
        }
    }
  }

  /// The state of one neighbour; nil: the kernel does not know it, or does not tell.
  static func state(of address: SocketAddress) -> State? {
    let number = socket(AF_NETLINK, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard number >= 0 else { return nil }
    let descriptor = Descriptor(number)
    // The kernel answers at once; should it not, nobody waits.
    var limit = timeval(tv_sec: 1, tv_usec: 0)
    setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    let question = question(address.family)
    guard send(descriptor.value, question, question.count, 0) == question.count else { return nil }
    var buffer = [UInt8](repeating: 0, count: 65_536)
    var found: State?
    while true {
      let count = recv(descriptor.value, &buffer, buffer.count, 0)
      guard count > 0 else { return found }
      let part = read(buffer.prefix(count), address)
      if let state = part.state { found = state }
      if part.isLast { return found }
    }
  }

  // linux/rtnetlink.h and linux/netlink.h.
  private static let newNeighbour: UInt16 = 28
  private static let getNeighbour: UInt16 = 30
  private static let requestDump: UInt16 = 0x301
  private static let done: UInt16 = 3
  private static let failure: UInt16 = 2
  private static let destination: UInt16 = 1
  private static let headerSize = 16
  private static let neighbourSize = 12

  /// RTM_GETNEIGH for all neighbours of a family: `nlmsghdr` and an `ndmsg` that names nothing but the family.
  private static func question(_ family: SocketAddress.Family) -> [UInt8] {
    var bytes: [UInt8] = []
    func append(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value) { bytes += $0 } }
    append(UInt32(headerSize + neighbourSize))
    append(getNeighbour)
    append(requestDump)
    append(UInt32(1))
    append(UInt32(0))
    bytes.append(UInt8(family.number))
    bytes += [UInt8](repeating: 0, count: neighbourSize - 1)
    return bytes
  }

  /// One datagram of the answer.
  static func read(_ bytes: ArraySlice<UInt8>, _ address: SocketAddress) -> (state: State?, isLast: Bool) {
    var found: State?
    var rest = bytes
    while rest.count >= headerSize {
      let length = Int(word(rest, 0))
      let type = half(rest, 4)
      guard length >= headerSize, length <= rest.count else { return (found, true) }
      if type == done || type == failure { return (found, true) }
      let body = rest.dropFirst(headerSize).prefix(length - headerSize)
      if type == newNeighbour, body.count >= neighbourSize, holds(body, address) {
        found = State(half(body, 8))
      }
      rest = rest.dropFirst(aligned(length))
    }
    return (found, false)
  }

  private static func holds(_ body: ArraySlice<UInt8>, _ address: SocketAddress) -> Bool {
    if address.scope != 0, word(body, 4) != address.scope { return false }
    var rest = body.dropFirst(neighbourSize)
    while rest.count >= 4 {
      let length = Int(half(rest, 0))
      guard length >= 4, length <= rest.count else { return false }
      if half(rest, 2) & 0x3fff == destination { return Array(rest.dropFirst(4).prefix(length - 4)) == address.bytes }
      rest = rest.dropFirst(aligned(length))
    }
    return false
  }

  private static func aligned(_ length: Int) -> Int { (length + 3) & ~3 }

  private static func half(_ bytes: ArraySlice<UInt8>, _ offset: Int) -> UInt16 {
    bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt16.self) }
  }

  private static func word(_ bytes: ArraySlice<UInt8>, _ offset: Int) -> UInt32 {
    bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self) }
  }
}
