import LabKit
import Testing

@Suite("Guests whose services and power fail", .requiresLab, .serialized)
struct LabServiceTests {
  @Test("what can be mended is mended once, what cannot is said, and what somebody stopped stays off")
  func services() async throws {
    try await Lab.with { lab in
      let well = try await lab.guest("well-1")
      let other = try await lab.guest("well-2")
      let down = try await lab.guest("sshd-1")
      let broken = try await lab.guest("conf-1")
      let stranger = try await lab.guest("login-1")
      let stopped = try await lab.guest("stop-1")
      let killed = try await lab.guest("kill-1")
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await Self.ssh(lab, down, broken, stranger, well) }
        group.addTask { try await Self.power(lab, stopped, killed, well, other) }
        try await group.waitForAll()
      }
    }
  }

  /// A stopped sshd, a broken configuration, a key that is not accepted.
  private static func ssh(
    _ lab: Lab, _ down: LabGuest, _ broken: LabGuest, _ stranger: LabGuest, _ well: LabGuest
  ) async throws {
    try await Program.with { azlin in
      let key = azlin.directory + "-key"
      try await LabCommand.succeed(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key])
      let guests = [down, broken, stranger, well]
      var inventory = lab.inventory(of: guests)
      let (head, tail) = try #require(inventory.halves(at: "  - name: login-1"))
      inventory = head + tail.replacingFirst(lab.identity, with: key)
      let fleet = try await LabFleet.start(lab, guests, healthy: 3, inventory: inventory, in: azlin)
      do {
        let logins = try await refusedLogins(stranger)
        #expect(
          try await broken.run("echo 'Port nowhere' >> /etc/ssh/sshd_config; systemctl stop ssh.socket ssh.service")
            .status == 0)
        try await down.stopSSH()
        #expect(try await fleet.says("sshd-1", "restart sshd: verified", within: .seconds(120)))
        #expect(try await fleet.says("conf-1", "needs a human: sshd refuses its configuration", within: .seconds(120)))
        // Another half minute: whatever would be done wrongly would be done by now.
        try await Task.sleep(for: .seconds(30))
        #expect(try await fleet.remedies() == ["sshd-1 restart-ssh"])
        #expect(try await broken.run("systemctl is-active ssh.service").text == "inactive")
        #expect(try await fleet.count("conf-1", "needs a human") == 1)
        // More than a dozen probes of this interval: one login, and banners.
        #expect(try await refusedLogins(stranger) == logins, "a refused login is retried at most hourly")
        #expect(logins <= 2)
        let status = try await azlin.run("autopilot", "status", "login-1").output
        #expect(status.contains("Status: Warning"), "\(status)")
      } catch {
        await fleet.stop()
        throw error
      }
      await fleet.stop()
    }
  }

  private static func refusedLogins(_ guest: LabGuest) async throws -> Int {
    let script =
      "journalctl -o cat --no-pager | grep -c -E 'Connection (closed|reset) by authenticating user|Failed publickey'"
    return Int(try await guest.run(script).text) ?? 0
  }

  private static func power(
    _ lab: Lab, _ stopped: LabGuest, _ killed: LabGuest, _ well: LabGuest, _ other: LabGuest
  ) async throws {
    try await Program.with { azlin in
      let fleet = try await LabFleet.start(lab, [stopped, killed, well, other], in: azlin)
      do {
        let order = try await azlin.run(
          "autopilot", "recover", "stop-1", "--remedy", "stop", "--yes", seconds: 120)
        #expect(order.status == 0, "\(order.output)\(order.errors)")
        try await killed.powerOff()
        #expect(try await fleet.says("kill-1", "start: verified", within: .seconds(180)))
        try await Task.sleep(for: .seconds(30))
        #expect(try await fleet.remedies().sorted() == ["kill-1 start", "stop-1 stop"])
        #expect(try await stopped.status() == .stopped)
        #expect(try await killed.status() == .running)
      } catch {
        await fleet.stop()
        throw error
      }
      await fleet.stop()
    }
  }
}

extension String {
  /// The text before a mark, and from it on.
  fileprivate func halves(at mark: String) -> (String, String)? {
    firstRange(of: mark).map { (String(self[..<$0.lowerBound]), String(self[$0.lowerBound...])) }
  }

  fileprivate func replacingFirst(_ old: String, with new: String) -> String {
    guard let range = firstRange(of: old) else { return self }
    var text = self
    text.replaceSubrange(range, with: new)
    return text
  }
}
