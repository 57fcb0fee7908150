import Autopilot
import FleetModel
import Foundation
import GuestAccess
import Simulator

@testable import ARMSimulator

/// Wednesday, 2025-12-03 00:00:00 UTC.
let midnight = Instant(seconds: 1_764_720_000)

/// The client's network threads, one pair for the whole test process.
enum ClientLoops {
  static let shared: NetworkLoops = {
    do { return try NetworkLoops() } catch { fatalError("\(error)") }  // no tests without threads
  }()
}

/// A simulated fleet behind its proxy, and a client of its own that knows nothing but the proxy's URL.
final class ServedFleet: Sendable {
  let fleet: SimulatedFleet
  let clock = ScaledClock(origin: midnight + .hours(1), speed: 1)
  let proxy: GuestProxy
  let directory: String
  let network: GuestNetwork
  /// One that has no odd beginning.
  let machine: VirtualMachine

  init(machines: Int = 20, change: (inout SSHSettings, String) -> Void = { _, _ in }) async throws {
    let clock = clock
    fleet = SimulatedFleet(
      SimulatedFleet.Parameters(machines: machines, seed: 1, startAt: midnight, hasOddMachines: false))
    machine = fleet.machines(at: midnight)[0]
    proxy = try await GuestProxy.start(fleet: fleet, now: { clock.now() })
    directory = "/tmp/azlin-guests-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    let made = try await Program.run(
      "/usr/bin/ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", directory + "/user"])
    guard made.status == 0 else { throw MonitorFailure("ssh-keygen: \(made.errors)") }
    try """
    Host *
      UserKnownHostsFile \(directory)/known_hosts
      GlobalKnownHostsFile none
      IdentityFile \(directory)/user
      IdentitiesOnly yes
      StrictHostKeyChecking accept-new

    """.write(toFile: directory + "/ssh_config", atomically: true, encoding: .utf8)
    try Self.bridge.write(toFile: directory + "/bridge.py", atomically: true, encoding: .utf8)
    var settings = SSHSettings()
    settings.configurationFile = directory + "/ssh_config"
    settings.controlDirectory = directory + "/ctl"
    settings.agentSocket = nil
    settings.guestWay = GuestWay(environment: proxy.url)
    change(&settings, directory)
    network = GuestNetwork(settings: settings, loops: ClientLoops.shared)
  }

  /// A probe as the engine makes it.
  func probe(
    _ machine: VirtualMachine? = nil, _ depth: ProbeRequest.Depth = .full, timeout: Duration = .seconds(5),
    proxy: String? = nil, identity: String? = nil
  ) async -> ProbeReport {
    let clock = clock
    let probe = NetworkGuestProbe(network: network, power: NoPower()) { clock.now() }
    return await probe.probe(
      machine ?? self.machine,
      ProbeRequest(
        depth: depth, checks: Set(CheckKind.allCases), connectivityTimeout: timeout, sshTimeout: timeout * 2,
        identity: identity, proxy: proxy))
  }

  func inject(_ fault: SimulatedFault, on machine: VirtualMachine? = nil) {
    fleet.inject((machine ?? self.machine).id, fault, at: clock.now())
  }

  func heal(_ machine: VirtualMachine? = nil) { fleet.heal((machine ?? self.machine).id, at: clock.now()) }

  /// Logs in with OpenSSH's own client.
  func ssh(_ command: [String], user: String? = nil, input: String = "", extra: [String] = []) async throws
    -> Program.Result
  {
    let address = machine.address?.host ?? ""
    let port = proxy.url.split(separator: ":").last.map(String.init) ?? ""
    return try await Program.run(
      "/usr/bin/ssh",
      [
        "-F", directory + "/ssh_config", "-o", "BatchMode=yes", "-o", "ConnectTimeout=5",
        "-o", "ProxyCommand=\(Program.python) \(directory)/bridge.py \(port) %h %p",
      ] + extra + ["\(user ?? machine.address?.user ?? "")@\(address)"] + command, input: input)
  }

  /// What `nc -X 5 -x 127.0.0.1:PORT HOST PORT` does: somebody else's SOCKS.
  private static let bridge = """
    import ipaddress, os, socket, struct, sys, threading
    port, host, target = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    s = socket.create_connection(("127.0.0.1", port))
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    s.sendall(b"\\x05\\x02\\x00\\x02")
    assert s.recv(2) == b"\\x05\\x00"
    s.sendall(b"\\x05\\x01\\x00\\x01" + ipaddress.ip_address(host).packed + struct.pack(">H", target))
    reply = s.recv(10)
    if reply[1] != 0:
        sys.exit("socks reply %d" % reply[1])
    def up():
        while data := os.read(0, 65536):
            s.sendall(data)
        s.shutdown(socket.SHUT_WR)
    threading.Thread(target=up, daemon=True).start()
    while data := s.recv(65536):
        os.write(1, data)

    """

  func end() async {
    await network.close()
    await proxy.stop()
    try? FileManager.default.removeItem(atPath: directory)
  }
}

/// There is no control plane here.
struct NoPower: PowerReader {
  func power(of machine: VirtualMachine) async -> Reading<PowerState> { .notApplicable("not asked") }
}

/// A program of this machine, run to its end.
enum Program {
  struct Result { var status: Int32, output: String, errors: String }

  static let python = "python3"
  static let hasOpenSSH = access("/usr/bin/ssh", X_OK) == 0 && access("/usr/bin/ssh-keygen", X_OK) == 0

  static func run(_ program: String, _ arguments: [String], input: String = "") async throws -> Result {
    let outcome = await LocalCommand(program, arguments, input: input)
      .run(until: .now + .seconds(30), on: ClientLoops.shared.network)
    return switch outcome {
    case .exited(let status, let output, let errors): Result(status: Int32(status), output: output, errors: errors)
    case .timedOut: Result(status: -1, output: "", errors: "timed out")
    case .failed(let why): Result(status: -1, output: "", errors: why)
    }
  }
}

/// Waits for a condition with a deadline.
func eventually(within limit: Duration = .seconds(10), _ condition: @Sendable () async -> Bool) async -> Bool {
  let deadline = ContinuousClock.now + limit
  while ContinuousClock.now < deadline {
    if await condition() { return true }
    _ = await ClientLoops.shared.network.sleep(until: .now + .milliseconds(20))
  }
  return await condition()
}
