import FleetModel
import Glibc

/// What the operator's environment and azlin's own rules say about SSH on this machine.
package struct SSHSettings: Sendable {
  /// The system's client.
  package var program = "ssh"
  /// Read instead of `~/.ssh/config` and the system's file (`ssh -F`); nil: those.
  package var configurationFile: String?
  /// `SSH_AUTH_SOCK`.
  package var agentSocket: String?
  /// The way to guests whose policy names none (`AZLIN_GUEST_PROXY`); nil: directly, or as ssh_config says.
  package var guestWay: GuestWay?
  /// As `ssh` sees it: from the user database, not from `HOME`.
  package var home: String
  package var localUser: String
  /// Where sockets of the system `ssh` live; made with mode 0700 when first needed.
  package var controlDirectory: String
  /// Authentication that was refused is tried again after this, unless keys or configuration change (semantics 2.3).
  package var refusedRetry = Duration.hours(1)
  /// A live session that nobody used for so long is closed: longer than the longest usual interval of checks.
  package var idleLimit = Duration.minutes(15)
  /// A session this old is replaced, so that all four rungs are climbed anew.
  package var maximumAge = Duration.hours(1)
  /// Live sessions at once; the one idle longest makes room.
  package var maximumSessions: Int

  /// The settings of this process's environment.
  package init() {
    var record = passwd()
    var found: UnsafeMutablePointer<passwd>?
    (home, localUser) = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 16384) { buffer in
      guard let base = buffer.baseAddress, getpwuid_r(getuid(), &record, base, buffer.count, &found) == 0,
        found != nil, let directory = record.pw_dir, let name = record.pw_name
      else { return (Self.environment("HOME") ?? "/", Self.environment("USER") ?? "root") }
      return (String(cString: directory), String(cString: name))
    }
    agentSocket = Self.environment("SSH_AUTH_SOCK")
    guestWay = Self.environment("AZLIN_GUEST_PROXY").map { GuestWay(environment: $0) }
    if let runtime = Self.environment("XDG_RUNTIME_DIR") {
      controlDirectory = runtime + "/azlin-ssh"
    } else {
      controlDirectory = "/tmp/azlin-ssh-\(getuid())"
    }
    // Half of what this process may open: the rest is for probes, databases, pipes.
    var limit = rlimit()
    let handles = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 ? limit.rlim_cur : 1024
    maximumSessions = Int(min(handles / 2, 4096))
  }

  private static func environment(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    let text = String(cString: value)
    return text.isEmpty ? nil : text
  }

  /// Whose change makes cached answers of `ssh -G` stale.
  var configurationFiles: [String] {
    configurationFile.map { [$0] } ?? [home + "/.ssh/config", "/etc/ssh/ssh_config"]
  }

  /// The arguments that name a target to `ssh`.
  func arguments(for target: SSHTarget) -> [String] {
    var arguments: [String] = []
    if let configurationFile { arguments += ["-F", configurationFile] }
    if let dial = target.dial { arguments += ["-o", "HostName=\(dial)"] }
    if let port = target.port { arguments += ["-p", String(port)] }
    if let user = target.user { arguments += ["-l", user] }
    if let identity = target.identity { arguments += ["-i", expandingHome(identity)] }
    switch way(of: target) {
    case .direct, .unusable: break
    case .jump(let host): arguments += ["-J", host]
    case .socks: arguments += Self.ownWay
    case .bastion(let machine):
      // Not under 127.0.0.1, where every tunnel ends.
      arguments += Self.ownWay + ["-o", "HostKeyAlias=\(GuestWay.hostKeyAlias(of: machine))"]
    }
    return arguments + ["--", target.host]
  }

  /// The way to a target: the policy's, else the environment's, else straight on.
  package func way(of target: SSHTarget) -> GuestWay { target.way ?? guestWay ?? .direct }

  /// Over what ssh_config says of jump hosts: another way was asked for.
  private static let ownWay = ["-o", "ProxyJump=none", "-o", "ProxyCommand=none"]

  func expandingHome(_ path: String) -> String {
    path.hasPrefix("~/") ? home + path.dropFirst() : path
  }

  var programExists: Bool {
    if program.contains("/") { return access(program, X_OK) == 0 }
    return (Self.environment("PATH") ?? "/usr/bin:/bin").split(separator: ":")
      .contains { access("\($0)/\(program)", X_OK) == 0 }
  }

  /// What OpenSSH does without any configuration file, for machines without `ssh`.
  func plainConfiguration(of target: SSHTarget) -> SSHConfiguration {
    var configuration = SSHConfiguration(
      hostName: target.dial ?? target.host, user: target.user ?? localUser, port: target.port ?? 22)
    configuration.identityFiles = ["id_rsa", "id_ecdsa", "id_ed25519"].map { "\(home)/.ssh/\($0)" }
    configuration.agentSocket = agentSocket
    configuration.userKnownHosts = [home + "/.ssh/known_hosts"]
    configuration.globalKnownHosts = ["/etc/ssh/ssh_known_hosts"]
    if let identity = target.identity { configuration.prefer(expandingHome(identity)) }
    if case .bastion(let machine) = way(of: target) { configuration.hostKeyAlias = GuestWay.hostKeyAlias(of: machine) }
    return configuration
  }
}

extension SSHConfiguration {
  /// Puts the identity of the policy or inventory before all others.
  mutating func prefer(_ identity: String) {
    identityFiles.removeAll { $0 == identity }
    identityFiles.insert(identity, at: 0)
  }
}
