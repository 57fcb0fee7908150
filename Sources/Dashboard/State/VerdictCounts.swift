import FleetModel

/// How many machines stand how: the numbers of the environment band.
package struct VerdictCounts: Hashable, Sendable {
  package private(set) var healthy = 0
  package private(set) var warning = 0
  package private(set) var critical = 0
  package private(set) var unknown = 0
  package private(set) var off = 0
  package private(set) var notWatched = 0
  /// Machines a remedy is under way on; counted beside their verdict.
  package private(set) var healing = 0

  package init() {}

  package init(_ machines: [MachineSnapshot]) {
    for machine in machines {
      switch machine.verdict {
      case .healthy: healthy += 1
      case .warning: warning += 1
      case .critical: critical += 1
      case .unknown: unknown += 1
      case .off: off += 1
      case .notWatched: notWatched += 1
      }
      if machine.status.isHealing { healing += 1 }
    }
  }
}

extension MachineStatus {
  /// A remedy is about to run, running or being verified.
  package var isHealing: Bool {
    switch incident?.phase {
    case .preparing, .acting, .verifying: true
    default: false
    }
  }

  /// A hold of this kind on the machine as a whole.
  package func hold(_ guardRule: Guard) -> Hold? { holds.first { $0.by == guardRule } }
}
