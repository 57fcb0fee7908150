import FleetModel
import Simulator

/// What can be wrong with the control plane; the raw value is its name in `azlin simulate inject`.
package enum ControlFault: String, Hashable, Sendable, Codable, CaseIterable {
  /// Every call is refused with 429.
  case throttled = "arm-throttled"
  /// Every call ends with 500 or 503.
  case errors = "arm-errors"
  /// Connections are closed without an answer.
  case down = "arm-down"
  /// Resource Graph shows the fleet as it was.
  case graphStale = "graph-stale"
  /// The Activity Log is half an hour behind.
  case activityLag = "activity-lag"
  /// An order takes effect, and its answer never comes.
  case answerLost = "answer-lost"
  /// An order is accepted, and its operation fails without effect.
  case operationFails = "operation-fails"
  /// Every second question for an operation is answered 503, without a body.
  case pollUnavailable = "poll-unavailable"
  /// Tokens given so far are believed no more.
  case tokensExpired = "tokens-expired"

  /// Whether it can strike the orders of one machine alone.
  var canBeOfOne: Bool { self == .answerLost || self == .operationFails || self == .pollUnavailable }
}

/// The faults of the control plane that are in force.
struct ControlFaults: Sendable {
  private struct Entry {
    var fault: ControlFault
    /// nil: all machines.
    var machine: MachineID?
    var since: Instant
    var until: Instant
  }
  private var entries: [Entry] = []

  mutating func inject(_ fault: ControlFault, on machine: MachineID?, at now: Instant, for duration: Duration?) {
    heal(fault, on: machine)
    entries.append(
      Entry(fault: fault, machine: machine, since: now, until: duration.map { now + $0 } ?? .distantFuture))
  }

  /// - Parameters:
  ///   - fault: nil: all of them.
  ///   - machine: nil: those of the whole fleet.
  mutating func heal(_ fault: ControlFault?, on machine: MachineID?) {
    entries.removeAll { $0.machine == machine && (fault == nil || $0.fault == fault) }
  }

  mutating func healAll() { entries = [] }

  /// Since when a fault is in force for a machine, or for the fleet; nil: it is not.
  func since(_ fault: ControlFault, on machine: MachineID? = nil, at now: Instant) -> Instant? {
    entries.first { entry in
      entry.fault == fault && entry.since <= now && now < entry.until
        && (entry.machine == nil || entry.machine == machine)
    }?.since
  }

  func has(_ fault: ControlFault, on machine: MachineID? = nil, at now: Instant) -> Bool {
    since(fault, on: machine, at: now) != nil
  }
}
