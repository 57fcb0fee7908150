import Autopilot
import FleetModel
import Testing

@testable import Simulator

@Suite("Faults change exactly the evidence that they would in reality")
struct FaultTests {
  @Test("sshd down: the kernel refuses, echo answers, the look sees nobody listening")
  func sshDown() throws {
    let stage = try Stage()
    #expect(stage.probe(0).isWell)
    stage.inject(.sshDown, at: 10)
    let report = stage.probe(11)
    #expect(report.power == .value(.running))
    #expect(report.echo.value?.provesHostUp == true)
    guard case .value(.refused) = report.tcp else { Issue.record("\(report.tcp)"); return }
    #expect(report.ssh.value?.failure == .portRefused && report.ssh.value?.reached == nil)
    #expect(report.guest.value == nil)
    let look = try findings(stage.look(12))
    #expect(look.sshListening == false && look.localBanner == false && look.sshConfigurationValid == true)
    #expect(look.linkUp == true && look.hasAddress == true && look.hasDefaultRoute == true)
  }

  @Test("sshd hung: the port accepts and no banner comes until the time-out")
  func sshHung() throws {
    let stage = try Stage()
    stage.inject(.sshHung, at: 10)
    let report = stage.probe(11)
    #expect(report.tcp.value?.provesHostUp == true)
    #expect(report.ssh.value?.reached == .port && report.ssh.value?.failure == .noBanner)
    #expect(report.finishedAt - report.startedAt >= .seconds(15))
    let look = try findings(stage.look(12))
    #expect(look.sshListening == true && look.localBanner == false)
  }

  @Test("A broken sshd_config: the look quotes sshd -t")
  func sshConfigBroken() throws {
    let stage = try Stage()
    stage.inject(.sshConfigBroken, at: 10)
    #expect(stage.probe(11).ssh.value?.failure == .portRefused)
    let look = try findings(stage.look(12))
    #expect(look.sshConfigurationValid == false)
    #expect(look.sshConfigurationError?.contains("sshd_config line") == true)
  }

  @Test("Path blocked: every witness is silent and the guest is well")
  func pathBlocked() throws {
    let stage = try Stage()
    stage.inject(.pathBlocked, at: 10)
    let report = stage.probe(11)
    #expect(report.power == .value(.running))
    #expect(report.echo == .value(.silent) && report.tcp == .value(.silent))
    #expect(report.ssh.value == nil)
    #expect(report.finishedAt - report.startedAt >= .seconds(5))
    let look = try findings(stage.look(12))
    #expect(look.linkUp == true && look.hasAddress == true && look.hasDefaultRoute == true)
    #expect(look.sshListening == true && look.localBanner == true)
  }

  @Test("Network down in the guest: silence outside, and the look shows what is lost", arguments: 1...6)
  func networkDown(second: Int) throws {
    let stage = try Stage(seed: UInt64(second))
    stage.inject(.networkDown, at: Double(10 + second))
    #expect(stage.probe(20).echo == .value(.silent))
    let look = try findings(stage.look(21))
    #expect(look.linkUp == false || look.hasAddress == false || look.hasDefaultRoute == false)
    #expect(look.localBanner == true)
  }

  @Test("Hung: at last nothing answers, neither does the agent, and power still says running", arguments: 1...6)
  func hung(seed: Int) throws {
    let stage = try Stage(seed: UInt64(seed))
    stage.inject(.hung, at: 10)
    #expect(!stage.probe(11).isWell)
    let report = stage.probe(130)
    #expect(report.power == .value(.running))
    #expect(report.echo == .value(.silent) && report.tcp == .value(.silent))
    guard case .silent = stage.look(131).outcome else { Issue.record("the agent answered"); return }
  }

  @Test("A hung guest sometimes answers echoes and handshakes at first, but never speaks")
  func hungAnswersAtFirst() throws {
    var early = 0
    for seed in 1...20 {
      let stage = try Stage(seed: UInt64(seed))
      stage.inject(.hung, at: 10)
      let report = stage.probe(12)
      #expect(report.ssh.value?.reached != .shell)
      if report.tcp.value?.provesHostUp == true { early += 1 }
    }
    #expect(early > 2 && early < 18)
  }

  @Test("Stopped and stopped by a person differ in power and in truth")
  func stopped() throws {
    let crashed = try Stage()
    crashed.inject(.stopped, at: 10)
    #expect(crashed.probe(11).power == .value(.stopped))
    #expect(crashed.probe(12).echo == .value(.silent))
    #expect(crashed.truth(13)?.isBroken == true)
    #expect(crashed.truth(13)?.callsFor(.start) == true)
    let meant = try Stage()
    meant.inject(.stoppedByUser, at: 10)
    #expect(meant.probe(11).power == .value(.deallocated))
    #expect(meant.truth(13)?.isOffOnPurpose == true)
    #expect(meant.truth(13)?.callsFor(.start) == false)
  }

  @Test("A changed host key and a refused login stop at the banner")
  func keys() throws {
    let changed = try Stage()
    changed.inject(.hostKeyChanged, at: 10)
    guard case .hostKeyChanged(let known, let offered) = changed.probe(11).ssh.value?.failure else {
      Issue.record("no such failure")
      return
    }
    #expect(known != offered && known.hasPrefix("SHA256:") && known.utf8.count == 50)
    let refused = try Stage()
    refused.inject(.authRefused, at: 10)
    #expect(refused.probe(11).ssh.value?.failure == .authenticationRefused(methods: "publickey"))
    #expect(refused.probe(12).ssh.value?.reached == .banner)
    #expect(refused.probe(13).guest.value == nil)
    // A re-check goes no further than the banner and sees no fault.
    #expect(refused.probe(14, .full(.recheck)).ssh.value?.failure == nil)
  }

  @Test("A full disk shows at the level that was asked for, on the root")
  func diskFull() throws {
    let stage = try Stage()
    stage.inject(.diskFull, at: 10, level: 97)
    let root = try #require(stage.probe(11).guest.value?.mounts.value?.first)
    #expect(root.path == "/" && abs(root.percent - 97) < 0.5)
    #expect(stage.probe(12).isWell)
  }

  @Test("High memory and high load show in their own figures only")
  func resources() throws {
    let memory = try Stage(role: .web)
    memory.inject(.memoryHigh, at: 10, level: 97)
    let guest = try #require(memory.probe(11).guest.value)
    #expect(try #require(guest.memory.value).percent > 95)
    #expect(try #require(guest.pressure.value).memory > 10)
    let cpu = try Stage(role: .web)
    let before = try #require(cpu.probe(10).guest.value?.cpu.value)
    cpu.inject(.cpuHigh, at: 10)
    let after = try #require(cpu.probe(70).guest.value)
    let counters = try #require(after.cpu.value)
    let shares = try #require(counters.shares(since: before))
    #expect(shares.busy >= 98)
    #expect(try #require(after.memory.value).percent < 85)
    #expect((after.load ?? 0) > Double(after.processors ?? 99))
  }

  @Test("A subnet down silences its machines and no others; all are well inside")
  func subnetDown() throws {
    let stage = try Stage()
    stage.inject(.subnetDown, at: 10, for: .minutes(2))
    for machine in stage.fleet.machines(at: midnight) {
      let report = stage.fleet.probe(machine, .full(.witnesses), at: midnight + .seconds(20))
      #expect((report.tcp == .value(.silent)) == (machine.subnet == stage.machine.subnet), "\(machine.name)")
    }
    #expect(try findings(stage.look(21)).localBanner == true)
    #expect(stage.truth(22)?.faults == [.subnetDown])
    #expect(stage.probe(140).isWell)
  }

  @Test("A fault with an end ends by itself", arguments: SimulatedFault.allCases)
  func faultsEnd(fault: SimulatedFault) throws {
    let stage = try Stage()
    stage.inject(fault, at: 10, for: .minutes(1))
    #expect(stage.truth(30)?.faults == [fault])
    #expect(stage.truth(300)?.faults == [])
    #expect(stage.probe(310).isWell)
  }

  @Test("Heal puts every fault right", arguments: SimulatedFault.allCases)
  func healEndsFaults(fault: SimulatedFault) throws {
    let stage = try Stage()
    stage.inject(fault, at: 10)
    #expect(stage.truth(30)?.faults == [fault])
    stage.fleet.heal(stage.machine.id, at: midnight + .seconds(40))
    #expect(stage.probe(240).isWell)
    #expect(stage.truth(241)?.faults == [])
  }

  @Test("A script strikes at its instants, and names that the fleet has not are told")
  func script() throws {
    let plan = FaultPlan.scripted([
      FaultOccurrence(at: midnight + .minutes(5), machine: "vm-web-01", fault: .sshDown, for: .minutes(2)),
      FaultOccurrence(at: midnight + .minutes(5), machine: "vm-nobody-01", fault: .sshDown),
    ])
    let stage = try Stage(role: .web, faults: plan)
    #expect(stage.machine.name == "vm-web-01")
    #expect(stage.fleet.unknownNames == ["vm-nobody-01"])
    #expect(stage.probe(299).isWell)
    #expect(stage.probe(300).ssh.value?.failure == .portRefused)
    #expect(stage.probe(421).isWell)
  }

  @Test("Chance strikes about as often as asked, and leaves machines healthy most of the time")
  func chanceIsFair() {
    let fleet = SimulatedFleet(.init(machines: 200, seed: 5, startAt: midnight, faults: .random(perMachineDay: 0.5)))
    let machines = fleet.machines(at: midnight)
    var troubled: [SimulatedFault: Int] = [:]
    var before: [MachineID: Set<SimulatedFault>] = [:]
    for minute in stride(from: 0, to: 4 * 1440, by: 5) {
      for machine in machines {
        let now = Set(fleet.truth(of: machine.id, at: midnight + .minutes(minute))?.faults ?? [])
        for fault in now.subtracting(before[machine.id] ?? []) { troubled[fault, default: 0] += 1 }
        before[machine.id] = now
      }
    }
    troubled[.subnetDown] = nil
    let count = troubled.values.reduce(0, +)
    // 200 machines · 4 days · ½, less what falls on machines in trouble already.
    #expect(count > 220 && count < 430, "\(count)")
    #expect(troubled.count >= 12, "\(troubled)")
  }

  private func findings(_ look: LookReport) throws -> LookFindings {
    guard case .done(let findings) = look.outcome else {
      Issue.record("\(look.outcome)")
      throw CommandRefusal("no findings")
    }
    return findings
  }
}
