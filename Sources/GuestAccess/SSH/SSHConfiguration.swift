/// What `ssh -G` says of one host: the operator's own configuration, with every `Host` and `Match` block applied.
package struct SSHConfiguration: Hashable, Sendable {
  /// What an unknown host key leads to (`StrictHostKeyChecking`).
  package enum NewHostKeys: Hashable, Sendable {
    /// `yes`: a key must be in known_hosts already.
    case refused
    /// `accept-new`, and for a program that cannot ask also `ask`, `no` and `off`.
    case accepted
  }

  package var hostName: String
  package var user: String
  package var port: Int
  /// In the order they are tried, `~` and tokens replaced.
  package var identityFiles: [String] = []
  /// Only the identity files are offered, not all keys of the agent.
  package var identitiesOnly = false
  /// The agent's socket; nil: no agent.
  package var agentSocket: String?
  package var userKnownHosts: [String] = []
  package var globalKnownHosts: [String] = []
  package var newHostKeys = NewHostKeys.accepted
  /// New entries of known_hosts are written with hashed names.
  package var hashesKnownHosts = false
  /// The name host keys are filed under, where it is not the host's own.
  package var hostKeyAlias: String?
  package var families = Resolver.Families.any
  /// Why only the system's `ssh` can reach the host; nil: it can be dialled from here.
  package var needsSystemSSH: String?
  /// The path goes over another machine, so that nothing can be learned of this host by dialling it.
  package var isIndirect = false
  /// `ProxyJump`: the hosts on the way, separated by commas.
  package var jumpHosts: String?
  /// How connections to it are opened.
  package var way = GuestWay.direct

  /// A host dialled as it is written, without any configuration.
  package init(hostName: String, user: String, port: Int) {
    self.hostName = hostName
    self.user = user
    self.port = port
  }

  /// `host:port`, as paths are shown.
  package var place: String { (hostName.contains(":") ? "[\(hostName)]" : hostName) + ":\(port)" }

  /// The name known_hosts files a key under: `host`, or `[host]:port` off port 22.
  package var knownHostsName: String {
    let name = (hostKeyAlias ?? hostName).lowercased()
    return hostKeyAlias != nil || port == 22 ? name : "[\(name)]:\(port)"
  }

  /// Reads the output of `ssh -G`.
  /// - Parameters:
  ///   - home: replaces `~` and `%d`.
  ///   - localUser: replaces `%u`.
  ///   - agent: the value of `SSH_AUTH_SOCK`.
  /// - Throws: `MonitorFailure` where host, user or port are missing: not the output of `ssh -G`.
  package init(output: String, home: String, localUser: String, agent: String?) throws(MonitorFailure) {
    var single: [String: String] = [:]
    var identities: [String] = []
    var hasCertificate = false
    for line in output.split(separator: "\n") {
      let parts = line.split(separator: " ", maxSplits: 1)
      guard parts.count == 2 else { continue }
      let (key, value) = (String(parts[0]), String(parts[1]))
      switch key {
      case "identityfile": identities.append(value)
      case "certificatefile": hasCertificate = true
      default: single[key] = value
      }
    }
    guard let hostName = single["hostname"], let user = single["user"], let port = single["port"].flatMap(Int.init)
    else { throw MonitorFailure("ssh -G told no host name, user and port; does `ssh -G HOST` work here?") }
    self.init(hostName: hostName, user: user, port: port)
    let expand = { (path: String) in
      Self.expand(path, home: home, localUser: localUser, hostName: hostName, user: user, port: port)
    }
    identityFiles = identities.filter { $0.lowercased() != "none" }.map(expand)
    identitiesOnly = single["identitiesonly"] == "yes"
    switch single["identityagent"] {
    case nil, "SSH_AUTH_SOCK": agentSocket = agent
    case "none": agentSocket = nil
    case .some(let path) where path.hasPrefix("$"): agentSocket = path == "$SSH_AUTH_SOCK" ? agent : nil
    case .some(let path): agentSocket = expand(path)
    }
    userKnownHosts = Self.files(single["userknownhostsfile"]).map(expand)
    globalKnownHosts = Self.files(single["globalknownhostsfile"]).map(expand)
    newHostKeys = ["yes", "true"].contains(single["stricthostkeychecking"]) ? .refused : .accepted
    hashesKnownHosts = single["hashknownhosts"] == "yes"
    hostKeyAlias = single["hostkeyalias"].flatMap { $0.lowercased() == "none" ? nil : $0 }
    families =
      switch single["addressfamily"] {
      case "inet": .v4
      case "inet6": .v6
      default: .any
      }
    chooseClient(single, hasCertificate: hasCertificate)
  }

  /// libssh dials hosts directly and signs with keys it can read; the rest is the system's `ssh`.
  private mutating func chooseClient(_ settings: [String: String], hasCertificate: Bool) {
    let isSet = { (key: String) in settings[key].map { $0.lowercased() != "none" && !$0.isEmpty } ?? false }
    if isSet("proxyjump") {
      jumpHosts = settings["proxyjump"]
      needsSystemSSH = "reached through the jump host \(jumpHosts ?? "")"
      isIndirect = true
    } else if isSet("proxycommand") {
      needsSystemSSH = "reached through a ProxyCommand"
      isIndirect = true
    } else if isSet("pkcs11provider") {
      needsSystemSSH = "logs in with a hardware key (PKCS#11)"
    } else if hasCertificate {
      needsSystemSSH = "logs in with a certificate"
    } else if isSet("bindaddress") || isSet("bindinterface") {
      needsSystemSSH = "dialled from a chosen address or interface"
    }
  }

  /// A list of file names; names with spaces stand in double quotes.
  private static func files(_ text: String?) -> [String] {
    var files: [String] = []
    var current = ""
    var quoted = false
    for character in text ?? "" {
      switch character {
      case "\"": quoted.toggle()
      case " " where !quoted, "\t" where !quoted:
        if !current.isEmpty { files.append(current) }
        current = ""
      default: current.append(character)
      }
    }
    if !current.isEmpty { files.append(current) }
    return files.filter { $0.lowercased() != "none" && $0 != "/dev/null" }
  }

  /// Replaces `~` and the tokens of ssh_config(5) that file names use.
  private static func expand(
    _ path: String, home: String, localUser: String, hostName: String, user: String, port: Int
  ) -> String {
    var result = ""
    var rest = path[...]
    if rest == "~" || rest.hasPrefix("~/") {
      result = home
      rest = rest.dropFirst()
    }
    while let character = rest.popFirst() {
      guard character == "%", let token = rest.popFirst() else {
        result.append(character)
        continue
      }
      switch token {
      case "%": result.append("%")
      case "d": result += home
      case "h": result += hostName
      case "p": result += String(port)
      case "r": result += user
      case "u": result += localUser
      default: result += "%\(token)"
      }
    }
    return result
  }
}
