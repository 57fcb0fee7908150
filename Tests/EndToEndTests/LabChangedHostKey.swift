import LabKit
import Testing

/// A guest that shows another host key than before.
enum ChangedHostKey {
  /// It is critical and never healed; a person is shown both keys and the guest's own word, and accepts.
  static func accepted(_ lab: Lab, _ guests: [LabGuest]) async throws {
    let guest = guests[0]
    try await LabFleet.watch(lab, guests) { fleet in
      let azlin = fleet.azlin
      let file = azlin.sshConfiguration.split(separator: "/").dropLast().map { "/" + $0 }.joined() + "/known_hosts"
      // As Debian and Ubuntu keep it, and readable by a group.
      try await LabCommand.succeed(["ssh-keygen", "-q", "-H", "-f", file])
      try await LabCommand.succeed(["chmod", "0640", file])
      let before = try await lines(azlin, file)
      let (boot, old) = try await (guest.bootMark(), fingerprint(guest))
      try await guest.changeHostKey()
      // A machine set up anew has none of the old one's connections.
      #expect(try await guest.run("pkill -f '^sshd: root'").status == 0)
      let new = try await fingerprint(guest)
      #expect(try await fleet.says("critical", "key-1", "host key changed", within: .seconds(120)))
      try await fleet.passes(intervals: 3)
      #expect(try await fleet.remedies().isEmpty)
      let refused = try await azlin.run("autopilot", "accept-host-key", "key-1")
      #expect(refused.status == 1, "nobody was asked: \(refused.output)")
      let wrong = try await azlin.run("autopilot", "accept-host-key", "key-1", "--fingerprint", old)
      #expect(wrong.status == 1, "another key is offered: \(wrong.output)")
      #expect(try await lines(azlin, file) == before)

      let screen = try await azlin.screen("autopilot", "accept-host-key", "key-1", columns: 160)
      do {
        let shown = try await screen.waitFor(text: "[y/N]", within: .seconds(30))
        #expect(shown.contains("known:   \(old)"))
        #expect(shown.contains("offered: \(new)"))
        #expect(shown.contains("inside:  \(new) (ssh-ed25519): the same as offered"))
        try await screen.send("y", "Enter")
        #expect(try await screen.waitForEnd(within: .seconds(20)) == 0)
      } catch {
        await screen.kill()
        throw error
      }
      await screen.kill()

      let after = try await lines(azlin, file)
      #expect(before.subtracting(after).count == 1)
      #expect(after.subtracting(before).count == 1)
      #expect(try await LabCommand.succeed(["stat", "-c", "%a", file]).text == "640")
      let options = ["-F", azlin.sshConfiguration, "-i", lab.identity, "-o", "StrictHostKeyChecking=yes", "-n"]
      #expect(try await LabCommand.run(["ssh"] + options + ["root@\(guest.address)", "true"]).status == 0)
      #expect(try await fleet.isHealthy(2, within: .seconds(60)))
      #expect(try await fleet.remedies().isEmpty)
      #expect(try await guest.bootMark() == boot)
    }
  }

  private static func lines(_ azlin: Program, _ file: String) async throws -> Set<Substring> {
    Set(try await azlin.contents(of: file).split(separator: "\n"))
  }

  private static func fingerprint(_ guest: LabGuest) async throws -> String {
    let words = try await guest.run("ssh-keygen -l -f /etc/ssh/lab/host_ed25519.pub").output.split(separator: " ")
    return words.count > 1 ? String(words[1]) : "no fingerprint"
  }
}
