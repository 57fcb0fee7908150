import CLinux
import FleetModel
import Glibc
import GuestAccess
import Simulator

/// Which guest is dialled at which address.
struct GuestDirectory: Sendable {
  private let fleet: SimulatedFleet
  private let time: GuestTime
  private let machines: [String: VirtualMachine]

  init(_ fleet: SimulatedFleet, time: GuestTime, addresses: (VirtualMachine) -> [String]) {
    self.fleet = fleet
    self.time = time
    var machines: [String: VirtualMachine] = [:]
    for machine in fleet.machines(at: time.now()) {
      for address in addresses(machine) { machines[Self.key(address)] = machine }
    }
    self.machines = machines
  }

  /// The guest behind a destination; nil: nobody lives there.
  func guest(at destination: SOCKS5.Destination) -> ServedGuest? {
    machines[Self.key(destination.host)].map { ServedGuest(machine: $0, fleet: fleet, time: time) }
  }

  /// One spelling of an address.
  private static func key(_ host: String) -> String {
    SocketAddress(literal: host)?.host ?? host.lowercased()
  }
}

/// The threads on which the guests of all simulated fleets of this process are served; they never end.
struct GuestLoops: Sendable {
  /// Accepts, and speaks SOCKS.
  let proxy: EpollExecutor
  /// Speak SSH, whose key exchange keeps a processor busy.
  let servers: [EpollExecutor]

  private init() throws(MonitorFailure) {
    // A client may be gone while it is written to.
    _ = clinux_survive_broken_pipes()
    proxy = try EpollExecutor(name: "azlin-guests")
    let count = min(max(sysconf(Int32(_SC_NPROCESSORS_ONLN)) / 2, 1), 4)
    var servers: [EpollExecutor] = []
    for number in 0..<count { servers.append(try EpollExecutor(name: "azlin-guest-\(number)")) }
    self.servers = servers
  }

  /// The thread of a connection.
  func server(for descriptor: Int32) -> EpollExecutor { servers[Int(descriptor) % servers.count] }

  static let shared: Result<GuestLoops, MonitorFailure> = {
    do throws(MonitorFailure) { return .success(try GuestLoops()) } catch { return .failure(error) }
  }()
}
