import Autopilot
import FleetModel
import Testing

@testable import Simulator

@Suite("What a large fleet costs")
struct CostTests {
  @Test("10,000 machines are made and probed once around; the time is printed")
  func tenThousand() {
    let clock = ContinuousClock()
    var fleet = SimulatedFleet(.init(machines: 1, startAt: midnight))
    let making = clock.measure {
      fleet = SimulatedFleet(.init(machines: 10_000, seed: 1, startAt: midnight, faults: .random()))
    }
    let machines = fleet.machines(at: midnight)
    let request = ProbeRequest.full(cursor: "t=\(midnight.milliseconds);b=0")
    var answered = 0
    let rounds = 2
    let probing = clock.measure {
      for round in 1...rounds {
        for machine in machines
        where fleet.probe(machine, request, at: midnight + .minutes(2 * round)).guest.value != nil {
          answered += 1
        }
      }
    }
    let each = probing / (rounds * machines.count)
    print("10,000 machines made in \(making); a full probe at 2 minutes: \(each)")
    #expect(answered > rounds * 9000)
  }
}
