import FleetModel

/// Which faults strike a fleet, and when: a script, chance, or both.
package struct FaultPlan: Hashable, Sendable, Codable {
  /// Order does not matter.
  package var script: [FaultOccurrence]
  /// Chance faults of one machine in a day, on average.
  package var perMachineDay: Double
  /// Chance outages of one subnet in a day, on average.
  package var perSubnetDay: Double
  /// No chance fault before it; nil: from the beginning.
  package var chanceFrom: Instant?
  /// Chance faults are put right by others this many times sooner than in reality: a demo's days are short.
  package var haste: Double

  package init(
    script: [FaultOccurrence] = [], perMachineDay: Double = 0, perSubnetDay: Double = 0, chanceFrom: Instant? = nil,
    haste: Double = 1
  ) {
    self.script = script
    self.perMachineDay = perMachineDay
    self.perSubnetDay = perSubnetDay
    self.chanceFrom = chanceFrom
    self.haste = haste
  }

  package static let none = FaultPlan()

  /// About one fault per machine in two days, and one outage of a subnet in a month.
  package static func random(perMachineDay: Double = 0.5, perSubnetDay: Double = 1.0 / 30) -> FaultPlan {
    FaultPlan(perMachineDay: perMachineDay, perSubnetDay: perSubnetDay)
  }

  package static func scripted(_ script: [FaultOccurrence]) -> FaultPlan { FaultPlan(script: script) }

  /// Something is always happening: about one fault in four minutes over the whole fleet, a large one somewhat more.
  package static func demo(
    machines: Int, script: [FaultOccurrence] = [], chanceFrom: Instant? = nil
  ) -> FaultPlan {
    FaultPlan(
      script: script, perMachineDay: max(360 / Double(max(machines, 1)), 0.5),
      perSubnetDay: 2 / Double(max(machines / 5, 1)), chanceFrom: chanceFrom, haste: 8)
  }
}

/// Draws the chance faults of one machine, one after the other.
struct FaultDice: Sendable {
  private let seed: UInt64
  private let rate: Double
  private let haste: Double
  private var count: UInt64 = 0
  /// When the next one strikes.
  private(set) var next: Instant

  init(seed: UInt64, perDay: Double, haste: Double, from start: Instant) {
    self.seed = seed
    rate = perDay / 86400
    self.haste = haste
    next = start
    advance()
  }

  private mutating func advance() {
    guard rate > 0 else {
      next = .distantFuture
      return
    }
    var draw = Draw(seed ^ 0xD1CE, 2 &* count)
    // Exponential gaps: a Poisson process; ten years stand for never.
    let gap = -naturalLogarithm(1 - draw.unit()) / rate
    next = next + .milliseconds(Int64(min(gap, 86400 * 3650) * 1000))
  }

  /// Takes the fault that is due and draws the instant of the one after it.
  mutating func take(on machine: String) -> FaultOccurrence {
    var draw = Draw(seed ^ 0xD1CE, 2 &* count &+ 1)
    let at = next
    let fault = Self.pick(&draw)
    let minutes = Self.minutes(of: fault, &draw) / haste
    count &+= 1
    advance()
    return FaultOccurrence(
      at: at, machine: machine, fault: fault, for: .milliseconds(Int64(minutes * 60_000)), onset: .gradual,
      level: Self.level(of: fault, &draw))
  }

  /// How often each comes, relative to the others.
  private static let weights: [(SimulatedFault, Double)] = [
    (.sshDown, 20), (.sshHung, 8), (.sshConfigBroken, 3), (.diskFull, 18), (.diskFullLiveLog, 4),
    (.memoryHigh, 10), (.cpuHigh, 12), (.stopped, 9), (.stoppedByUser, 3), (.hung, 6), (.networkDown, 7),
    (.pathBlocked, 5), (.authRefused, 1.5), (.hostKeyChanged, 0.5),
  ]
  private static let weightSum = weights.reduce(0) { $0 + $1.1 }

  private static func pick(_ draw: inout Draw) -> SimulatedFault {
    var rest = draw.unit() * weightSum
    for (fault, weight) in weights {
      rest -= weight
      if rest < 0 { return fault }
    }
    return .sshDown
  }

  /// After how many minutes somebody else has put it right, where azlin has not.
  private static func minutes(of fault: SimulatedFault, _ draw: inout Draw) -> Double {
    switch fault {
    // One in four is a blip: a service manager restarts it, a route comes back.
    case .sshDown, .networkDown, .pathBlocked:
      draw.chance(0.25) ? draw.between(0.6, 4) : draw.between(40, 300)
    case .cpuHigh, .memoryHigh: draw.between(8, 90)
    case .stoppedByUser, .deallocatedByUser: draw.between(60, 700)
    case .authRefused, .hostKeyChanged: draw.between(60, 900)
    case .sshHung, .sshConfigBroken, .diskFull, .diskFullLiveLog, .stopped, .hung, .agentNotReady:
      draw.between(120, 900)
    case .subnetDown, .platformUnavailable: draw.between(2, 25)
    }
  }

  private static func level(of fault: SimulatedFault, _ draw: inout Draw) -> Double? {
    switch fault {
    case .diskFull, .diskFullLiveLog: draw.between(95.6, 99.2)
    // Most are a warning, some worse.
    case .cpuHigh: draw.chance(0.6) ? draw.between(91, 96.5) : draw.between(98.6, 99.6)
    case .memoryHigh: draw.chance(0.6) ? draw.between(86.5, 93) : draw.between(95.8, 98.2)
    default: nil
    }
  }
}
