/// A guest of a lab, and all that can happen to one.
package struct LabGuest: Sendable {
  package let name: String
  /// IPv4, reached from this machine; sshd listens on port 22.
  package let address: String
  private let lab: Lab

  init(name: String, address: String, lab: Lab) {
    self.name = name
    self.address = address
    self.lab = lab
  }

  var directory: String { "\(lab.directory)/guests/\(name)" }

  /// What the power is, as a control plane would say.
  package enum Power: String, Hashable, Sendable {
    case running, stopped
  }

  // MARK: Power

  package func status() async throws -> Power {
    let word = try await act("status").text
    guard let power = Power(rawValue: word) else { throw LabError.timedOut("\(name): status says \(word)") }
    return power
  }

  /// Boots it; returns when its init runs. Does nothing to one that is running.
  package func start() async throws { try await act("start") }

  /// Shuts it down in order.
  package func stop() async throws { try await act("stop") }

  /// Kills its init: a power cut that nobody announced.
  package func powerOff() async throws { try await act("power-off") }

  /// Stops all its processes (state T). The kernel still answers pings and SYNs; nothing else does, `run` hangs too.
  package func freeze() async throws { try await act("freeze") }

  package func thaw() async throws { try await act("thaw") }

  // MARK: Reaching it

  /// Waits for the banner of its sshd.
  package func awaitSSH(seconds: Int = 20) async throws { try await act("await-ssh", "\(seconds)") }

  /// Runs a POSIX script inside as root, by a way that is not SSH. Its exit code is the script's.
  package func run(_ script: String, seconds: Int = 30) async throws -> LabOutput {
    try await LabCommand.run([tool, "run", name], input: script, seconds: seconds)
  }

  /// Runs a command over the system's ssh, with the lab's key, the host key checked.
  package func ssh(_ command: String, user: String = "root", seconds: Int = 15) async throws -> LabOutput {
    let options = [
      "-F", "/dev/null", "-i", lab.identity, "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes",
      "-o", "StrictHostKeyChecking=yes", "-o", "UserKnownHostsFile=\(lab.knownHosts)", "-o", "ConnectTimeout=5",
    ]
    return try await LabCommand.run(["ssh"] + options + ["\(user)@\(address)", command], seconds: seconds)
  }

  // MARK: Faults

  /// Stops sshd inside; connections are refused from then on.
  package func stopSSH() async throws { try await insist("systemctl stop ssh.socket ssh.service") }

  /// Sets the guest's link down from inside: a restart of its network service (systemd-networkd) mends it.
  package func dropLink() async throws { try await insist("ip link set eth0 down") }

  /// Pulls or plugs its cable at this machine's end: nothing inside can mend that.
  package func setCable(plugged: Bool) async throws { try await act("cable", plugged ? "up" : "down") }

  /// Gives it a new host key; the lab's known_hosts keeps the old one.
  package func changeHostKey() async throws { try await act("rekey") }

  /// How full its disk is, used / (used + available), in percent. Only for a guest with a `LabDisk`.
  package func diskUsedPercent() async throws -> Double {
    let text = try await act("used-percent").text
    guard let percent = Double(text) else { throw LabError.timedOut("\(name): the disk's fill reads \(text)") }
    return percent
  }

  // MARK: Its surroundings

  private var tool: String { "\(lab.directory)/guest.sh" }

  @discardableResult
  func act(_ verb: String, _ arguments: String...) async throws -> LabOutput { try await act(verb, arguments) }

  @discardableResult
  func act(_ verb: String, _ arguments: [String], input: String = "") async throws -> LabOutput {
    try await LabCommand.succeed([tool, verb, name] + arguments, input: input, seconds: 60)
  }

  private func insist(_ script: String) async throws {
    let result = try await run(script)
    guard result.status == 0 else { throw LabError.failed([tool, "run", name, script], result) }
  }
}
