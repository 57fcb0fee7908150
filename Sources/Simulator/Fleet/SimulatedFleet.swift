import FleetModel
import Autopilot
import Synchronization

/// A fleet of in-process guests with a believable life: the same seed and the same calls give the same answers, and
/// nothing happens between calls.
package final class SimulatedFleet: SimulatedWorld {
  /// What a fleet is made from.
  package struct Parameters: Hashable, Sendable, Codable {
    /// 1–10,000.
    package var machines: Int
    package var seed: UInt64
    package var startAt: Instant
    package var faults: FaultPlan
    package var temper: RemedyTemper
    /// Some machines are off on purpose from the beginning, and one was never reachable (from 8 machines on).
    package var hasOddMachines: Bool
    /// Whose virtual machines they are; nil: they are of a provider of their own.
    package var subscription: String?
    /// Boots are this many times faster than real ones, above 0.
    package var pace = 1.0
    /// Whether this world tells who stopped a machine (`SimulatedFault.stoppedByUser`).
    package var hasActivityLog = false

    package init(
      machines: Int = 20, seed: UInt64 = 1, startAt: Instant, faults: FaultPlan = .none,
      temper: RemedyTemper = .perfect, hasOddMachines: Bool = true
    ) {
      self.machines = min(max(machines, 1), 10_000)
      self.seed = seed
      self.startAt = startAt
      self.faults = faults
      self.temper = temper
      self.hasOddMachines = hasOddMachines
    }
  }

  package let parameters: Parameters
  /// Machines that the script names and the fleet has not: their faults never strike.
  package let unknownNames: [String]
  let inventory: [VirtualMachine]
  let places: [MachineID: Int]
  /// By private address.
  let addresses: [String: Int]
  let state: Mutex<State>

  struct State: Sendable {
    var guests: [SimulatedGuest]
    var subnets: SubnetWeather
    var trace: [SimulatedAction] = []
    var calls = SimulatedCalls()
  }

  package init(_ parameters: Parameters) {
    self.parameters = parameters
    let layout = FleetLayout(
      count: parameters.machines, seed: parameters.seed, odd: parameters.hasOddMachines,
      subscription: parameters.subscription)
    inventory = layout.members.map(\.machine)
    places = Dictionary(
      uniqueKeysWithValues: inventory.enumerated().map { ($0.element.id, $0.offset) })
    addresses = Dictionary(
      inventory.enumerated().compactMap { place, machine in machine.address.map { ($0.host, place) } },
      uniquingKeysWith: { first, _ in first })
    let plan = parameters.faults
    let names = Dictionary(
      uniqueKeysWithValues: inventory.enumerated().map { ($0.element.name, $0.offset) })
    unknownNames = Set(plan.script.map(\.machine)).filter { names[$0] == nil }.sorted()
    // Every machine is to be seen healthy once before chance strikes.
    let chanceFrom = plan.chanceFrom ?? parameters.startAt + .minutes(10)
    var guests = layout.members.map { member in
      SimulatedGuest(
        profile: member.profile, machine: member.machine, beginning: member.beginning,
        dice: FaultDice(
          seed: member.profile.seed, perDay: plan.perMachineDay, haste: plan.haste, from: chanceFrom),
        habits: SimulatedGuest.Habits(pace: parameters.pace, hasActivityLog: parameters.hasActivityLog),
        at: parameters.startAt)
    }
    var subnets = SubnetWeather(
      count: layout.subnets.count, seed: parameters.seed, perDay: plan.perSubnetDay, haste: plan.haste,
      from: chanceFrom)
    for occurrence in plan.script {
      guard let place = names[occurrence.machine] else { continue }
      if occurrence.fault.isShared {
        subnets.add(guests[place].profile.subnet, from: occurrence.at, for: occurrence.duration)
      } else {
        guests[place].agenda.add(.begin(occurrence), at: occurrence.at)
      }
    }
    state = Mutex(State(guests: guests, subnets: subnets))
  }

  package func machines(at now: Instant) -> [VirtualMachine] { inventory }

  package func probe(_ machine: VirtualMachine, _ request: ProbeRequest, at now: Instant) -> ProbeReport {
    guard let place = places[machine.id] else {
      let gone = Unmeasured.monitor("the simulated fleet has no \(machine.name)")
      return ProbeReport(
        startedAt: now, finishedAt: now, power: .notMeasured(gone), echo: .notMeasured(gone),
        tcp: .notMeasured(gone), ssh: .notMeasured(gone), guest: .notMeasured(gone))
    }
    return state.withLock { state in
      switch request.depth {
      case .full: state.calls.probes += 1
      case .recheck: state.calls.rechecks += 1
      case .witnesses: state.calls.witnesses += 1
      }
      let isDown = state.subnets.isDown(state.guests[place].profile.subnet, at: now)
      return state.guests[place].probe(request, subnetDown: isDown, at: now)
    }
  }

  package func look(at machine: VirtualMachine, _ order: LookOrder, at now: Instant) -> LookReport {
    guard let place = places[machine.id] else {
      return LookReport(finishedAt: now, outcome: .impossible("the simulated fleet has no \(machine.name)"))
    }
    return state.withLock { state in
      state.calls.looks += 1
      return state.guests[place].look(order, at: now)
    }
  }

  package func perform(_ order: RemedyOrder, at now: Instant) -> RemedyReport {
    guard let place = places[order.machine.id] else {
      return RemedyReport(
        finishedAt: now, outcome: .refused("the simulated fleet has no \(order.machine.name)"))
    }
    return state.withLock { state in
      state.calls.remedies += 1
      let truth = state.truth(of: place, at: now)
      let report = state.guests[place].perform(order, temper: parameters.temper, at: now)
      state.trace.append(
        SimulatedAction(
          at: now, finishedAt: report.finishedAt, machine: order.machine.id, machineName: order.machine.name,
          intent: order.intent, remedy: order.remedy, outcome: report.outcome, truth: truth))
      return report
    }
  }

  package func effect(of remedy: Remedy, on machine: VirtualMachine) -> String? {
    guard let place = places[machine.id], SimulatedGuest.possible.contains(remedy),
      machine.abilities.isSuperset(of: remedy.needs)
    else { return nil }
    let distribution = state.withLock { $0.guests[place].profile.distribution }
    return switch remedy {
    case .restartSSH: "simulated run command: sshd -t && \(distribution.restartSSH)"
    case .restartNetwork: "simulated run command: \(distribution.restartNetwork)"
    case .cleanDisk:
      "simulated run command: old files in /tmp and /var/tmp, \(distribution.packageCache), rotated logs, journal to 7 d"
    case .start: "simulated control plane: start \(machine.name)"
    case .restart: "simulated control plane: restart \(machine.name)"
    case .powerCycle: "simulated control plane: power off \(machine.name), then start it"
    case .stop: "simulated control plane: stop \(machine.name)"
    case .reapply, .redeploy, .resetSSHConfiguration, .resetNetworkInterface: nil
    }
  }
}

// What only the director of the play can do and know.
extension SimulatedFleet {
  /// Lets a fault strike a machine, at once or later.
  /// - Parameter duration: until somebody else puts it right; nil: until it is healed.
  /// - Returns: false where the fleet has no such machine.
  @discardableResult
  package func inject(
    _ machine: MachineID, _ fault: SimulatedFault, at instant: Instant, for duration: Duration? = nil,
    level: Double? = nil
  ) -> Bool {
    guard let place = places[machine] else { return false }
    let occurrence = FaultOccurrence(
      at: instant, machine: inventory[place].name, fault: fault, for: duration, level: level)
    state.withLock { state in
      if fault.isShared {
        state.subnets.add(state.guests[place].profile.subnet, from: instant, for: duration)
      } else {
        state.guests[place].agenda.add(.begin(occurrence), at: instant)
      }
    }
    return true
  }

  /// Mends everything that is wrong with a machine, and starts it where it is off.
  @discardableResult
  package func heal(_ machine: MachineID, at instant: Instant) -> Bool {
    guard let place = places[machine] else { return false }
    state.withLock { state in
      state.guests[place].advance(to: instant)
      state.guests[place].healAll(at: instant)
      state.subnets.clear(state.guests[place].profile.subnet, at: instant)
    }
    return true
  }

  /// Runs a script as root in a guest, by a way that needs no network: azlin's own scripts are answered from the
  /// guest's state, any other by `GuestShell`. What it changes takes effect by the result's `finishedAt`.
  package func runScript(
    on machine: MachineID, script: String, throughAgent: Bool = true, at now: Instant
  ) -> GuestShellResult {
    guard let place = places[machine] else {
      return GuestShellResult(
        stdout: "", stderr: "the simulated fleet has no \(machine)\n", exitCode: 255, finishedAt: now)
    }
    return state.withLock { state in
      let truth = state.truth(of: place, at: now)
      let (result, action) = state.guests[place].run(script, throughAgent: throughAgent, at: now)
      if let action {
        state.calls.remedies += 1
        state.trace.append(
          SimulatedAction(
            at: now, finishedAt: result.finishedAt, machine: machine, machineName: inventory[place].name,
            intent: IntentID("script"), remedy: action.remedy, outcome: action.outcome, truth: truth))
      }
      return result
    }
  }

  /// Carries out a call of the control plane within a time that the caller decides.
  /// - Returns: false where the fleet has no such machine.
  @discardableResult
  package func control(_ machine: MachineID, _ call: PowerCall, from start: Instant, until end: Instant) -> Bool {
    guard let place = places[machine] else { return false }
    state.withLock { state in
      state.guests[place].advance(to: start)
      state.guests[place].control(call, from: start, until: end)
    }
    return true
  }

  /// What is really so of a machine.
  package func truth(of machine: MachineID, at now: Instant) -> GroundTruth? {
    guard let place = places[machine] else { return nil }
    return state.withLock { $0.truth(of: place, at: now) }
  }

  package func role(of machine: MachineID) -> MachineRole? {
    places[machine].map { place in state.withLock { $0.guests[place].profile.role } }
  }

  /// Every remedy that reached the fleet, in the order in which it came.
  package var trace: [SimulatedAction] { state.withLock { $0.trace } }

  package var calls: SimulatedCalls { state.withLock { $0.calls } }
}

extension SimulatedFleet.State {
  fileprivate mutating func truth(of place: Int, at now: Instant) -> GroundTruth {
    guests[place].advance(to: now)
    let guest = guests[place]
    var faults = guest.faults.map(\.kind)
    if subnets.isDown(guest.profile.subnet, at: now) { faults.append(.subnetDown) }
    return GroundTruth(
      power: guest.power, faults: faults, isOffOnPurpose: guest.isOffOnPurpose,
      isBooting: guest.power == .starting || guest.boot.map { now < $0.shellAt } ?? false)
  }
}
