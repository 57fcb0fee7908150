import LabKit
import Testing

/// Guests whose SSH service or power fails.
enum BrokenServices {
  /// A stopped sshd, a broken configuration, a key that is not accepted.
  static func ssh(_ lab: Lab, _ guests: [LabGuest]) async throws {
    let (down, broken, stranger) = (guests[0], guests[1], guests[2])
    let key = "\(lab.directory)/stranger"
    try await LabCommand.succeed(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key])
    var isStranger = false
    let inventory = lab.inventory(of: guests).split(separator: "\n").map { line in
      if line.hasPrefix("  - name:") { isStranger = line.hasSuffix(" login-1") }
      return isStranger && line.hasPrefix("    identity:") ? "    identity: \(key)" : String(line)
    }
    try await LabFleet.watch(lab, guests, healthy: 3, inventory: inventory.joined(separator: "\n") + "\n") { fleet in
      let boots = try await (down.bootMark(), broken.bootMark())
      let (logins, dialled) = try await (refusedLogins(stranger), connections(stranger))
      let fault = "echo 'Port nowhere' >> /etc/ssh/sshd_config; systemctl stop ssh.socket ssh.service"
      #expect(try await broken.run(fault).status == 0)
      try await down.stopSSH()
      #expect(try await fleet.says("sshd-1", "restart sshd: verified", within: .seconds(120)))
      #expect(try await fleet.says("conf-1", "needs a human", "Badly formatted port number", within: .seconds(120)))
      try await fleet.passes(intervals: 9)
      #expect(try await fleet.remedies() == ["sshd-1 restart-ssh"])
      #expect(try await down.ssh("true").status == 0)
      #expect(try await broken.run("systemctl is-active ssh.service").text == "inactive")
      #expect(try await (down.bootMark(), broken.bootMark()) == boots)
      #expect(try await fleet.count("conf-1", "needs a human") == 1)
      #expect(
        try await fleet.hookRuns().sorted() == ["on-failure conf-1", "on-failure sshd-1", "on-recovery sshd-1"])
      // A dozen probes and more of this interval: one login, and banners.
      #expect(try await refusedLogins(stranger) == logins, "a refused login is retried at most hourly")
      #expect((1...2).contains(logins), "\(logins) refused logins")
      // At least 90 s of an interval of 10 s have gone by, at most 240 s.
      let banners = try await connections(stranger) - dialled
      #expect((5...30).contains(banners), "\(banners) connections")
      let status = try await fleet.azlin.run("autopilot", "status", "login-1")
      #expect(status.status == 1)
      #expect(status.output.contains("authentication refused"), "\(status.output)")
    }
  }

  private static func refusedLogins(_ guest: LabGuest) async throws -> Int {
    // sshd's word for a connection that ended after a login was tried, whoever ended it and how.
    let text = try await guest.run("journalctl -o cat --no-pager -t sshd | grep -c 'authenticating user'").text
    return Int(text) ?? 0
  }

  /// Whatever came of them: each has a port of its own.
  private static func connections(_ guest: LabGuest) async throws -> Int {
    let script = "journalctl -o cat --no-pager -t sshd | grep -o 'port [0-9]*' | grep -v 'port 22$' | sort -u | wc -l"
    return Int(try await guest.run(script).text) ?? 0
  }

  /// One is stopped through azlin and stays off, one is killed behind its back and started once.
  static func power(_ lab: Lab, _ guests: [LabGuest]) async throws {
    let (stopped, killed) = (guests[0], guests[1])
    try await LabFleet.watch(lab, guests) { fleet in
      let boots = try await (guests[2].bootMark(), guests[3].bootMark())
      let order = try await fleet.azlin.run(
        "autopilot", "recover", "stop-1", "--remedy", "stop", "--yes", seconds: 120)
      #expect(order.status == 0, "\(order.output)\(order.errors)")
      try await killed.powerOff()
      #expect(try await fleet.says("kill-1", "start: verified", within: .seconds(180)))
      try await fleet.passes(intervals: 9)
      #expect(try await fleet.remedies().sorted() == ["kill-1 start", "stop-1 stop"])
      #expect(try await stopped.status() == .stopped)
      #expect(try await killed.status() == .running)
      #expect(try await killed.ssh("true").status == 0)
      #expect(try await (guests[2].bootMark(), guests[3].bootMark()) == boots)
      #expect(try await fleet.hookRuns() == ["on-failure kill-1", "on-recovery kill-1"])
      let status = try await fleet.azlin.run("autopilot", "status", "stop-1")
      #expect(status.status == 0)
      #expect(status.output.contains("stopped through azlin"), "\(status.output)")
    }
  }
}
