import FleetModel
import Testing

@testable import GuestAccess

@Suite("The system's ssh", .enabled(if: TestSSHServer.isAvailable, "needs openssh-server and openssh-client"))
struct SystemSSHTests {
  /// A server that is reached through another, both on loopback.
  private func behindJump(_ extra: [String] = []) async throws -> (server: TestSSHServer, jump: TestSSHServer) {
    let jump = try await TestSSHServer()
    let server = try await TestSSHServer(extra)
    try server.write(
      """
      Host gate
        HostName \(jump.host)
        Port \(jump.port)
        User \(TestSSHServer.user)
        IdentityFile \(jump.directory)/user
        UserKnownHostsFile \(jump.directory)/known_hosts
        StrictHostKeyChecking accept-new
      Host \(server.host)
        ProxyJump gate
      \(server.read("ssh_config"))
      """, to: "ssh_config")
    return (server, jump)
  }

  @Test("runs a script behind a jump host, and again over the shared connection")
  func jump() async throws {
    let (server, jump) = try await behindJump()
    let network = server.network()
    for _ in 0..<2 {
      let result = await network.ssh.run(
        script: "echo out; echo err >&2; exit 3", on: server.target, timeout: .seconds(20))
      let output = try result.get()
      #expect(output.exitStatus == 3 && output.output == "out\n" && output.errors.contains("err"))
    }
    #expect(server.log.contains("Accepted publickey"))
    await close(server, jump)
  }

  @Test("tells what the port behind a jump host says, also while a shared connection lives")
  func portBehindJump() async throws {
    let (server, jump) = try await behindJump()
    let network = server.network()
    let configuration = try await network.ssh.configurations.configuration(
      of: server.target, until: .now + .seconds(10)
    ).get()
    #expect(configuration.isIndirect)
    let well = await network.ssh.examineIndirect(
      server.target, configuration, script: ":\n", until: .now + .seconds(20))
    #expect(well.rungs.value?.reached == .shell && well.rungs.value?.failure == nil)
    #expect(well.tcp.value?.provesHostUp == true)
    server.stop()
    let down = await network.ssh.examineIndirect(
      server.target, configuration, script: "echo still here", until: .now + .seconds(20))
    #expect(down.rungs.value?.failure == .portRefused && down.rungs.value?.reached == nil)
    guard case .value(.refused) = down.tcp else {
      Issue.record("\(down.tcp)")
      return
    }
    #expect(try down.shell?.get().output == "still here\n")
    await close(server, jump)
  }

  @Test("asks for the host key behind a jump host, past a shared connection and without a login")
  func hostKey() async throws {
    let (server, jump) = try await behindJump()
    let network = server.network()
    _ = try await network.ssh.run(script: ":", on: server.target, timeout: .seconds(20)).get()
    let known = try await network.ssh.offer(of: server.target, timeout: .seconds(20)).get()
    #expect(server.read("host.pub").contains(known.offered.blob))
    #expect(known.isKnown)
    try await TestSSHServer.key("other", in: server.directory)
    server.stop()
    try await server.start(hostKey: "other")
    let offer = try await network.ssh.offer(of: server.target, timeout: .seconds(20)).get()
    #expect(server.read("other.pub").contains(offer.offered.blob))
    #expect(!offer.isKnown)
    // The script's own.
    #expect(server.log.split(separator: "\n").count { $0.contains("Accepted publickey") } == 1)
    #expect(try network.ssh.accept(offer) == [server.directory + "/known_hosts"])
    #expect(try await network.ssh.offer(of: server.target, timeout: .seconds(20)).get().isKnown)
    await close(server, jump)
  }

  @Test("says that the way failed, not the machine, when the jump host is down")
  func jumpDown() async throws {
    let (server, jump) = try await behindJump()
    jump.stop()
    let network = server.network()
    let configuration = try await network.ssh.configurations.configuration(
      of: server.target, until: .now + .seconds(10)
    ).get()
    let down = await network.ssh.examineIndirect(
      server.target, configuration, script: nil, until: .now + .seconds(20))
    guard case .notMeasured(.monitor) = down.tcp, case .notMeasured(.monitor) = down.rungs else {
      Issue.record("\(down)")
      return
    }
    await close(server, jump)
  }

  @Test("reads ssh's complaints")
  func complaints() {
    func failure(_ text: String) -> ShellFailure { SystemSSH.failure(of: text) }
    #expect(
      failure("me@10.0.0.4: Permission denied (publickey,password).")
        == .notReached(.authenticationRefused(methods: "publickey, password")))
    #expect(
      failure("ssh: connect to host 10.0.0.4 port 22: Connection refused") == .notReached(.portRefused))
    #expect(
      failure("ssh: connect to host 10.0.0.4 port 22: Connection timed out") == .notReached(.portSilent))
    #expect(
      failure("Connection timed out during banner exchange\nConnection to 10.0.0.4 port 22 timed out")
        == .notReached(.noBanner))
    guard case .monitor = failure("ssh: Could not resolve hostname x: Name or service not known") else {
      Issue.record("a name that is not found was counted against the machine")
      return
    }
    guard
      case .notReached(.hostKeyChanged(_, "SHA256:abc")) = failure(
        "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nThe fingerprint is\nSHA256:abc.\nHost key verification failed."
      )
    else {
      Issue.record("a changed host key was not seen")
      return
    }
    #expect(
      failure(
        "No ED25519 host key is known for x and you have requested strict checking.\nHost key verification failed.")
        == .notReached(.hostKeyUnknown(offered: "see `ssh` by hand")))
  }

  /// Ends the shared connections, which would outlive the test.
  private func close(_ servers: TestSSHServer...) async {
    for server in servers {
      for socket in (try? await TestSSHServer.run("/usr/bin/find", [server.directory, "-type", "s"]))?
        .split(separator: "\n") ?? []
      {
        _ = try? await TestSSHServer.run("/usr/bin/ssh", ["-O", "exit", "-o", "ControlPath=\(socket)", "any"])
      }
    }
  }
}
