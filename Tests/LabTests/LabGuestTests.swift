import LabKit
import Testing

@Suite("Real guests", .requiresLab, .serialized)
struct LabGuestTests {
  @Test("three guests of one tree answer SSH, each as itself")
  func threeGuests() async throws {
    try await Lab.with { lab in
      for name in ["web-1", "web-2", "db-1"] {
        let guest = try await lab.guest(name)
        let answer = try await guest.ssh("hostname; id -un")
        #expect(answer.output == "\(name)\nroot\n", "\(answer.errors)")
      }
    }
  }

  @Test("ops may sudo, viewer may not, and their shell is dash")
  func users() async throws {
    try await Lab.with { lab in
      let guest = try await lab.guest("web-1")
      #expect(try await guest.ssh("sudo -n id -u; readlink /proc/$$/exe", user: "ops").output == "0\n/usr/bin/dash\n")
      #expect(try await guest.ssh("sudo -n true", user: "viewer").status != 0)
    }
  }

  @Test("a guest whose plug was pulled is stopped, and comes back with the same host key")
  func powerCut() async throws {
    try await Lab.with { lab in
      let guest = try await lab.guest("web-1")
      try await guest.powerOff()
      #expect(try await guest.status() == .stopped)
      #expect(try await guest.ssh("true", seconds: 3).status != 0)
      #expect(try await guest.run("true").status != 0)
      try await guest.start()
      #expect(try await guest.status() == .running)
      try await guest.awaitSSH()
      #expect(try await guest.ssh("true").status == 0)
    }
  }

  @Test("stop and restart go through the guest's own shutdown, and a restart is another boot")
  func restarts() async throws {
    try await Lab.with { lab in
      let guest = try await lab.guest("web-1")
      let before = try await guest.run("cat /proc/sys/kernel/random/boot_id; stat -c %Y /proc/1").text
      try await perform("restart", of: lab, on: "web-1")
      try await guest.awaitSSH()
      #expect(try await guest.run("cat /proc/sys/kernel/random/boot_id; stat -c %Y /proc/1").text != before)
      try await perform("stop", of: lab, on: "web-1")
      #expect(try await guest.status() == .stopped)
    }
  }

  @Test("the inventory's commands work as a host's control plane")
  func inventoryCommands() async throws {
    try await Lab.with { lab in
      let guest = try await lab.guest("web-1")
      #expect(try await perform("status", of: lab, on: "web-1") == "running")
      try await guest.powerOff()
      #expect(try await perform("status", of: lab, on: "web-1") == "stopped")
      try await perform("start", of: lab, on: "web-1")
      #expect(try await guest.status() == .running)
      #expect(try await perform("run", of: lab, on: "web-1", input: "echo $((6 * 7)) $(hostname)") == "42 web-1")
      #expect(lab.inventory(of: [guest]).contains("      run: \(lab.directory)/bin/run {name}\n"))
    }
  }

  @Test("a script inside is root's, has its exit code, and reaches a guest without sshd")
  func runsScripts() async throws {
    try await Lab.with { lab in
      let guest = try await lab.guest("web-1")
      try await guest.stopSSH()
      #expect(try await guest.ssh("true").errors.contains("Connection refused"))
      let result = try await guest.run("id -u; hostname; exit 7")
      #expect(result.output == "0\nweb-1\n")
      #expect(result.status == 7)
    }
  }

  @Test("one guest's services are not its neighbour's")
  func servicesAreSeparate() async throws {
    try await Lab.with { lab in
      let (first, second) = (try await lab.guest("web-1"), try await lab.guest("web-2"))
      try await first.stopSSH()
      #expect(try await second.ssh("systemctl is-active ssh").text == "active")
      #expect(try await first.run("systemctl restart ssh").status == 0)
      try await first.awaitSSH()
    }
  }

  @Test("a frozen guest is running and silent on every way in, until it is thawed")
  func freezes() async throws {
    try await Lab.with { lab in
      let guest = try await lab.guest("web-1")
      try await guest.freeze()
      #expect(try await guest.status() == .running)
      #expect(try await guest.run("true", seconds: 1).status == 124)
      #expect(try await guest.ssh("true", seconds: 2).status == 124)
      try await guest.thaw()
      #expect(try await guest.run("echo awake").text == "awake")
      #expect(try await guest.ssh("echo awake").text == "awake")
    }
  }

  @Test("a dropped link is mended by the guest's network service, a pulled cable is not")
  func losesNetwork() async throws {
    try await Lab.with { lab in
      let guest = try await lab.guest("web-1")
      try await guest.dropLink()
      await #expect(throws: LabError.self) { try await guest.awaitSSH(seconds: 1) }
      #expect(try await guest.run("systemctl restart systemd-networkd").status == 0)
      try await guest.awaitSSH()

      try await guest.setCable(plugged: false)
      #expect(try await guest.run("systemctl restart systemd-networkd").status == 0)
      await #expect(throws: LabError.self) { try await guest.awaitSSH(seconds: 1) }
      try await guest.setCable(plugged: true)
      try await guest.awaitSSH()
    }
  }

  @Test("a disk is real ext4, nearly full of old files, and survives a power cut")
  func fullDisk() async throws {
    try await Lab.with { lab in
      var disk = LabDisk.full
      disk.setup = "mkdir kept && echo x > kept/old.txt && ln -s /etc link"
      let guest = try await lab.guest("web-1", disk: disk)
      #expect(try await guest.run("stat -f -c %T /var/tmp").text == "ext2/ext3")
      #expect(try await guest.diskUsedPercent() >= 95)
      let script = "cd /var/tmp; for f in old-1.tmp kept kept/old.txt link; do stat -c '%X %Y %Z' $f; done; date +%s"
      let words = try await guest.run(script).output.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
      let now = try #require(words.last)
      #expect(words.count == 13)
      for time in words.dropLast() { #expect(abs(now - time - 90 * 86_400) < 600) }

      #expect(try await guest.run("rm /var/tmp/old-*.tmp").status == 0)
      try await guest.powerOff()
      try await guest.start()
      #expect(try await guest.run("cat /var/tmp/kept/old.txt").text == "x")
      #expect(try await guest.diskUsedPercent() < 50)
    }
  }

  @Test("a changed host key is noticed by a client that knows the old one")
  func changesHostKey() async throws {
    try await Lab.with { lab in
      let guest = try await lab.guest("web-1")
      try await guest.changeHostKey()
      try await guest.awaitSSH()
      let answer = try await guest.ssh("true")
      #expect(answer.status != 0)
      #expect(answer.errors.contains("REMOTE HOST IDENTIFICATION HAS CHANGED"))
    }
  }

  @Test("a name that is no host name, or is taken, is refused")
  func refusesNames() async throws {
    try await Lab.with { lab in
      _ = try await lab.guest("web-1", boot: false)
      for name in ["web-1", "", "-a", "../x", "a b", String(repeating: "a", count: 21)] {
        await #expect(throws: LabError.self) { try await lab.guest(name) }
      }
    }
  }

  @discardableResult
  private func perform(_ verb: String, of lab: Lab, on name: String, input: String = "") async throws -> String {
    let command = try #require(lab.commands[verb])
    let words = command.split(separator: " ").map { $0 == "{name}" ? name : String($0) }
    return try await LabCommand.succeed(words, input: input).text
  }
}
