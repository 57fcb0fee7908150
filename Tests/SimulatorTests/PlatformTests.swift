import Autopilot
import FleetModel
import Testing

@testable import Simulator

@Suite("What the platform under the simulated machines knows")
struct PlatformTests {
  private func at(_ seconds: Int) -> Instant { midnight + .seconds(seconds) }

  @Test("A silent agent: scripts hang, everything from outside is well, a boot ends it")
  func agent() throws {
    let stage = try Stage()
    stage.inject(.agentNotReady, at: 10)
    #expect(stage.probe(11).isWell)
    guard case .silent = stage.look(12).outcome else { Issue.record("it was looked at"); return }
    let view = try #require(stage.fleet.platformView(of: stage.machine.id, at: at(13)))
    #expect(view.agent == .silent(since: at(10)))
    let result = stage.fleet.runScript(on: stage.machine.id, script: "true", at: at(14))
    #expect(result.finishedAt >= at(14) + .minutes(90))
    stage.fleet.control(stage.machine.id, .restart, from: at(20), until: at(40))
    #expect(stage.fleet.platformView(of: stage.machine.id, at: at(200))?.agent == .ready)
  }

  @Test("A host in trouble: nothing of the guest answers, and the platform knows since when")
  func platform() throws {
    let stage = try Stage()
    stage.inject(.platformUnavailable, at: 10, for: .seconds(100))
    let report = stage.probe(20)
    #expect(report.power == .value(.running))
    #expect(report.echo == .value(.silent))
    #expect(stage.fleet.platformView(of: stage.machine.id, at: at(20))?.unavailableSince == at(10))
    let later = try #require(stage.fleet.platformView(of: stage.machine.id, at: at(400)))
    #expect(later.unavailableSince == nil)
    #expect(try #require(later.bootedAt) > at(110))
  }

  @Test(
    "Who stops a machine decides its word, where a log can tell; elsewhere it is deallocated", arguments: [false, true])
  func stopped(hasActivityLog: Bool) throws {
    var parameters = SimulatedFleet.Parameters(machines: 3, startAt: midnight, hasOddMachines: false)
    parameters.hasActivityLog = hasActivityLog
    let fleet = SimulatedFleet(parameters)
    let machines = fleet.machines(at: midnight)
    fleet.inject(machines[0].id, .stoppedByUser, at: at(10))
    fleet.inject(machines[1].id, .deallocatedByUser, at: at(10))
    #expect(fleet.powers(at: at(11)) == [hasActivityLog ? .stopped : .deallocated, .deallocated, .running])
    #expect(fleet.truth(of: machines[0].id, at: at(11))?.isOffOnPurpose == true)
    #expect(fleet.truth(of: machines[1].id, at: at(11))?.isBroken == false)
  }

  @Test("Boots are as much faster as the pace says")
  func pace() throws {
    var parameters = SimulatedFleet.Parameters(machines: 1, startAt: midnight, hasOddMachines: false)
    parameters.pace = 100
    let fleet = SimulatedFleet(parameters)
    let machine = fleet.machines(at: midnight)[0]
    fleet.control(machine.id, .restart, from: at(10), until: at(11))
    let report = fleet.probe(machine, .full(), at: at(12))
    #expect(report.ssh.value?.reached == .shell)
    #expect(report.guest.value?.uptime == .seconds(1))
  }

  @Test("Each public address leads to its machine, as each private one does")
  func addresses() throws {
    let fleet = SimulatedFleet(SimulatedFleet.Parameters(machines: 600, startAt: midnight))
    var count = 0
    for machine in fleet.machines(at: midnight) {
      #expect(fleet.machine(at: try #require(machine.address?.host))?.id == machine.id)
      guard let address = fleet.publicAddress(of: machine.id) else { continue }
      count += 1
      #expect(fleet.machine(at: address)?.id == machine.id)
    }
    #expect(count > 100)
    #expect(fleet.machine(at: "198.18.255.255") == nil)
    #expect(fleet.machine(at: "192.0.2.1") == nil)
  }

  @Test("The past is remembered: busy while the fault was there, nothing while it was off")
  func metrics() throws {
    let stage = try Stage()
    stage.inject(.cpuHigh, at: 600, for: .seconds(600))
    stage.fleet.control(stage.machine.id, .deallocate, from: at(1800), until: at(1830))
    let values = stage.fleet.averages(
      of: .percentageCPU, on: stage.machine.id, from: midnight, count: 40, at: at(2400))
    #expect(values.count == 40)
    #expect(values[0..<10].allSatisfy { ($0 ?? 100) < 90 })
    #expect(values[10..<20].allSatisfy { ($0 ?? 0) > 95 })
    #expect(values[20..<30].allSatisfy { ($0 ?? 100) < 90 })
    #expect(values[31..<40].allSatisfy { $0 == nil })
    let up = stage.fleet.averages(of: .availability, on: stage.machine.id, from: midnight, count: 1, at: at(2400))
    #expect(up == [1])
  }

  @Test("The console shows the boot, and what a fault wrote")
  func console() throws {
    let stage = try Stage()
    stage.inject(.hung, at: 100)
    let log = try #require(stage.fleet.serialLog(of: stage.machine.id, at: at(200)))
    #expect(log.contains("Linux version") && log.contains("soft lockup") && !log.contains("login:"))
    let behind = try #require(stage.fleet.serialLog(of: stage.machine.id, at: at(130), behind: .seconds(60)))
    #expect(!behind.contains("soft lockup"))
  }
}
