import Autopilot
import FleetModel
import GuestAccess
import Simulator

/// Guests that are reached in memory, with the power that the control plane tells: a fleet without a network between.
package struct MemoryGuests: GuestProbe {
  private let guests: SimulatedProvider
  private let power: any PowerReader

  package init(guests: SimulatedProvider, power: any PowerReader) {
    self.guests = guests
    self.power = power
  }

  package func probe(_ machine: VirtualMachine, _ request: ProbeRequest) async -> ProbeReport {
    async let asked = power.power(of: machine)
    var report = await guests.probe(machine, request)
    if report.power != .notMeasured(.switchedOff) { report.power = await asked }
    return report
  }

  package func notices() async -> [String] { [] }
}
