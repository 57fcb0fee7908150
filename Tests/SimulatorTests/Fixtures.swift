import Autopilot
import FleetModel
import Testing

@testable import Simulator

/// Wednesday, 2025-12-03 00:00:00 UTC.
let midnight = Instant(seconds: 1_764_720_000)

extension ProbeRequest {
  /// All checks, with the time-outs of policy.md.
  static func full(
    _ depth: Depth = .full, checks: Set<CheckKind> = Set(CheckKind.allCases), cursor: String = "",
    twoSamples: Bool = false
  ) -> ProbeRequest {
    ProbeRequest(
      depth: depth, checks: checks, connectivityTimeout: .seconds(5), sshTimeout: .seconds(15),
      wantsTwoCPUSamples: twoSamples, logCursor: cursor)
  }
}

/// A fleet with one machine in view.
struct Stage {
  let fleet: SimulatedFleet
  let machine: VirtualMachine

  /// - Parameter role: nil: the first machine.
  init(
    seed: UInt64 = 1, role: MachineRole? = nil, machines: Int = 20, faults: FaultPlan = .none,
    temper: RemedyTemper = .perfect, startAt: Instant = midnight
  ) throws {
    fleet = SimulatedFleet(
      SimulatedFleet.Parameters(
        machines: machines, seed: seed, startAt: startAt, faults: faults, temper: temper, hasOddMachines: false))
    let all = fleet.machines(at: startAt)
    let fleet = fleet
    machine = try #require(role.map { role in all.first { fleet.role(of: $0.id) == role } } ?? all.first)
  }

  func probe(_ seconds: Double, _ request: ProbeRequest = .full()) -> ProbeReport {
    fleet.probe(machine, request, at: midnight + .milliseconds(Int64(seconds * 1000)))
  }

  func look(_ seconds: Double) -> LookReport {
    fleet.look(
      at: machine, LookOrder(sshPort: 22, timeout: .seconds(60)),
      at: midnight + .milliseconds(Int64(seconds * 1000)))
  }

  @discardableResult
  func inject(_ fault: SimulatedFault, at seconds: Double, for duration: Duration? = nil, level: Double? = nil) -> Bool
  {
    fleet.inject(machine.id, fault, at: midnight + .seconds(Int(seconds)), for: duration, level: level)
  }

  func perform(
    _ remedy: Remedy, at seconds: Double, bootID: String? = nil, notAfter: Duration = .minutes(20), mount: String? = nil
  ) -> RemedyReport {
    let now = midnight + .milliseconds(Int64(seconds * 1000))
    return fleet.perform(
      RemedyOrder(
        intent: IntentID("test-\(remedy.rawValue)-\(seconds)"), machine: machine, remedy: remedy, bootID: bootID,
        notAfter: now + notAfter, request: .full(), mount: mount),
      at: now)
  }

  func truth(_ seconds: Double) -> GroundTruth? {
    fleet.truth(of: machine.id, at: midnight + .seconds(Int(seconds)))
  }
}

extension ProbeReport {
  /// Whether everything a full probe asks for was answered.
  var isWell: Bool { power.value == .running && ssh.value?.reached == .shell && guest.value != nil }
  var fullest: MountUsage? { guest.value?.mounts.value?.max { $0.percent < $1.percent } }
}

/// Seconds after midnight at which an instant lies.
func seconds(_ instant: Instant) -> Double { (instant - midnight).inSeconds }
