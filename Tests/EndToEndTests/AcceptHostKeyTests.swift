import Glibc
import LabKit
import Testing

@Suite(
  "accept-host-key, against a real SSH server",
  .enabled(if: access("/usr/sbin/sshd", X_OK) == 0 && geteuid() == 0, "needs openssh-server and root"))
struct AcceptHostKeyTests {
  @Test("without a terminal nobody is asked: the file stays as it is until a fingerprint or --yes says so")
  func withoutTerminal() async throws {
    try await changed { azlin, server in
      let (old, new) = try await (server.fingerprint(of: "host"), server.fingerprint(of: "other"))
      let before = try await azlin.contents(of: server.knownHosts)
      let status = try await azlin.run("autopilot", "status", "box")
      #expect(status.output.contains("azlin autopilot accept-host-key 'box'"), "\(status.output)")
      let asked = try await azlin.run("autopilot", "accept-host-key", "box")
      #expect(asked.status == 1)
      #expect(asked.output.contains("known:   \(old) (ssh-ed25519)"), "\(asked.output)")
      #expect(asked.output.contains("offered: \(new) (ssh-ed25519)"), "\(asked.output)")
      #expect(asked.output.contains("inside:  not known (no run command in the inventory)"), "\(asked.output)")
      #expect(asked.errors.contains("--fingerprint"), "\(asked.errors)")
      let wrong = try await azlin.run("autopilot", "accept-host-key", "box", "--fingerprint", old, "--yes")
      #expect(wrong.status == 1)
      let malformed = try await azlin.run("autopilot", "accept-host-key", "box", "--fingerprint", "aa:bb:cc")
      #expect(malformed.status == 64)
      #expect(try await azlin.contents(of: server.knownHosts) == before)

      let accepted = try await azlin.run("autopilot", "accept-host-key", "box", "--fingerprint", new)
      #expect(accepted.status == 0, "\(accepted.errors)")
      #expect(try await azlin.run("autopilot", "status", "box").output.contains("SSH Access: OK"))
      let again = try await azlin.run("autopilot", "accept-host-key", "box", "--yes")
      #expect(again.status == 0)
      #expect(again.output.contains("nothing to do"), "\(again.output)")
    }
  }

  @Test("hashed names: this host's line alone is replaced, and the mode stays")
  func hashed() async throws {
    try await changed { azlin, server in
      let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
      try await azlin.write(
        "# mine\n127.0.0.1 \(key)\n" + azlin.contents(of: server.knownHosts) + "other \(key)\n", to: server.knownHosts,
        mode: "0644")
      try await LabCommand.succeed(["ssh-keygen", "-q", "-H", "-f", server.knownHosts])
      try await LabCommand.succeed(["chmod", "0644", server.knownHosts])
      let before = try await azlin.contents(of: server.knownHosts).split(separator: "\n")
      #expect(try await azlin.run("autopilot", "accept-host-key", "box", "--yes").status == 0)
      let after = try await azlin.contents(of: server.knownHosts).split(separator: "\n")
      #expect(after.count == before.count)
      #expect(zip(before, after).count { $0 != $1 } == 1)
      #expect(try await LabCommand.succeed(["stat", "-c", "%a", server.knownHosts]).text == "644")
      let found = try await LabCommand.succeed(
        ["ssh-keygen", "-l", "-F", "[127.0.0.1]:\(server.port)", "-f", server.knownHosts])
      #expect(found.output.contains(try await server.fingerprint(of: "other")))
    }
  }

  @Test("a machine that names another key itself: --yes is not enough, the exact fingerprint is")
  func contradicted() async throws {
    try await changed(run: "host") { azlin, server in
      let before = try await azlin.contents(of: server.knownHosts)
      let refused = try await azlin.run("autopilot", "accept-host-key", "box", "--yes")
      #expect(refused.status == 1)
      #expect(
        refused.output.contains("inside:  \(try await server.fingerprint(of: "host")) (ssh-ed25519)\n"),
        "\(refused.output)")
      #expect(refused.errors.contains("the machine itself names another key"), "\(refused.errors)")
      #expect(try await azlin.contents(of: server.knownHosts) == before)
      let new = try await server.fingerprint(of: "other")
      #expect(try await azlin.run("autopilot", "accept-host-key", "box", "--fingerprint", new).status == 0)
    }
  }

  @Test("a machine that names the offered key itself is accepted by --yes")
  func confirmed() async throws {
    try await changed(run: "other") { azlin, server in
      let accepted = try await azlin.run("autopilot", "accept-host-key", "box", "--yes")
      #expect(accepted.status == 0, "\(accepted.errors)")
      #expect(accepted.output.contains(": the same as offered"), "\(accepted.output)")
    }
  }

  @Test("a revoked key is never accepted; nobody at the address is exit 69")
  func revoked() async throws {
    try await changed { azlin, server in
      let key = try await azlin.contents(of: "\(server.directory)/other.pub").split(separator: " ").prefix(2)
      let before = try await azlin.contents(of: server.knownHosts)
      try await azlin.write("@revoked * \(key.joined(separator: " "))\n" + before, to: server.knownHosts)
      let new = try await server.fingerprint(of: "other")
      let refused = try await azlin.run("autopilot", "accept-host-key", "box", "--fingerprint", new)
      #expect(refused.status == 1)
      #expect(refused.errors.contains("revoked"), "\(refused.errors)")
      #expect(try await azlin.contents(of: server.knownHosts).hasSuffix(before))
      try await server.stop()
      #expect(try await azlin.run("autopilot", "accept-host-key", "box", "--yes").status == 69)
    }
  }

  /// A host `box` that was known by the key `host` and shows the key `other` now.
  /// - Parameter run: the key that the host itself names through its `run` command; nil: it has none.
  private func changed(run: String? = nil, _ body: (Program, BadServer) async throws -> Void) async throws {
    try await BadServer.with { azlin, server in
      if let run {
        let script = "#!/bin/sh\ncat >/dev/null; echo 'azlin-hostkeys 1'; "
        let answer = "echo \"key=$(cut -d ' ' -f 1,2 '\(server.directory)/\(run).pub')\"; echo end\n"
        try await azlin.write(script + answer, to: "\(server.directory)/run", mode: "0700")
        let inventory = try await azlin.contents(of: "\(azlin.directory)/inventory.yaml")
        let end = try #require(inventory.lastIndex(of: "}"))
        try await azlin.write(
          inventory[..<end] + ", commands: {run: \(server.directory)/run}}\n", to: "\(azlin.directory)/inventory.yaml")
      }
      try await server.start(hostKey: "host")
      #expect(try await azlin.run("autopilot", "status", "box").output.contains("SSH Access: OK"))
      try await server.stop()
      try await server.start(hostKey: "other")
      try await body(azlin, server)
    }
  }
}
