import Foundation
import Glibc

@testable import GuestAccess

/// A real sshd on a loopback address, with keys and configuration of its own, and the client's side of it.
final class TestSSHServer: @unchecked Sendable {  // a test uses it from one task at a time, its log from any
  static let program = "/usr/sbin/sshd"
  static let isAvailable = access(program, X_OK) == 0
  static let missing = "needs openssh-server and openssh-client"

  let host: String
  let port: Int
  let directory: String
  private(set) var process: TestProcess?
  private let extra: [String]

  /// Starts a server and waits until it answers.
  /// - Parameters:
  ///   - extra: lines of sshd_config.
  ///   - client: lines of the client's ssh_config.
  ///   - keyType: of the user's key: ed25519, rsa.
  init(_ extra: [String] = [], client: [String] = [], keyType: String = "ed25519") async throws {
    self.extra = extra
    host = "127.\(Int.random(in: 64...120)).\(Int.random(in: 0...255)).\(Int.random(in: 1...254))"
    let probe = try LoopbackListener(host: host)
    port = Int(probe.address.port)
    probe.stop()
    // A short path: control sockets have 108 bytes for theirs.
    directory = "/tmp/azlin-ssh-test-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    if getuid() == 0 {
      try FileManager.default.createDirectory(atPath: "/run/sshd", withIntermediateDirectories: true)
    }
    try await Self.key("host", in: directory)
    try await Self.key("user", in: directory, type: keyType)
    try FileManager.default.copyItem(atPath: directory + "/user.pub", toPath: directory + "/authorized_keys")
    try write(
      """
      Host *
        UserKnownHostsFile \(directory)/known_hosts
        GlobalKnownHostsFile none
        IdentityFile \(directory)/user
        StrictHostKeyChecking accept-new
        \(client.joined(separator: "\n  "))

      """, to: "ssh_config")
    try await start()
  }

  /// Starts the server (again).
  func start(hostKey: String = "host") async throws {
    try write(
      """
      Port \(port)
      ListenAddress \(host)
      HostKey \(directory)/\(hostKey)
      AuthorizedKeysFile \(directory)/authorized_keys
      PidFile none
      StrictModes no
      UsePAM no
      PermitRootLogin yes
      PasswordAuthentication no
      KbdInteractiveAuthentication no
      MaxStartups 1000
      LogLevel VERBOSE
      # Debian's bash reads .bashrc under sshd unless it is a nested shell; that may take longer than the test.
      SetEnv SHLVL=9
      \(extra.joined(separator: "\n"))

      """, to: "sshd_config")
    let process = try TestProcess(
      Self.program, ["-D", "-f", directory + "/sshd_config", "-E", directory + "/log"],
      output: directory + "/output")
    self.process = process
    let deadline = ContinuousClock.now + .seconds(10)
    while !answers {
      guard ContinuousClock.now < deadline, process.isRunning else {
        throw MonitorFailure(
          "sshd does not start: \((try? String(contentsOfFile: directory + "/log", encoding: .utf8)) ?? "")")
      }
      _ = await TestLoops.shared.agent.sleep(until: .now + .milliseconds(5))
    }
  }

  /// Ends the listener; sessions that are open live on, as after `systemctl stop ssh`.
  func stop() {
    process?.stop()
    process = nil
  }

  /// Where the server is.
  var target: SSHTarget { SSHTarget(host: host, port: port, user: Self.user) }

  /// The client's settings: nothing of the operator's own is read.
  var settings: SSHSettings {
    var settings = SSHSettings()
    settings.configurationFile = directory + "/ssh_config"
    settings.controlDirectory = directory + "/ctl"
    settings.agentSocket = nil
    return settings
  }

  func network(_ change: (inout SSHSettings) -> Void = { _ in }) -> GuestNetwork {
    var settings = settings
    change(&settings)
    return GuestNetwork(settings: settings, loops: TestLoops.shared)
  }

  var log: String { (try? String(contentsOfFile: directory + "/log", encoding: .utf8)) ?? "" }

  func write(_ text: String, to name: String) throws {
    try text.write(toFile: directory + "/" + name, atomically: true, encoding: .utf8)
  }

  func read(_ name: String) -> String {
    (try? String(contentsOfFile: directory + "/" + name, encoding: .utf8)) ?? ""
  }

  /// Makes a key pair.
  static func key(_ name: String, in directory: String, type: String = "ed25519") async throws {
    try await run("/usr/bin/ssh-keygen", ["-q", "-t", type, "-N", "", "-f", directory + "/" + name])
  }

  /// Runs a program and waits for it.
  /// - Throws: `MonitorFailure` with what it printed, where it failed.
  @discardableResult
  static func run(
    _ program: String, _ arguments: [String], environment: [String: String] = [:]
  ) async throws -> String {
    let output = "/tmp/azlin-test-output-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    defer { unlink(output) }
    let status = try await TestProcess(program, arguments, environment: environment, output: output).wait()
    let text = (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
    guard status == 0 else { throw MonitorFailure("\(program) \(arguments): \(text)") }
    return text
  }

  static let user = SSHSettings().localUser

  private var answers: Bool {
    guard let address = SocketAddress(literal: host, port: UInt16(port)) else { return false }
    let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    let descriptor = Descriptor(number)
    guard address.withSockaddr({ connect(number, $0, $1) }) == 0 else { return false }
    // Politely, so that the log holds only what the code under test causes.
    SSHBanner.leave(descriptor, on: TestLoops.shared.network)
    return true
  }

  deinit {
    stop()
    // Session processes are children of the listener no more; each ends with its connection.
    try? FileManager.default.removeItem(atPath: directory)
  }
}
