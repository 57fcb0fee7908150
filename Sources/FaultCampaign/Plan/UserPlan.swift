import FleetModel
import Simulator

extension CampaignPlan {
  /// A fleet that an operator's policy is tried on.
  /// - Parameters:
  ///   - machines: 1–1000.
  ///   - names: of machines that have policies of their own, as `name` or `group/name`: those that no machine of the
  ///     fleet bears are given to its first ones.
  ///   - faults: nil: a seeded mix, about one fault per machine in two days.
  /// - Throws: a sentence about the first fault that cannot be.
  package static func trying(
    machines: Int, seed: UInt64, days: Int, names: [String] = [], faults: [UserFault]? = nil
  ) throws(UserFault.Mistake) -> CampaignPlan {
    var plan = CampaignPlan(name: "simulate run", seed: seed, machines: machines, duration: .days(days))
    plan.give(names)
    if let faults { plan.troubles = try plan.troubles(faults) } else { plan.drawMix() }
    plan.troubles.sort { ($0.at, $0.number) < ($1.at, $1.number) }
    for index in plan.troubles.indices { plan.troubles[index].number = index + 1 }
    return plan
  }

  private mutating func give(_ wanted: [String]) {
    func bears(_ machine: VirtualMachine, _ name: String) -> Bool {
      [machine.name, machine.qualifiedName].contains { $0.lowercased() == name.lowercased() }
    }
    let machines = fleetMachines
    let strangers = wanted.filter { name in !machines.contains { bears($0, name) } }
    let free = machines.indices.filter { place in !wanted.contains { bears(machines[place], $0) } }
    for (place, name) in zip(free, strangers) { names[place] = name }
  }

  private mutating func drawMix() {
    var dice = Dice(seed, 7)
    let kinds: [(TroubleKind, Double)] = [
      (.sshDown, 20), (.sshHung, 8), (.sshConfigBroken, 3), (.diskFull, 18), (.diskFullLiveLog, 4), (.memoryHigh, 8),
      (.cpuHigh, 8), (.dies, 9), (.personStops, 4), (.hangs, 7), (.networkDown, 7), (.pathBlocked, 5), (.stalls, 3),
      (.agentDead, 4), (.hostFault, 2), (.subnetBlocked, 1),
    ]
    let count = max(1, Int(Double(machines) * duration.inSeconds / 86400 / 2 + dice.unit()))
    for number in 0..<count {
      troubles.append(
        Trouble(
          number: number, at: startAt + .minutes(20) + dice.seconds(0, max(600, duration.inSeconds - 3600)),
          kind: dice.pick(weighted: kinds), places: [dice.below(machines)], for: dice.minutes(20, 500)))
    }
  }

  private func troubles(_ faults: [UserFault]) throws(UserFault.Mistake) -> [Trouble] {
    let names = fleetMachines
    var troubles: [Trouble] = []
    for (index, fault) in faults.enumerated() {
      let entry = "entry \(index + 1)"
      guard let kind = TroubleKind(rawValue: fault.fault) else {
        let near =
          NearestName.nearest(to: fault.fault, in: TroubleKind.allCases.map(\.rawValue)).map { "; did you mean \($0)?" }
          ?? ""
        throw UserFault.Mistake(description: "\(entry): there is no fault \"\(SafeText.line(fault.fault))\"\(near)")
      }
      var places = Array(names.indices)
      if fault.vm != "--all" {
        places = names.indices.filter { names[$0].name == fault.vm || names[$0].qualifiedName == fault.vm }
        guard !places.isEmpty else {
          let near = NearestName.nearest(to: fault.vm, in: names.map(\.name)) ?? names.first?.name ?? ""
          throw UserFault.Mistake(
            description: "\(entry): this fleet has no VM \"\(SafeText.line(fault.vm))\"; there is \(near), say")
        }
      }
      troubles.append(
        Trouble(number: index, at: startAt + fault.after, kind: kind, places: places, for: fault.duration))
    }
    return troubles
  }
}

/// A fault as an operator writes it.
package struct UserFault: Hashable, Sendable {
  /// A name, `group/name`, or `--all`.
  package var vm: String
  package var fault: String
  /// From the beginning of the simulation.
  package var after: Duration
  /// nil: until something ends it.
  package var duration: Duration?

  package init(vm: String, fault: String, after: Duration, duration: Duration?) {
    self.vm = vm
    self.fault = fault
    self.after = after
    self.duration = duration
  }

  /// Why a fault cannot be.
  package struct Mistake: Error, Hashable, Sendable, CustomStringConvertible { package var description: String }
}
