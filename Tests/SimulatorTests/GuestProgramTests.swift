import Autopilot
import FleetModel
import Testing

@testable import Simulator

@Suite("Programs of a simulated guest tell its state")
struct GuestProgramTests {
  let stage: Stage

  init() throws { stage = try Stage(role: .web) }

  private func run(_ script: String, throughAgent: Bool = true, at seconds: Int = 600) -> GuestShellResult {
    stage.fleet.runScript(
      on: stage.machine.id, script: script, throughAgent: throughAgent, at: midnight + .seconds(seconds))
  }

  @Test("df has the figures of the probe, in POSIX's form, also of the mount that a path lies in")
  func df() throws {
    let mounts = try #require(stage.probe(600).guest.value?.mounts.value)
    let lines = run("df -P").stdout.split(separator: "\n")
    #expect(lines.first == "Filesystem 1024-blocks Used Available Capacity Mounted on")
    let rows = lines.dropFirst().map { $0.split(separator: " ") }
    #expect(rows.map { String($0[5]) } == mounts.map(\.path))
    #expect(rows.map { UInt64($0[2]) } == mounts.map { $0.used / 1024 })
    #expect(rows.map { String($0[4]) } == mounts.map { "\(Int($0.percent.rounded(.up)))%" })
    #expect(run("df -Pk /home/x").stdout.split(separator: "\n").last?.hasSuffix(" /") == true)
    #expect(run("df nothing").exitCode == 1)
    stage.inject(.diskFull, at: 700)
    let fullest = try #require(stage.probe(800).fullest)
    #expect(run("df -P \(fullest.path)", at: 800).stdout.contains(" \(Int(fullest.percent.rounded(.up)))% "))
  }

  @Test("sshd is active, inactive or failed, and its configuration is judged")
  func sshd() {
    #expect(run("systemctl is-active ssh && sshd -t && echo fine").stdout == "active\nfine\n")
    #expect(run("systemctl is-active --quiet sshd.service; echo $?").stdout == "0\n")
    stage.inject(.sshDown, at: 700)
    #expect(run("systemctl is-active sshd; echo $?; sshd -t; echo $?", at: 710).stdout == "inactive\n3\n0\n")
    stage.inject(.sshConfigBroken, at: 720)
    let broken = run("systemctl is-active ssh; /usr/sbin/sshd -t", at: 730)
    #expect(broken.stdout == "failed\n")
    #expect(broken.stderr.contains("Bad configuration option") && broken.exitCode == 255)
    #expect(run("systemctl is-active cron").exitCode == 4)
  }

  @Test("The agent is root; a login is its user, and becomes root by sudo")
  func who() {
    #expect(
      run("hostname; uname; uname -n -m; id -u; whoami").stdout == """
        \(stage.machine.name)
        Linux
        \(stage.machine.name) x86_64
        0
        root

        """)
    let login = run("id -u; sudo -n id -u; sudo sshd -t && sshd -t", throughAgent: false)
    #expect(login.stdout == "1000\n0\n")
    #expect(login.exitCode == 1 && login.stderr.contains("no hostkeys"))
    #expect(run("uname --everything").exitCode == 1)
    #expect(run("no-such-thing").exitCode == 127)
  }

  @Test("A remedy that comes too late says by how much the guest's clock is off")
  func late() {
    let script = """
      # azlin-remedy 1
      azlin_boot=
      azlin_not_after=\(midnight.milliseconds / 1000 + 300)
      azlin_sent_at=\(midnight.milliseconds / 1000)
      """
    let answer = run(script, at: 601)
    #expect(
      answer.stdout == """
        azlin-remedy 1
        outcome=refused
        detail=too late by the guest's clock, which is 601 s past the time of sending; nothing was done
        end

        """)
  }
}
