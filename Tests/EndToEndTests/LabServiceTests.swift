import LabKit
import Testing

@Suite("Guests whose services, disks and power fail", .requiresLab, .serialized)
struct LabServiceTests {
  @Test("what can be mended is mended once, what cannot is said, and what somebody stopped stays off")
  func services() async throws {
    try await Lab.with { lab in
      let well = try await lab.guest("well-1")
      let other = try await lab.guest("well-2")
      let down = try await lab.guest("sshd-1")
      let broken = try await lab.guest("conf-1")
      let rekeyed = try await lab.guest("key-1")
      let stranger = try await lab.guest("login-1")
      let stopped = try await lab.guest("stop-1")
      let killed = try await lab.guest("kill-1")
      let live = try await lab.guest("live-1", disk: LabDisk(usedPercent: 60, oldFiles: 2))
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await Self.ssh(lab, down, broken, rekeyed, stranger, well) }
        group.addTask { try await Self.power(lab, stopped, killed, well, other) }
        group.addTask { try await Self.liveLog(lab, live, well) }
        try await group.waitForAll()
      }
    }
  }

  /// A stopped sshd, a broken configuration, another host key, a key that is not accepted.
  private static func ssh(
    _ lab: Lab, _ down: LabGuest, _ broken: LabGuest, _ rekeyed: LabGuest, _ stranger: LabGuest, _ well: LabGuest
  ) async throws {
    try await Program.with { azlin in
      let key = azlin.directory + "-key"
      try await LabCommand.succeed(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key])
      let guests = [down, broken, rekeyed, stranger, well]
      var inventory = lab.inventory(of: guests)
      let (head, tail) = try #require(inventory.halves(at: "  - name: login-1"))
      inventory = head + tail.replacingFirst(lab.identity, with: key)
      let fleet = try await LabFleet.start(lab, guests, healthy: 4, inventory: inventory, in: azlin)
      do {
        try await LabCommand.succeed(["true"])
        let logins = try await refusedLogins(stranger)
        try await rekeyed.changeHostKey()
        #expect(
          try await broken.run("echo 'Port nowhere' >> /etc/ssh/sshd_config; systemctl stop ssh.socket ssh.service")
            .status == 0)
        try await down.stopSSH()
        #expect(try await fleet.says("sshd-1", "restart sshd: verified", within: .seconds(120)))
        #expect(try await fleet.says("conf-1", "needs a human: sshd refuses its configuration", within: .seconds(120)))
        #expect(try await fleet.says("critical key-1", "host key changed", within: .seconds(120)))
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
        #expect(try await fleet.remedies() == ["stop-1 stop", "kill-1 start"])
        #expect(try await stopped.status() == .stopped)
        #expect(try await killed.status() == .running)
      } catch {
        await fleet.stop()
        throw error
      }
      await fleet.stop()
    }
  }

  /// A disk that a living log fills: nothing that clean-up may take would free it.
  private static func liveLog(_ lab: Lab, _ live: LabGuest, _ well: LabGuest) async throws {
    try await Program.with { azlin in
      let fleet = try await LabFleet.start(lab, [live, well], in: azlin)
      do {
        let fill = """
          mkdir /var/tmp/app
          setsid sh -c 'exec 3>>/var/tmp/app/server.log; dd if=/dev/zero bs=1M count=60 >&3 2>/dev/null; exec sleep 900' >/dev/null 2>&1 &
          sleep 3
          """
        #expect(try await live.run(fill).status == 0)
        #expect(try await fleet.says("live-1", "needs a human", within: .seconds(150)))
        let log = try await azlin.run("autopilot", "status", "live-1", "--recovery-log").output
        #expect(log.contains("/var/tmp/app/server.log"), "the largest file is named: \(log)")
        #expect(try await live.run("test -s /var/tmp/app/server.log").status == 0)
        #expect(try await fleet.count("live-1", "needs a human") == 1)
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
