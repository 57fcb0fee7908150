import FleetModel
import Foundation
import Testing

@testable import GuestAccess

@Suite("SSH into a real server", .enabled(if: TestSSHServer.isAvailable, "needs openssh-server and openssh-client"))
struct SSHAccessTests {
  @Test("runs a script with each kind of key", arguments: ["ed25519", "rsa", "ecdsa"])
  func keys(type: String) async throws {
    let server = try await TestSSHServer(keyType: type)
    let network = server.network()
    let result = await network.ssh.run(
      script: "echo out; echo err >&2; exit 7", on: server.target, timeout: .seconds(10))
    #expect(try result.get() == ShellOutput(exitStatus: 7, output: "out\n", errors: "err\n"))
    #expect(server.read("known_hosts").contains("[\(server.host)]:\(server.port) ssh-ed25519 "))
    await network.close()
  }

  @Test("keeps the session and uses it again")
  func reuse() async throws {
    let server = try await TestSSHServer()
    let network = server.network()
    var connections: Set<String> = []
    for _ in 0..<20 {
      let output = try await network.ssh.run(
        script: "echo $SSH_CONNECTION", on: server.target, timeout: .seconds(10)
      ).get()
      connections.insert(output.output)
    }
    #expect(connections.count == 1)
    #expect(network.ssh.sessions.count == 1)
    await network.close()
    #expect(network.ssh.sessions.count == 0)
  }

  @Test("logs in with the agent, and with keys the agent gets later")
  func agent() async throws {
    let server = try await TestSSHServer()
    let socket = server.directory + "/agent"
    let agent = try await TestAgent(socket: socket)
    try FileManager.default.moveItem(atPath: server.directory + "/user", toPath: server.directory + "/hidden")
    let network = server.network { $0.agentSocket = socket }
    let first = await network.ssh.run(script: "echo hi", on: server.target, timeout: .seconds(10))
    guard case .failure(.notReached(.authenticationRefused)) = first else {
      Issue.record("\(first)")
      return
    }
    try await TestSSHServer.run(
      "/usr/bin/ssh-add", ["-q", server.directory + "/hidden"], environment: ["SSH_AUTH_SOCK": socket])
    let second = await network.ssh.run(script: "echo hi", on: server.target, timeout: .seconds(10))
    #expect(try second.get().output == "hi\n")
    agent.stop()
    await network.close()
  }

  @Test("is not held up by an agent that never answers")
  func silentAgent() async throws {
    let server = try await TestSSHServer()
    let socket = server.directory + "/agent"
    let silent = try SilentAgent(socket: socket)
    let network = server.network { $0.agentSocket = socket }
    let result = await network.ssh.run(script: "echo hi", on: server.target, timeout: .seconds(10))
    #expect(try result.get().output == "hi\n")
    silent.stop()
    await network.close()
  }

  @Test("refuses a changed host key, naming both fingerprints")
  func changed() async throws {
    let server = try await TestSSHServer()
    let network = server.network()
    _ = try await network.ssh.run(script: ":", on: server.target, timeout: .seconds(10)).get()
    await network.close()
    server.stop()
    try await TestSSHServer.key("other", in: server.directory)
    try await server.start(hostKey: "other")
    let fresh = server.network()
    let result = await fresh.ssh.run(script: "echo no", on: server.target, timeout: .seconds(10))
    #expect(
      result
        == .failure(
          .notReached(
            .hostKeyChanged(
              known: try await fingerprint(server, "host"), offered: try await fingerprint(server, "other")))))
  }

  @Test("refuses a host key of another kind where one is known")
  func otherKind() async throws {
    let server = try await TestSSHServer()
    let network = server.network()
    _ = try await network.ssh.run(script: ":", on: server.target, timeout: .seconds(10)).get()
    await network.close()
    server.stop()
    try await TestSSHServer.key("other", in: server.directory, type: "rsa")
    try await server.start(hostKey: "other")
    let result = await server.network().ssh.run(script: "echo no", on: server.target, timeout: .seconds(10))
    guard case .failure(.notReached(.hostKeyChanged)) = result else {
      Issue.record("\(result)")
      return
    }
  }

  @Test("refuses an unknown host key where StrictHostKeyChecking says yes, and writes nothing")
  func strict() async throws {
    let server = try await TestSSHServer(client: ["StrictHostKeyChecking yes"])
    // The first word of a keyword counts in ssh_config.
    try server.write(
      "StrictHostKeyChecking yes\n" + server.read("ssh_config"), to: "ssh_config")
    let result = await server.network().ssh.run(script: "echo no", on: server.target, timeout: .seconds(10))
    #expect(result == .failure(.notReached(.hostKeyUnknown(offered: try await fingerprint(server, "host")))))
    #expect(server.read("known_hosts").isEmpty)
  }

  @Test("files hashed names where HashKnownHosts says so, once, also when many come at once")
  func hashed() async throws {
    let server = try await TestSSHServer(["MaxSessions 100"], client: ["HashKnownHosts yes"])
    let (network, target) = (server.network(), server.target)
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<20 {
        group.addTask {
          if case .success = await network.ssh.run(script: ":", on: target, timeout: .seconds(20)) {
            true
          } else {
            false
          }
        }
      }
      for await succeeded in group { #expect(succeeded) }
    }
    let lines = server.read("known_hosts").split(separator: "\n")
    #expect(lines.count == 1)
    #expect(lines.first?.hasPrefix("|1|") ?? false)
    await network.close()
  }

  @Test("without a file for host keys still notices a change")
  func pinned() async throws {
    let server = try await TestSSHServer()
    try server.write("UserKnownHostsFile none\n" + server.read("ssh_config"), to: "ssh_config")
    let network = server.network { $0.maximumAge = .zero }
    _ = try await network.ssh.run(script: ":", on: server.target, timeout: .seconds(10)).get()
    server.stop()
    try await TestSSHServer.key("other", in: server.directory)
    try await server.start(hostKey: "other")
    let result = await network.ssh.run(script: "echo no", on: server.target, timeout: .seconds(10))
    guard case .failure(.notReached(.hostKeyChanged)) = result else {
      Issue.record("\(result)")
      return
    }
    #expect(server.read("known_hosts").isEmpty)
  }

  @Test("remembers a refused login, until the keys change")
  func refused() async throws {
    let server = try await TestSSHServer()
    try server.write("", to: "authorized_keys")
    let network = server.network()
    for _ in 0..<5 {
      let result = await network.ssh.run(script: "echo hi", on: server.target, timeout: .seconds(10))
      #expect(result == .failure(.notReached(.authenticationRefused(methods: "publickey"))))
    }
    let attempts = server.log.split(separator: "\n").count { $0.contains("Failed publickey") }
    #expect(attempts <= 1)
    try FileManager.default.removeItem(atPath: server.directory + "/user")
    try FileManager.default.removeItem(atPath: server.directory + "/user.pub")
    try await TestSSHServer.key("user", in: server.directory)
    try server.write(server.read("user.pub"), to: "authorized_keys")
    let result = await network.ssh.run(script: "echo hi", on: server.target, timeout: .seconds(10))
    #expect(try result.get().output == "hi\n")
    await network.close()
  }

  @Test("says that a script may have run when it does not end in time, and drops that session")
  func hangs() async throws {
    let server = try await TestSSHServer()
    let network = server.network()
    _ = await network.ssh.run(script: ":", on: server.target, timeout: .seconds(20))
    let start = ContinuousClock.now
    let result = await network.ssh.run(
      script: "echo begun; exec sleep 60", on: server.target, timeout: .seconds(2))
    #expect(start.duration(to: .now) < .seconds(5))
    guard case .failure(let failure) = result else {
      Issue.record("\(result)")
      return
    }
    #expect(failure.mayHaveRun)
    #expect(network.ssh.sessions.count == 0)
  }

  @Test("does not wait for a child that keeps the output open")
  func background() async throws {
    let server = try await TestSSHServer()
    let network = server.network()
    let start = ContinuousClock.now
    let result = await network.ssh.run(
      script: "sleep 8 & echo done", on: server.target, timeout: .seconds(20))
    #expect(try result.get().output == "done\n")
    #expect(start.duration(to: .now) < .seconds(5))
    await network.close()
  }

  @Test("gives up on a command that prints without end")
  func flood() async throws {
    let server = try await TestSSHServer()
    let network = server.network()
    let result = await network.ssh.run(script: "exec yes", on: server.target, timeout: .seconds(20))
    guard case .failure(.unknown(let why)) = result else {
      Issue.record("\(result)")
      return
    }
    #expect(why.contains("256 KiB"))
    await network.close()
  }

  @Test("sends a script larger than a window and reads as much back")
  func large() async throws {
    let server = try await TestSSHServer()
    let network = server.network()
    let filler = String(repeating: "# \(String(repeating: "x", count: 98))\n", count: 30_000)
    let result = await network.ssh.run(
      script: filler + "head -c 200000 /dev/zero | tr '\\0' y", on: server.target, timeout: .seconds(30))
    #expect(try result.get().output.utf8.count == 200_000)
    await network.close()
  }

  @Test("tells a forced command from a shell", arguments: ["echo menu", "/bin/false"])
  func forced(command: String) async throws {
    let server = try await TestSSHServer(["ForceCommand \(command)"])
    let result = await server.network().ssh.run(script: "echo hi", on: server.target, timeout: .seconds(10))
    guard case .failure(.notReached(.shellFailed(let why))) = result else {
      Issue.record("\(result)")
      return
    }
    #expect(why.contains("exit status"))
  }

  @Test("says so where the server opens no session at all")
  func noSessions() async throws {
    let server = try await TestSSHServer(["MaxSessions 0"])
    let result = await server.network().ssh.run(script: "echo hi", on: server.target, timeout: .seconds(10))
    guard case .failure(.notReached(.shellFailed)) = result else {
      Issue.record("\(result)")
      return
    }
  }

  @Test("works with one session a connection, and opens more connections instead")
  func oneSession() async throws {
    let server = try await TestSSHServer(["MaxSessions 1"])
    let (network, target) = (server.network(), server.target)
    await withTaskGroup(of: String.self) { group in
      for index in 0..<10 {
        group.addTask {
          let result = await network.ssh.run(
            script: "sleep 0.2; echo \(index)", on: target, timeout: .seconds(20))
          return (try? result.get().output) ?? "\(result)"
        }
      }
      var outputs: Set<String> = []
      for await output in group { outputs.insert(output) }
      #expect(outputs == Set((0..<10).map { "\($0)\n" }))
    }
    await network.close()
  }

  @Test("opens a new session when the old one died unseen")
  func died() async throws {
    let server = try await TestSSHServer()
    let network = server.network()
    let first = try await network.ssh.run(script: "echo $PPID", on: server.target, timeout: .seconds(10)).get()
    let session = try #require(pid_t(first.output.trimmingCharacters(in: .whitespacesAndNewlines)))
    // The process of this one connection, not the listener.
    kill(session, SIGKILL)
    let second = await network.ssh.run(script: "echo again", on: server.target, timeout: .seconds(10))
    #expect(try second.get().output == "again\n")
    await network.close()
  }

  @Test("keeps two hundred sessions live at once, and uses every one again")
  func manySessions() async throws {
    let server = try await TestSSHServer(["MaxSessions 10"])
    let (network, target) = (server.network { $0.maximumSessions = 400 }, server.target)
    func round() async -> Set<String> {
      await withTaskGroup(of: String?.self) { group in
        for _ in 0..<200 {
          group.addTask {
            // Each holds its session until all have one.
            try? await network.ssh.run(
              script: "echo $SSH_CONNECTION; sleep 4", on: target, timeout: .seconds(60)
            ).get().output
          }
        }
        return await group.reduce(into: []) { if let connection = $1 { $0.insert(connection) } }
      }
    }
    let first = await round()
    #expect(first.count > 100)
    #expect(network.ssh.sessions.count == first.count)
    let second = await round()
    #expect(second.count <= 200 && second.isSuperset(of: first.filter(second.contains)))
    #expect(!second.isDisjoint(with: first))
    await network.close()
    #expect(network.ssh.sessions.count == 0)
  }

  @Test("closes the session idle longest when there are too many, and those idle too long")
  func bounds() async throws {
    let server = try await TestSSHServer()
    let network = server.network {
      $0.maximumSessions = 2
      $0.idleLimit = .milliseconds(200)
    }
    let target = server.target
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<5 {
        group.addTask { _ = await network.ssh.run(script: "sleep 0.5", on: target, timeout: .seconds(20)) }
      }
    }
    #expect(network.ssh.sessions.count <= 2)
    #expect(await eventually { network.ssh.sessions.count == 0 })
  }

  @Test("leaves no handle open over two hundred logins, and no session in the process")
  func leaks() async throws {
    let server = try await TestSSHServer()
    let network = server.network { $0.maximumAge = .zero }
    for _ in 0..<5 { _ = await network.ssh.run(script: ":", on: server.target, timeout: .seconds(10)) }
    let before = openHandles()
    for _ in 0..<200 { _ = await network.ssh.run(script: ":", on: server.target, timeout: .seconds(10)) }
    await network.close()
    #expect(await eventually { openHandles() < before + 100 })
  }

  private func fingerprint(_ server: TestSSHServer, _ key: String) async throws -> String {
    let line = try await TestSSHServer.run("/usr/bin/ssh-keygen", ["-l", "-f", "\(server.directory)/\(key).pub"])
    return try #require(line.split(separator: " ").first { $0.hasPrefix("SHA256:") }.map(String.init))
  }
}
