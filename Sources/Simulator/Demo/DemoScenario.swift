import Autopilot
import FleetModel

/// The play that `azlin demo` gives: a fleet, an hour that has already been when the curtain rises, and surprises
/// after it.
///
/// In the warm-up hour each automatic remedy is needed at least once, so that history exists; at the first picture
/// something is open of each kind: a warning, a critical that is being healed, one that needs a human, one that
/// settles, one that flaps.
package struct DemoScenario: Sendable {
  /// 1–10,000.
  package let machines: Int
  package let seed: UInt64
  /// The instant of the first picture, an hour after the beginning.
  package let pictureAt: Instant

  /// Wednesday, 2025-12-03 14:02:31 UTC: the instant of pictures that must come out the same every day.
  package static let fixedPictureAt = Instant(seconds: 1_764_770_551)
  package static let warmUp = Duration.hours(1)

  package init(machines: Int = 20, seed: UInt64 = 1, pictureAt: Instant = Self.fixedPictureAt) {
    self.machines = min(max(machines, 1), 10_000)
    self.seed = seed
    self.pictureAt = pictureAt
  }

  package var startAt: Instant { pictureAt - Self.warmUp }

  /// The subscription that the demo's machines are in.
  package static let subscription = "5a1e0000-0000-4000-8000-00000000a211"

  package var parameters: SimulatedFleet.Parameters {
    var parameters = SimulatedFleet.Parameters(
      machines: machines, seed: seed, startAt: startAt,
      faults: .demo(machines: machines, script: script, chanceFrom: pictureAt + .seconds(90)),
      temper: .mild)
    parameters.subscription = Self.subscription
    return parameters
  }

  package func makeFleet() -> SimulatedFleet { SimulatedFleet(parameters) }

  /// The policies of the demo's machines as they stand at the beginning.
  package func policies(for machines: [VirtualMachine]) -> [MachineID: EffectivePolicy] {
    DemoPolicies.documents(for: machines).mapValues { document in
      PolicyResolver.resolve(fleet: DemoPolicies.fleet, machine: document)
    }
  }
}

// What happens, in minutes after the beginning; the picture is at 60.
extension DemoScenario {
  package var script: [FaultOccurrence] { warmUp + openAtTheFirstPicture + afterwards }

  private var warmUp: [FaultOccurrence] {
    [
      occurrence(5, .web, 1, .sshDown, for: .minutes(30)),
      occurrence(8, .worker, 1, .diskFull, for: .minutes(45), onset: .gradual, level: 96.8),
      occurrence(13, .api, 1, .stopped, for: .minutes(30)),
      occurrence(21, .proxy, 1, .sshHung, for: .minutes(30)),
      occurrence(26, .web, 3, .diskFull, for: .minutes(30), level: 97.4),
      occurrence(33, .db, 2, .pathBlocked, for: .minutes(6)),
      occurrence(39, .api, 2, .sshDown, for: .minutes(30)),
    ]
  }

  private var openAtTheFirstPicture: [FaultOccurrence] {
    // A worker on the queue leaks and is restarted every other minute: its memory hovers about the threshold.
    let flapping = stride(from: 34.0, to: 84, by: 3).map {
      occurrence($0, .queue, 1, .memoryHigh, for: .seconds(75), level: 88)
    }
    return flapping + [
      occurrence(42, .api, 3, .authRefused, for: .minutes(55)),
      occurrence(44, .worker, 2, .diskFullLiveLog, for: .minutes(70), level: 97.8),
      occurrence(47, .build, 1, .cpuHigh, for: .minutes(50), level: 93.4),
      occurrence(52, .web, 2, .sshDown, for: .minutes(30)),
      occurrence(58.7, .cache, 1, .stopped, for: .minutes(30)),
      occurrence(59.05, .db, 1, .sshDown, for: .minutes(30)),
    ]
  }

  private var afterwards: [FaultOccurrence] {
    [
      occurrence(62, .web, 4, .diskFull, for: .minutes(45), onset: .gradual, level: 97),
      occurrence(66, .proxy, 1, .sshConfigBroken, for: .minutes(20)),
      occurrence(72, .web, 1, .hung, for: .minutes(25)),
      occurrence(81, .api, 2, .subnetDown, for: .minutes(4)),
    ]
  }

  private func occurrence(
    _ minute: Double, _ role: MachineRole, _ number: Int, _ fault: SimulatedFault, for duration: Duration? = nil,
    onset: FaultOccurrence.Onset = .sudden, level: Double? = nil
  ) -> FaultOccurrence {
    FaultOccurrence(
      at: startAt + .milliseconds(Int64(minute * 60_000)), machine: FleetLayout.name(role, number, of: machines),
      fault: fault, for: duration, onset: onset, level: level)
  }
}
