import Autopilot
import FleetModel
import Glibc
import Testing

@testable import GuestAccess

@Suite("A probe of a real guest", .enabled(if: TestSSHServer.isAvailable, "needs openssh-server and openssh-client"))
struct NetworkGuestProbeTests {
  private struct Power: PowerReader {
    var delay = Duration.zero
    func power(of machine: VirtualMachine) async -> Reading<PowerState> {
      if delay > .zero { try? await Task.sleep(for: delay) }
      return .value(.running)
    }
  }

  private func machine(_ server: TestSSHServer, system: OperatingSystem = .linux) -> VirtualMachine {
    VirtualMachine(
      id: MachineID("hosts/test/guest"), name: "guest", provider: .hosts, system: system,
      address: GuestAddress(host: server.host, port: server.port, user: TestSSHServer.user))
  }

  private func request(
    _ depth: ProbeRequest.Depth = .full, checks: Set<CheckKind> = Set(CheckKind.allCases),
    ssh: Duration = .seconds(15)
  ) -> ProbeRequest {
    ProbeRequest(depth: depth, checks: checks, connectivityTimeout: .seconds(5), sshTimeout: ssh)
  }

  private func probe(_ network: GuestNetwork, power: Power = Power()) -> NetworkGuestProbe {
    NetworkGuestProbe(network: network, power: power) { Instant(milliseconds: 1000) }
  }

  @Test("finds everything in one go")
  func full() async throws {
    let server = try await TestSSHServer()
    let network = server.network()
    let report = await probe(network).probe(machine(server), request())
    #expect(report.power == .value(.running))
    #expect(report.tcp.value?.provesHostUp == true)
    if EchoPingerTests.canPing { #expect(report.echo.value?.provesHostUp == true) }
    #expect(report.ssh.value?.reached == .shell)
    #expect(report.ssh.value?.failure == nil)
    #expect(report.ssh.value?.banner?.hasPrefix("SSH-2.0-OpenSSH") == true)
    let guest = try #require(report.guest.value)
    #expect(!guest.bootID.isEmpty && guest.memory.value != nil && guest.mounts.value != nil)
    #expect(report.path == "\(server.host):\(server.port)")
    await network.close()
  }

  @Test("of a server that was stopped says refused, though its live session still gives figures")
  func stopped() async throws {
    let server = try await TestSSHServer()
    let network = server.network()
    _ = await probe(network).probe(machine(server), request())
    server.stop()
    let report = await probe(network).probe(machine(server), request())
    guard case .value(.refused) = report.tcp else {
      Issue.record("\(report.tcp)")
      return
    }
    #expect(report.ssh.value?.failure == .portRefused)
    #expect(report.ssh.value?.reached == nil)
    #expect(report.guest.value != nil)
    await network.close()
    let without = await probe(server.network()).probe(machine(server), request())
    #expect(without.ssh.value?.failure == .portRefused)
    #expect(without.guest == .notMeasured(.lowerRungFailed("connection refused")))
  }

  @Test("that is a re-check stops at the banner, logs nobody in and leaves no error in the server's log")
  func recheck() async throws {
    let server = try await TestSSHServer()
    let network = server.network()
    for _ in 0..<5 {
      let report = await probe(network).probe(machine(server), request(.recheck))
      #expect(report.ssh.value?.reached == .banner && report.ssh.value?.failure == nil)
      #expect(report.guest == .notMeasured(.notYet))
    }
    _ = await probe(network).probe(machine(server), request(.witnesses))
    // The test's own knock, five re-checks and one look for witnesses: each ends as by a client that hangs up.
    func count(_ words: String) -> Int { server.log.split(whereSeparator: \.isNewline).count { $0.hasPrefix(words) } }
    let deadline = ContinuousClock.now + .seconds(10)
    while count("Connection closed by") < 7, ContinuousClock.now < deadline {
      _ = await TestLoops.shared.network.sleep(until: .now + .milliseconds(10))
    }
    let usual = ["Server listening on", "Connection from", "Connection closed by"]
    let others = server.log.split(whereSeparator: \.isNewline).filter { line in !usual.contains { line.hasPrefix($0) } }
    #expect(others.isEmpty, "\(others)")
    #expect(count("Connection closed by") == count("Connection from"))
    #expect(count("Connection from") >= 7)
    #expect(network.ssh.sessions.count == 0)
  }

  @Test("that asks for witnesses only opens no session")
  func witnesses() async throws {
    let server = try await TestSSHServer()
    let network = server.network()
    let report = await probe(network).probe(machine(server), request(.witnesses, checks: []))
    #expect(report.tcp.value?.provesHostUp == true)
    #expect(report.ssh == .notMeasured(.switchedOff))
    #expect(report.power == .notMeasured(.switchedOff))
    #expect(network.ssh.sessions.count == 0)
  }

  @Test("measures only what the policy asks")
  func checks() async throws {
    let server = try await TestSSHServer()
    let network = server.network()
    let basic = await probe(network).probe(machine(server), request(checks: [.power, .connectivity]))
    #expect(basic.tcp.value?.provesHostUp == true)
    #expect(basic.ssh == .notMeasured(.switchedOff) && basic.guest == .notMeasured(.switchedOff))
    let disk = await probe(network).probe(machine(server), request(checks: [.disk]))
    #expect(disk.tcp == .notMeasured(.switchedOff) && disk.ssh == .notMeasured(.switchedOff))
    #expect(disk.guest.value?.mounts.value != nil)
    await network.close()
  }

  @Test("waits for no banner where only reachability is asked")
  func noBanner() async throws {
    let listener = try LoopbackListener()
    let server = try await TestSSHServer()
    var machine = machine(server)
    machine.address = GuestAddress(host: "127.0.0.1", port: Int(listener.address.port))
    let start = ContinuousClock.now
    let report = await probe(server.network()).probe(machine, request(checks: [.connectivity]))
    #expect(report.tcp.value?.provesHostUp == true)
    #expect(start.duration(to: .now) < .seconds(4))
  }

  @Test("never sends a script to a Windows guest")
  func windows() async throws {
    let server = try await TestSSHServer()
    let network = server.network()
    let report = await probe(network).probe(machine(server, system: .windows), request())
    #expect(report.tcp.value?.provesHostUp == true)
    guard case .notApplicable = report.ssh, case .notApplicable = report.guest else {
      Issue.record("\(report)")
      return
    }
    #expect(network.ssh.sessions.count == 0)
  }

  @Test("of a machine without an address is not applicable")
  func noAddress() async throws {
    let server = try await TestSSHServer()
    var machine = machine(server)
    machine.address = nil
    let report = await probe(server.network()).probe(machine, request())
    #expect(report.echo == .notApplicable("no direct path") && report.ssh == .notApplicable("no direct path"))
    #expect(report.power == .value(.running))
  }

  @Test("of a name that cannot be resolved is the monitor's matter")
  func unresolved() async throws {
    let server = try await TestSSHServer()
    var machine = machine(server)
    machine.address = GuestAddress(host: "no-such-host.invalid")
    let report = await probe(server.network()).probe(machine, request(ssh: .seconds(10)))
    for isMonitor in [report.echo.isMonitor, report.tcp.isMonitor, report.ssh.isMonitor, report.guest.isMonitor] {
      #expect(isMonitor)
    }
  }

  @Test("returns in time though the control plane and the shell hang")
  func hangs() async throws {
    let server = try await TestSSHServer(["ForceCommand sleep 60"])
    let network = server.network()
    // What `ssh -G` says is known from then on: this test is about the guest.
    _ = await network.ssh.configurations.configuration(of: server.target, until: .now + .seconds(10))
    let start = ContinuousClock.now
    let report = await probe(network, power: Power(delay: .seconds(60)))
      .probe(
        machine(server),
        ProbeRequest(
          depth: .full, checks: Set(CheckKind.allCases), connectivityTimeout: .seconds(2), sshTimeout: .seconds(3)))
    #expect(start.duration(to: .now) < .seconds(6))
    #expect(report.power.isMonitor)
    #expect(report.ssh.value?.reached == .authentication)
    guard case .shellFailed = report.ssh.value?.failure else {
      Issue.record("\(report.ssh)")
      return
    }
  }

  @Test("returns soon when cancelled, counting nothing against the machine")
  func cancelled() async throws {
    let marker = "/tmp/azlin-test-running-\(getpid())"
    defer { unlink(marker) }
    let server = try await TestSSHServer(["ForceCommand touch \(marker); exec sleep 60"])
    let network = server.network()
    let (probe, machine, request) = (probe(network), machine(server), request(ssh: .seconds(60)))
    let task = Task { await probe.probe(machine, request) }
    // The command runs: the hardest moment to be cancelled in.
    #expect(await eventually(within: .seconds(30)) { access(marker, F_OK) == 0 })
    let start = ContinuousClock.now
    task.cancel()
    let report = await task.value
    #expect(start.duration(to: .now) < .seconds(5))
    #expect(report.ssh.isMonitor && report.guest.isMonitor)
  }

  @Test("of a guest whose login is refused is a finding at the banner")
  func refused() async throws {
    let server = try await TestSSHServer()
    try server.write("", to: "authorized_keys")
    let network = server.network()
    for _ in 0..<3 {
      let report = await probe(network).probe(machine(server), request())
      #expect(report.ssh.value?.reached == .banner)
      #expect(report.ssh.value?.failure == .authenticationRefused(methods: "publickey"))
    }
    #expect(server.log.split(whereSeparator: \.isNewline).count { $0.contains("Failed publickey") } <= 1)
  }
}

extension Reading {
  /// Not measured, through the monitor's own fault.
  var isMonitor: Bool {
    if case .notMeasured(.monitor) = self { true } else { false }
  }
}
