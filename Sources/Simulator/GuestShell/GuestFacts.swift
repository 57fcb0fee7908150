import FleetModel

/// What a simulated guest's programs can see of it.
package struct GuestFacts: Hashable, Sendable {
  /// What systemd says of sshd.
  package enum Service: String, Hashable, Sendable { case active, inactive, activating, failed }

  package var host: String
  /// Who runs the shell; a login may become root by `sudo`.
  package var user = "root"
  package var mounts: [MountUsage] = []
  package var ssh = Service.active
  /// What `sshd -t` complains of; nil: nothing.
  package var configurationError: String?

  package init(host: String) { self.host = host }
}

extension GuestFacts {
  /// What one of the guest's programs prints; nil: the guest has no such program.
  /// - Parameter words: the program and its arguments.
  func run(_ words: [String]) -> GuestShell.Outcome? {
    guard let path = words.first else { return nil }
    let rest = Array(words.dropFirst())
    switch path.split(separator: "/").last.map(String.init) ?? path {
    case "hostname": return .init(stdout: host + "\n")
    case "whoami": return .init(stdout: user + "\n")
    case "id": return id(rest)
    case "uname": return uname(rest)
    case "df": return df(rest)
    case "systemctl": return systemctl(rest)
    case "sshd": return sshd(rest)
    case "sudo":
      var root = self
      root.user = "root"
      return root.run(Array(rest.drop { $0 == "-n" }))
    default: return nil
    }
  }

  private func id(_ options: [String]) -> GuestShell.Outcome {
    let number = user == "root" ? 0 : 1000
    switch options {
    case []: return .init(stdout: "uid=\(number)(\(user)) gid=\(number)(\(user)) groups=\(number)(\(user))\n")
    case ["-u"], ["-g"]: return .init(stdout: "\(number)\n")
    case ["-un"], ["-gn"]: return .init(stdout: user + "\n")
    default: return .init(stderr: "id: this guest knows -u, -g, -un and -gn\n", exitCode: 1)
    }
  }

  private func uname(_ options: [String]) -> GuestShell.Outcome {
    let known = ["-s": "Linux", "-n": host, "-m": "x86_64", "-o": "GNU/Linux"]
    let words = (options.isEmpty ? ["-s"] : options).map { known[$0] }
    guard words.allSatisfy({ $0 != nil }) else {
      return .init(stderr: "uname: this guest knows -s, -n, -m and -o\n", exitCode: 1)
    }
    return .init(stdout: words.compactMap(\.self).joined(separator: " ") + "\n")
  }

  /// In units of 1024 bytes, as POSIX has it.
  private func df(_ arguments: [String]) -> GuestShell.Outcome {
    let options = arguments.filter { $0.hasPrefix("-") }
    guard Set(options).isSubset(of: ["-P", "-k", "-Pk", "-kP"]) else {
      return .init(stderr: "df: this guest knows -P and -k\n", exitCode: 1)
    }
    let paths = arguments.filter { !$0.hasPrefix("-") }
    var shown = paths.isEmpty ? mounts : []
    for path in paths {
      let around = mounts.filter { $0.path == "/" || path == $0.path || path.hasPrefix($0.path + "/") }
      guard path.hasPrefix("/"), let mount = around.max(by: { $0.path.count < $1.path.count }) else {
        return .init(stderr: "df: \(path): No such file or directory\n", exitCode: 1)
      }
      shown.append(mount)
    }
    let rows = shown.map { mount in
      let device = mount.path == "/" ? "/dev/root" : "/dev/disk/azure/data\(mount.path.replacing("/", with: "-"))"
      let (used, available) = (mount.used / 1024, mount.available / 1024)
      return "\(device) \(used + available) \(used) \(available) \(Int(mount.percent.rounded(.up)))% \(mount.path)\n"
    }
    return .init(stdout: "Filesystem 1024-blocks Used Available Capacity Mounted on\n" + rows.joined())
  }

  private func systemctl(_ arguments: [String]) -> GuestShell.Outcome {
    let words = arguments.filter { $0 != "--quiet" && $0 != "-q" }
    guard words.first == "is-active", words.count == 2 else {
      return .init(stderr: "systemctl: this guest knows is-active ssh and is-active sshd\n", exitCode: 1)
    }
    let isQuiet = words.count < arguments.count
    let isKnown = ["ssh", "sshd", "ssh.service", "sshd.service"].contains(words[1])
    let state = isKnown ? ssh : .inactive
    // 3: not running; 4: no such unit.
    return .init(stdout: isQuiet ? "" : state.rawValue + "\n", exitCode: state == .active ? 0 : isKnown ? 3 : 4)
  }

  private func sshd(_ arguments: [String]) -> GuestShell.Outcome {
    guard arguments == ["-t"] else {
      return .init(stderr: "sshd: this guest knows -t\n", exitCode: 1)
    }
    guard user == "root" else { return .init(stderr: "sshd: no hostkeys available -- exiting.\n", exitCode: 1) }
    guard let configurationError else { return .init() }
    return .init(
      stderr: configurationError + "\n/etc/ssh/sshd_config: terminating, 1 bad configuration options\n", exitCode: 255)
  }
}

extension SimulatedGuest {
  /// - Parameter user: who runs the shell.
  func facts(user: String, at now: Instant) -> GuestFacts {
    var facts = GuestFacts(host: machine.name)
    facts.user = user
    facts.mounts = mounts(at: now)
    if fault(.sshConfigBroken) != nil {
      (facts.ssh, facts.configurationError) = (.failed, brokenConfiguration)
    } else if fault(.sshDown) != nil {
      facts.ssh = .inactive
    } else if let sshGap, sshGap.contains(now) {
      facts.ssh = .activating
    }
    return facts
  }
}
