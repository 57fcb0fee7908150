import CLinux
import Glibc
import Synchronization

@testable import GuestAccess

/// A small network of namespaces: this machine, a router behind a veth, and places behind the router that are silent,
/// unreachable or forbidden. Needs root; removed at the end.
final class TestNetwork: Sendable {
  static let isAvailable = getuid() == 0 && access("/usr/sbin/ip", X_OK) == 0 && canMakeNamespaces
  static let missing = "needs root, iproute2 and the right to make network namespaces"

  private static let canMakeNamespaces: Bool = {
    let name = "azp\(getpid())"
    guard (try? ip("netns add \(name)")) != nil else { return false }
    return (try? ip("netns delete \(name)")) != nil
  }()

  /// In 198.18.0.0/15, which is set aside for tests (RFC 2544).
  let number = Int.random(in: 0...255)
  let router: String
  let monitor: String
  private let link: String
  private let removed = Atomic(false)

  /// Answers pings and refuses connections.
  var host: String { "198.18.\(number).2" }
  /// On the link, but nobody has it.
  var absent: String { "198.18.\(number).5" }
  /// The router throws packets for it away.
  var silent: String { "198.19.\(number).1" }
  /// The router says that it is unreachable.
  var unreachable: String { "198.19.\(number).65" }
  /// The router says that it is forbidden.
  var prohibited: String { "198.19.\(number).129" }
  /// A route of this machine itself says unreachable.
  var unroutable: String { "198.19.\(number).193" }

  init() throws {
    let tag = "\(getpid() % 10000)x\(number)"
    (router, monitor, link) = ("azr\(tag)", "azm\(tag)", "az\(tag)")
    for namespace in [router, monitor] { try Self.ip("netns add \(namespace)") }
    try Self.ip("link add \(link)a type veth peer name \(link)b")
    try Self.ip("link set \(link)b netns \(router)")
    try Self.ip("addr add 198.18.\(number).1/29 dev \(link)a")
    try Self.ip("link set \(link)a up")
    try Self.ip("-n \(router) link set lo up")
    try Self.ip("-n \(router) addr add 198.18.\(number).2/29 dev \(link)b")
    try Self.ip("-n \(router) link set \(link)b up")
    try Self.ip("netns exec \(router) sysctl -q -w net.ipv4.ip_forward=1 net.ipv4.icmp_ratelimit=0")
    try Self.ip("-n \(router) route add blackhole 198.19.\(number).0/26")
    try Self.ip("-n \(router) route add unreachable 198.19.\(number).64/26")
    try Self.ip("-n \(router) route add prohibit 198.19.\(number).128/26")
    try Self.ip("route add 198.19.\(number).0/24 via 198.18.\(number).2")
    try Self.ip("route add unreachable 198.19.\(number).192/26")
    // A second machine on another link of the router, where pings need no privilege.
    try Self.ip("-n \(monitor) link add \(link)c type veth peer name \(link)d")
    try Self.ip("-n \(monitor) link set \(link)d netns \(router)")
    try Self.ip("-n \(monitor) link set lo up")
    try Self.ip("-n \(monitor) addr add 198.18.\(number).9/29 dev \(link)c")
    try Self.ip("-n \(monitor) link set \(link)c up")
    try Self.ip("-n \(router) addr add 198.18.\(number).10/29 dev \(link)d")
    try Self.ip("-n \(router) link set \(link)d up")
    try Self.ip("-n \(monitor) route add default via 198.18.\(number).10")
    try Self.ip("netns exec \(monitor) sysctl -q -w net.ipv4.ping_group_range=0\\ 2147483647")
  }

  /// Opens an ICMP socket in the second machine's namespace.
  func openInMonitor(_ family: SocketAddress.Family) throws(MonitorFailure) -> EchoSocket {
    let box = Box(path: "/run/netns/\(monitor)", family: family)
    let context = Unmanaged.passRetained(box)
    let started = clinux_thread_start(
      "netns",
      { pointer in
        guard let pointer else { return }
        let box = Unmanaged<Box>.fromOpaque(pointer).takeRetainedValue()
        if clinux_enter_network(box.path) == 0 {
          box.result.fulfil(Result { () throws(MonitorFailure) in try EchoSocket.open(box.family) })
        } else {
          box.result.fulfil(.failure(MonitorFailure(errno, while: "entering a namespace")))
        }
        box.done.signal()
      }, context.toOpaque())
    guard started == 0 else { throw MonitorFailure(errno, while: "starting a thread") }
    box.done.wait()
    guard let result = box.result.now else { throw MonitorFailure("the thread gave no socket") }
    return try result.get()
  }

  private final class Box: Sendable {
    let path: String
    let family: SocketAddress.Family
    let result = Promise<Result<EchoSocket, MonitorFailure>>()
    let done = Gate()
    init(path: String, family: SocketAddress.Family) {
      self.path = path
      self.family = family
    }
  }

  /// A pipe as a gate: a thread may wait for another without Dispatch.
  private final class Gate: Sendable {
    private let ends: (Descriptor, Descriptor)
    init() {
      var numbers: [Int32] = [-1, -1]
      pipe(&numbers)
      ends = (Descriptor(numbers[0]), Descriptor(numbers[1]))
    }
    func signal() { _ = write(ends.1.value, "x", 1) }
    func wait() {
      var byte: UInt8 = 0
      _ = read(ends.0.value, &byte, 1)
    }
  }

  private static func ip(_ words: String) throws {
    // `\ ` keeps a space inside a word.
    let arguments = words.replacing("\\ ", with: "\u{1}").split(separator: " ").map { $0.replacing("\u{1}", with: " ") }
    let status = try TestProcess("/usr/sbin/ip", arguments.map(String.init)).waitBlocking()
    guard status == 0 else { throw MonitorFailure("ip \(words): exit status \(status)") }
  }

  /// Takes everything away again.
  func remove() {
    guard removed.exchange(true, ordering: .relaxed) == false else { return }
    try? Self.ip("link delete \(link)a")
    try? Self.ip("route delete unreachable 198.19.\(number).192/26")
    for namespace in [router, monitor] { try? Self.ip("netns delete \(namespace)") }
  }

  deinit { remove() }
}
