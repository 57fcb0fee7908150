import LabKit
import Testing

@Suite("azlin on real guests", .requiresLab, .serialized)
struct RealGuestTests {
  /// The quick policy of these tests, for the whole fleet.
  private static let policy = """
    health_monitoring:
      interval: 10s
      timeouts: {connectivity: 2s, ssh: 5s}
    self_healing:
      recovery_delay: 1s

    """

  private static let guests = ["ssh-1", "disk-1", "power-1", "well-1", "cut-1"]

  @Test("faults are found, healed, verified and logged; what is well or was never reached is not touched")
  func heals() async throws {
    try await Lab.with { lab in
      try await Program.with { azlin in
        var guests: [String: LabGuest] = [:]
        for name in Self.guests { guests[name] = try await lab.guest(name, disk: name == "disk-1" ? Self.disk : nil) }
        let ssh = try #require(guests["ssh-1"])
        let disk = try #require(guests["disk-1"])
        let power = try #require(guests["power-1"])
        let well = try #require(guests["well-1"])
        let cut = try #require(guests["cut-1"])
        // The fifth is never reached by this monitor; everything in it is well.
        try await cut.setCable(plugged: false)
        try await prepare(disk)
        try await configure(azlin, lab, Self.guests.compactMap { guests[$0] })
        let boots = try await (boot(of: well), boot(of: cut))

        try await touchesNothingUnlessHealing(azlin, ssh)
        try await healsAll(azlin, ssh: ssh, disk: disk, power: power)

        #expect(try await boot(of: well) == boots.0)
        #expect(try await boot(of: cut) == boots.1)
        try await checkDisk(disk, azlin)
        try await checkLog(azlin)
        try await checkHooks(azlin)
      }
    }
  }

  /// Nearly full of old files, with a link to a directory that must survive.
  private static let disk = LabDisk(usedPercent: 97, setup: "ln -s /root/precious trap; echo keep > young-enough.txt")

  private func prepare(_ guest: LabGuest) async throws {
    let script = """
      mkdir -p /root/precious && echo gold > /root/precious/coin && touch -d '2020-01-01' /root/precious/coin
      setsid sh -c 'exec sleep 3600 < /var/tmp/old-1.tmp' > /dev/null 2>&1 &
      """
    #expect(try await guest.run(script).status == 0)
  }

  private func boot(of guest: LabGuest) async throws -> String {
    try await guest.run("stat -c %Y /proc/1; systemctl show -p ActiveEnterTimestampMonotonic ssh.service").output
  }

  private func configure(_ azlin: Program, _ lab: Lab, _ guests: [LabGuest]) async throws {
    try await azlin.write(lab.inventory(of: guests), to: "\(azlin.directory)/inventory.yaml")
    let hooks = ["on_failure", "on_recovery"].map { "  \($0): \(azlin.directory)/hooks/note.sh\n" }.joined()
    try await azlin.write(Self.policy + "hooks:\n" + hooks, to: "\(azlin.directory)/autopilot/defaults.yaml")
    try await azlin.write(
      "#!/bin/sh\necho \"$AZLIN_EVENT $1\" >> \"$AZLIN_CONFIG_DIR/logs/hooks.log\"\n",
      to: "\(azlin.directory)/hooks/note.sh", mode: "0700")
    try await LabCommand.succeed(["chmod", "-R", "go-rwx", azlin.directory])
    let enabled = try await azlin.run("autopilot", "enable", "--all")
    #expect(enabled.status == 0, "\(enabled.errors)")
    #expect(enabled.errors.contains("nothing is watching yet"))
  }

  /// Without `--heal` a fault is found and shown, and that is all.
  private func touchesNothingUnlessHealing(_ azlin: Program, _ ssh: LabGuest) async throws {
    let screen = try await azlin.screen()
    do {
      try await screen.waitFor(text: "observing")
      try await screen.waitFor("four machines known, one never reached", within: .seconds(60)) {
        $0.contains("not yet") && $0.contains("2 healthy") || $0.contains("3 healthy")
      }
      try await ssh.stopSSH()
      try await screen.waitFor("ssh-1 is hard critical", within: .seconds(90)) { text in
        text.split(separator: "\n").contains { $0.contains("ssh-1") && $0.contains("critical") }
      }
      // Two more cycles: whatever would be done would be done by now.
      let later = ContinuousClock.now + .seconds(25)
      try await screen.waitFor("two more cycles", within: .seconds(40)) { _ in ContinuousClock.now > later }
      #expect(try await ssh.run("systemctl is-active ssh.service").text == "inactive")
      try await screen.send("q")
      try await screen.send("y")
      _ = try await eventually(within: .seconds(5)) { try await screen.exitStatus() != nil }
    } catch {
      await screen.kill()
      throw error
    }
    await screen.kill()
    #expect(try await azlin.run("autopilot", "status", "--recovery-log").output.contains("(none)"))
  }

  private func healsAll(_ azlin: Program, ssh: LabGuest, disk: LabGuest, power: LabGuest) async throws {
    let screen = try await azlin.screen("top", "--heal", columns: 160, rows: 50)
    do {
      try await screen.waitFor(text: "healing")
      try await screen.waitFor("sshd restarted and verified", within: .seconds(120)) {
        Self.log($0, "ssh-1", "restart sshd")
      }
      try await screen.waitFor("disk cleaned and verified", within: .seconds(120)) {
        Self.log($0, "disk-1", "clean up disk")
      }
      try await power.powerOff()
      try await screen.waitFor("power-1 started and verified", within: .seconds(180)) {
        Self.log($0, "power-1", "start")
      }
      #expect(try await ssh.ssh("true").status == 0)
      #expect(try await power.status() == .running)
    } catch {
      await screen.kill()
      throw error
    }
    await screen.kill()
  }

  private static func log(_ screen: String, _ machine: String, _ remedy: String) -> Bool {
    screen.split(separator: "\n").contains {
      $0.contains(machine) && $0.contains("→ \(remedy)") && $0.contains("verified")
    }
  }

  private func checkDisk(_ disk: LabGuest, _ azlin: Program) async throws {
    let log = try await azlin.run("autopilot", "status", "disk-1", "--recovery-log").output
    #expect(try await disk.diskUsedPercent() < 90)
    let left = try await disk.run("ls /var/tmp; cat /root/precious/coin; readlink /var/tmp/trap").output
    #expect(left.contains("gold"))
    #expect(left.contains("/root/precious"))
    #expect(left.contains("old-1.tmp"))
    // A file whose inode number is in use elsewhere is kept too: on the safe side, and rarely more than one or two.
    #expect(left.split(separator: "\n").count { $0.hasPrefix("old-") } <= 4, "\(left)\(log)")
  }

  private func checkLog(_ azlin: Program) async throws {
    let log = try await azlin.run("autopilot", "status", "--recovery-log").output
    for wanted in ["SSH Service Restarted", "Disk Cleanup", "VM Started"] {
      #expect(log.components(separatedBy: wanted) == 2, "\(wanted) once in:\n\(log)")
    }
    #expect(!log.contains("well-1"))
    #expect(!log.contains("cut-1"))
  }

  private func checkHooks(_ azlin: Program) async throws {
    let lines = try await azlin.contents(of: "\(azlin.directory)/logs/hooks.log").split(separator: "\n").map(
      String.init)
    let wanted = ["ssh-1", "disk-1", "power-1"].flatMap { ["on-failure \($0)", "on-recovery \($0)"] }
    #expect(lines.sorted() == wanted.sorted(), "\(lines)")
  }
}

extension String {
  /// How many parts a separator makes.
  func components(separatedBy separator: String) -> Int {
    split(separator: separator, omittingEmptySubsequences: false).count
  }
}
