import Glibc
import LabKit
import Testing

@Suite(
  "Bad input from a real SSH server",
  .enabled(if: access("/usr/sbin/sshd", X_OK) == 0 && geteuid() == 0, "needs openssh-server and root"))
struct BadInputServerTests {
  @Test("A changed host key: both fingerprints, what to do, exit 2, no log-in tried, and known_hosts untouched")
  func changedKey() async throws {
    try await BadServer.with { azlin, server in
      try await server.start(hostKey: "host")
      let well = try await azlin.run("autopilot", "status", "box")
      #expect(well.output.contains("SSH Access: OK"), "\(well.output)")
      let known = try await azlin.contents(of: server.knownHosts)
      #expect(known.contains("[127.0.0.1]:\(server.port)"))
      try await server.stop()

      try await server.start(hostKey: "other")
      let result = try await azlin.run("autopilot", "status", "box")
      #expect(result.status == 2, "\(result.output)")
      for key in ["host", "other"] {
        #expect(result.output.contains(try await server.fingerprint(of: key)), "\(key): \(result.output)")
      }
      #expect(result.output.contains("SSH Access: host key changed"))
      #expect(result.output.contains("ssh-keygen -R '[127.0.0.1]:\(server.port)'"), "\(result.output)")
      #expect(try await azlin.contents(of: server.knownHosts) == known)
      #expect(!(try await server.log()).contains("Accepted publickey"))
    }
  }

  @Test("A refused key: what the server takes, what to do, exit 1 for a machine that never let azlin in")
  func refusedKey() async throws {
    try await BadServer.with { azlin, server in
      try await azlin.write("", to: server.directory + "/authorized_keys")
      try await server.start(hostKey: "host")
      let result = try await azlin.run("autopilot", "status", "box")
      #expect(result.status == 1, "\(result.output)")
      #expect(result.output.contains("SSH Access: authentication refused (server offers publickey"), "\(result.output)")
      #expect(result.output.contains("To do: log in by hand (ssh 127.0.0.1)"))
      #expect(result.output.contains("authorized_keys"))
      let json = try await azlin.run("autopilot", "status", "box", "-o", "json")
      #expect(json.output.contains("\"ssh_works\" : false"))
    }
  }

  @Test("An unreachable host is critical or not yet reached, never healthy, and the status says why")
  func unreachable() async throws {
    try await BadServer.with { azlin, _ in
      let result = try await azlin.run("autopilot", "status", "box")
      #expect(result.status == 1, "\(result.output)")
      #expect(result.output.contains("connection refused"), "\(result.output)")
    }
  }
}

/// An sshd on a loopback port of its own, with keys of its own.
struct BadServer {
  let directory: String
  let port: Int

  var knownHosts: String { directory + "/known_hosts" }

  private init(directory: String, port: Int) {
    self.directory = directory
    self.port = port
  }

  /// Runs `body` with the server, not yet started, and an azlin that has it as the host `box`.
  static func with(_ body: (Program, BadServer) async throws -> Void) async throws {
    try await Program.with { azlin in
      let folder = azlin.sshConfiguration.split(separator: "/").dropLast().joined(separator: "/")
      let server = BadServer(directory: "/" + folder, port: try await freePort())
      for key in ["host", "other", "user"] {
        try await LabCommand.succeed(
          ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "\(server.directory)/\(key)"])
      }
      let own = try await azlin.contents(of: "\(server.directory)/user.pub")
      try await azlin.write(own, to: "\(server.directory)/authorized_keys")
      try await azlin.write(
        """
        UserKnownHostsFile \(server.knownHosts)
        GlobalKnownHostsFile /dev/null
        StrictHostKeyChecking accept-new
        IdentitiesOnly yes

        """, to: azlin.sshConfiguration)
      let identity = "\(server.directory)/user"
      try await azlin.write(
        "hosts:\n  - {name: box, address: 127.0.0.1, port: \(server.port), user: root, identity: \(identity)}\n",
        to: "\(azlin.directory)/inventory.yaml")
      // A full disk of the machine the tests run on is not what these tests are about.
      try await azlin.write(
        "health_monitoring:\n  checks: {disk: false}\n", to: "\(azlin.directory)/autopilot/defaults.yaml")
      do { try await body(azlin, server) } catch {
        try await server.stop()
        throw error
      }
      try await server.stop()
    }
  }

  /// Starts it and waits until it answers.
  func start(hostKey: String) async throws {
    let configuration = """
      Port \(port)
      ListenAddress 127.0.0.1
      HostKey \(directory)/\(hostKey)
      AuthorizedKeysFile \(directory)/authorized_keys
      PidFile none
      StrictModes no
      UsePAM no
      PermitRootLogin yes
      PasswordAuthentication no
      KbdInteractiveAuthentication no
      LogLevel VERBOSE

      """
    // The log begins anew with each start; sshd itself goes on without the shell.
    let script = #"""
      mkdir -p /run/sshd && cat > "$1/sshd_config" && : > "$1/log"
      setsid /usr/sbin/sshd -D -f "$1/sshd_config" -E "$1/log" > /dev/null 2>&1 < /dev/null &
      echo $! > "$1/pid"
      """#
    try await LabCommand.succeed(["sh", "-c", script, "sh", directory], input: configuration)
    let came = try await eventually(within: .seconds(10)) { try await log().contains("Server listening") }
    guard came else { throw LabError.timedOut("sshd does not start: \(try await log())") }
  }

  /// Ends it, if it runs.
  func stop() async throws {
    let script = #"""
      [ -e "$1/pid" ] && kill "$(cat "$1/pid")" || exit 0
      while kill -0 "$(cat "$1/pid")" 2> /dev/null; do sleep 0.05; done; rm "$1/pid"
      """#
    try await LabCommand.succeed(["sh", "-c", script, "sh", directory], seconds: 10)
  }

  func log() async throws -> String { try await LabCommand.run(["cat", "\(directory)/log"]).output }

  func fingerprint(of key: String) async throws -> String {
    let words = try await LabCommand.succeed(["ssh-keygen", "-l", "-f", "\(directory)/\(key).pub"]).output
    return words.split(separator: " ").dropFirst().first.map(String.init) ?? "no fingerprint"
  }

  private static func freePort() async throws -> Int {
    let script = "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])"
    return Int(try await LabCommand.succeed(["python3", "-c", script]).text) ?? 0
  }
}
