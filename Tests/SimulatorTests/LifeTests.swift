import Autopilot
import FleetModel
import Testing

@testable import Simulator

@Suite("The life of a simulated guest")
struct LifeTests {
  @Test("The same seed and the same calls give the same answers")
  func sameSeedSameAnswers() throws {
    func run(_ seed: UInt64) -> [ProbeReport] {
      let fleet = SimulatedFleet(
        .init(machines: 40, seed: seed, startAt: midnight, faults: .random(perMachineDay: 6)))
      var reports: [ProbeReport] = []
      for minute in stride(from: 0, to: 1440, by: 7) {
        for machine in fleet.machines(at: midnight) {
          reports.append(fleet.probe(machine, .full(), at: midnight + .minutes(minute)))
        }
      }
      return reports
    }
    let first = run(7)
    #expect(first == run(7))
    #expect(first != run(8))
  }

  @Test("A machine's life does not depend on how often the others are asked")
  func machinesAreIndependent() throws {
    let busy = SimulatedFleet(.init(machines: 20, seed: 3, startAt: midnight, faults: .random(perMachineDay: 4)))
    let quiet = SimulatedFleet(.init(machines: 20, seed: 3, startAt: midnight, faults: .random(perMachineDay: 4)))
    let machines = busy.machines(at: midnight)
    for minute in 0..<600 {
      for machine in machines { _ = busy.probe(machine, .full(), at: midnight + .minutes(minute)) }
    }
    let last = midnight + .minutes(600)
    for machine in machines {
      let seen = busy.probe(machine, .full(), at: last)
      let unseen = quiet.probe(machine, .full(), at: last)
      #expect(seen.power == unseen.power && seen.ssh == unseen.ssh && seen.echo == unseen.echo)
      #expect(seen.guest.value?.mounts == unseen.guest.value?.mounts)
      if let a = seen.guest.value?.cpu.value, let b = unseen.guest.value?.cpu.value {
        // The sums are taken in other steps: a tick of rounding is allowed.
        #expect(abs(Double(a.idle) - Double(b.idle)) <= 2)
      }
    }
  }

  @Test("Names, ids and addresses are unique at every size", arguments: [1, 2, 8, 20, 333, 10_000])
  func namesAreUnique(count: Int) {
    let fleet = SimulatedFleet(.init(machines: count, startAt: midnight))
    let machines = fleet.machines(at: midnight)
    #expect(machines.count == count)
    #expect(Set(machines.map(\.name)).count == count)
    #expect(Set(machines.map(\.id)).count == count)
    #expect(Set(machines.map(\.incarnation)).count == count)
    #expect(Set(machines.compactMap(\.address?.host)).count == count)
    #expect(machines.allSatisfy { $0.name.hasPrefix("vm-\($0.tags["role"] ?? "?")-") })
    #expect(machines.allSatisfy { $0.abilities.isSuperset(of: [.power, .start, .stop, .restart, .run]) })
  }

  @Test("A week of every role stays in believable ranges", arguments: MachineRole.allCases)
  func weekIsBelievable(role: MachineRole) throws {
    let stage = try Stage(seed: 11, role: role)
    var cpu: [Double] = []
    var waits: [Double] = []
    var memory: [Double] = []
    var disk: [Double] = []
    var latency: [Double] = []
    var lost = 0
    var earlier: CPUCounters?
    for minute in stride(from: 0, to: 7 * 1440, by: 2) {
      let report = stage.probe(Double(minute * 60))
      let guest = try #require(report.guest.value, "minute \(minute)")
      let counters = try #require(guest.cpu.value)
      if let earlier {
        let shares = try #require(counters.shares(since: earlier), "counters ran backwards at minute \(minute)")
        cpu.append(shares.busy)
        waits.append(shares.ioWait)
      }
      earlier = counters
      memory.append(try #require(guest.memory.value).percent)
      disk.append(try #require(report.fullest).percent)
      if let echo = report.echo.value?.latency { latency.append(echo.inSeconds * 1000) } else { lost += 1 }
    }
    // A healthy machine is healthy: below every warning of policy.md, but not dead.
    let mean = cpu.reduce(0, +) / Double(cpu.count)
    #expect(cpu.allSatisfy { $0 >= 0 && $0 < 90 }, "cpu up to \(cpu.max() ?? 0)")
    #expect(mean > 2 && mean < 75, "mean cpu \(mean)")
    #expect((cpu.max() ?? 0) - (cpu.min() ?? 0) > 8, "a flat line is not a life")
    #expect(waits.allSatisfy { $0 < 30 })
    #expect(memory.allSatisfy { $0 > 8 && $0 < 85 }, "memory \(memory.min() ?? 0)–\(memory.max() ?? 0)")
    #expect(disk.allSatisfy { $0 > 10 && $0 < 80 }, "disk \(disk.min() ?? 0)–\(disk.max() ?? 0)")
    #expect(latency.allSatisfy { $0 > 0.1 && $0 < 450 })
    #expect(Double(lost) / Double(cpu.count) < 0.01)
    // Neighbouring samples are alike: noise that remembers.
    let steps = zip(cpu, cpu.dropFirst()).map { abs($0 - $1) }
    #expect(steps.reduce(0, +) / Double(steps.count) < 6)
  }

  @Test("Offices are busy at noon and idle at night; batch machines the other way round")
  func daysHaveAShape() throws {
    func mean(_ role: MachineRole, hours: Range<Int>) throws -> Double {
      let stage = try Stage(seed: 5, role: role)
      let zone = stage.machine.region == "eastus2" ? 5 : stage.machine.region == "northeurope" ? 0 : -1
      var total = 0.0
      var earlier: CPUCounters?
      var count = 0
      for minute in stride(from: (hours.lowerBound + zone + 24) * 60, to: (hours.upperBound + zone + 24) * 60, by: 5) {
        let counters = try #require(stage.probe(Double(minute * 60)).guest.value?.cpu.value)
        if let earlier, let shares = counters.shares(since: earlier) {
          total += shares.busy
          count += 1
        }
        earlier = counters
      }
      return total / Double(count)
    }
    #expect(try mean(.api, hours: 13..<17) > 2 * mean(.api, hours: 1..<4))
    #expect(try mean(.batch, hours: 1..<4) > 2 * mean(.batch, hours: 13..<17))
  }

  @Test("Counters agree with each other however often they are read")
  func countersDoNotDependOnReading() throws {
    let often = try Stage(seed: 9)
    let seldom = try Stage(seed: 9)
    var last: CPUCounters?
    for second in stride(from: 0.0, through: 3600, by: 7.5) {
      let counters = try #require(often.probe(second).guest.value?.cpu.value)
      if let last {
        #expect(counters.idle >= last.idle && counters.ioWait >= last.ioWait && counters.total >= last.total)
      }
      last = counters
    }
    let once = try #require(seldom.probe(3600).guest.value?.cpu.value)
    let many = try #require(last)
    #expect(abs(Double(once.idle) - Double(many.idle)) <= 2)
    #expect(abs(Double(once.total) - Double(many.total)) <= 3)
  }

  @Test("Two samples of one probe tell the same load as two probes")
  func twoSamplesAgree() throws {
    let stage = try Stage(seed: 2, role: .worker)
    _ = stage.probe(36_000)
    let report = stage.probe(36_060, .full(twoSamples: true))
    let guest = try #require(report.guest.value)
    let counters = try #require(guest.cpu.value)
    let earlier = try #require(guest.earlierCPU)
    let now = try #require(counters.shares(since: earlier))
    let later = try #require(stage.probe(36_070).guest.value?.cpu.value)
    let next = try #require(later.shares(since: counters))
    #expect(abs(now.busy - next.busy) < 8)
    #expect(report.finishedAt - report.startedAt >= .seconds(1))
  }

  @Test("Boot id, uptime and clock belong together, and error lines are counted once")
  func identityHolds() throws {
    let stage = try Stage(seed: 4, role: .mail)
    let first = try #require(stage.probe(0).guest.value)
    let later = try #require(stage.probe(7200).guest.value)
    #expect(first.bootID == later.bootID && first.bootID.utf8.count == 36)
    #expect(later.uptime - first.uptime == .seconds(7200))
    let cursor = try #require(first.logs.value).cursor
    #expect(first.logs.value?.errors == 0)
    let whole = try #require(stage.probe(86_400, .full(cursor: cursor)).guest.value?.logs.value)
    let other = try Stage(seed: 4, role: .mail)
    var parts = 0
    var next = cursor
    for hour in 1...24 {
      let counts = try #require(other.probe(Double(hour * 3600), .full(cursor: next)).guest.value?.logs.value)
      parts += counts.errors
      next = counts.cursor
    }
    #expect(parts == whole.errors)
    #expect(parts > 20)
  }

  @Test("Some machines are off on purpose from the beginning, and one has never answered")
  func oddMachines() {
    let fleet = SimulatedFleet(.init(machines: 20, startAt: midnight))
    let reports = fleet.machines(at: midnight).map { fleet.probe($0, .full(), at: midnight) }
    #expect(reports.filter { $0.power.value?.isOff == true }.count == 2)
    #expect(
      reports.filter { $0.power.value == .running && $0.echo == .value(.silent) && $0.tcp == .value(.silent) }.count
        == 1)
    #expect(reports.filter(\.isWell).count == 17)
  }

  @Test("Only what the policy checks is measured")
  func switchedOffIsSaid() throws {
    let stage = try Stage()
    let basic = stage.probe(0, .full(checks: [.power, .connectivity]))
    #expect(basic.power == .value(.running) && basic.echo.value != nil)
    #expect(basic.ssh == .notMeasured(.switchedOff) && basic.guest == .notMeasured(.switchedOff))
    let disk = stage.probe(60, .full(checks: [.power, .connectivity, .ssh, .disk]))
    #expect(disk.guest.value?.mounts.value != nil)
    #expect(disk.guest.value?.cpu == .notMeasured(.switchedOff))
    let recheck = stage.probe(120, .full(.recheck))
    #expect(recheck.ssh.value?.reached == .banner && recheck.ssh.value?.failure == nil)
    let witnesses = stage.probe(180, .full(.witnesses))
    #expect(witnesses.echo.value?.provesHostUp == true && witnesses.ssh == .notMeasured(.notYet))
  }
}
