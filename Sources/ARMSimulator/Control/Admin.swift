import FleetModel
import HTTPTypes
import Simulator

// The director's own calls: `azlin simulate inject` and `heal`, and what was counted.
extension ARMSimulator {
  func admin(_ call: ARMCall) -> ARMAnswer {
    switch (call.method, call.path.folded.dropFirst(2).first) {
    case (.get, "counters"): return ARMAnswer(counters.json)
    case (.post, "inject"): return order(call, heals: false)
    case (.post, "heal"): return order(call, heals: true)
    default: return .error(404, "NotFound", "The simulator has no such order: there are inject, heal and counters.")
    }
  }

  /// `{"vm": "vm-web-01" | "--all", "fault": "ssh-down", "for": 300}`; `heal` needs no fault.
  private func order(_ call: ARMCall, heals: Bool) -> ARMAnswer {
    let body = call.json
    let target: Catalog.Entry?
    switch self.target(of: body["vm"].text ?? "") {
    case .failure(let hint): return .error(404, "UnknownMachine", hint.text)
    case .success(let found): target = found
    }
    if heals, body["fault"].isNull {
      heal(target, at: call.at)
      return done(target, "healed")
    }
    let word = body["fault"].text ?? ""
    let duration = body["for"].double.map { Duration.milliseconds(Int64($0 * 1000)) }
    switch injection(word, target) {
    case .failure(let hint): return .error(400, "UnknownFault", hint.text)
    case .success(.control(let fault)):
      state.withLock { state in
        if heals {
          state.faults.heal(fault, on: target?.machine.id)
        } else {
          state.faults.inject(fault, on: target?.machine.id, at: call.at, for: duration)
        }
      }
    case .success(.guest(let fault)):
      // A fleet that loses "a subnet" loses the one that most of it is in.
      guard let entry = target ?? mostCommon else { return .error(404, "UnknownMachine", "the fleet is empty") }
      if heals {
        fleet.heal(entry.machine.id, at: call.at)
      } else {
        inject(fault, on: entry, at: call.at, for: duration)
      }
    }
    return done(target, heals ? "healed" : "injected")
  }

  private var mostCommon: Catalog.Entry? {
    catalog.groups.max { $0.places.count < $1.places.count }.map { catalog.entries[$0.places[0]] }
  }

  private func done(_ target: Catalog.Entry?, _ word: String) -> ARMAnswer {
    ARMAnswer([.init(stringLiteral: word): .string(target?.machine.qualifiedName ?? "--all")])
  }

  private struct Hint: Error { var text: String }

  /// nil: the whole fleet.
  private func target(of word: String) -> Result<Catalog.Entry?, Hint> {
    if word == "--all" { return .success(nil) }
    let wanted = word.lowercased()
    let found = catalog.entries.filter {
      $0.machine.name.lowercased() == wanted || $0.machine.qualifiedName.lowercased() == wanted
        || $0.id.lowercased() == wanted
    }
    if found.count == 1 { return .success(found[0]) }
    let near = NearestName.nearest(to: word, in: catalog.entries.map(\.machine.name))
    return .failure(
      Hint(
        text: word.isEmpty
          ? "no VM is named"
          : "the simulated fleet has no VM '\(word)'" + (near.map { "; did you mean '\($0)'?" } ?? "")))
  }

  private enum Injection { case control(ControlFault), guest(SimulatedFault) }

  private func injection(_ word: String, _ target: Catalog.Entry?) -> Result<Injection, Hint> {
    if let fault = ControlFault(rawValue: word) {
      guard target == nil || fault.canBeOfOne else {
        return .failure(Hint(text: "'\(word)' is a fault of the whole fleet: use --all instead of a VM"))
      }
      return .success(.control(fault))
    }
    if let fault = SimulatedFault(rawValue: word) {
      guard target != nil || fault.isShared else {
        return .failure(Hint(text: "'\(word)' is a fault of one VM: name it instead of --all"))
      }
      return .success(.guest(fault))
    }
    let names =
      target == nil
      ? ControlFault.allCases.map(\.rawValue) + [SimulatedFault.subnetDown.rawValue]
      : SimulatedFault.allCases.map(\.rawValue) + ControlFault.allCases.filter(\.canBeOfOne).map(\.rawValue)
    let near = NearestName.nearest(to: word, in: names)
    return .failure(
      Hint(
        text: "there is no fault '\(word)'; "
          + (near.map { "did you mean '\($0)'?" } ?? "there are \(names.joined(separator: ", "))")))
  }

  /// Lets a fault strike a machine, and writes down who did it where that is a person.
  func inject(_ fault: SimulatedFault, on entry: Catalog.Entry, at instant: Instant, for duration: Duration?) {
    fleet.inject(entry.machine.id, fault, at: instant, for: duration)
    guard fault.isMeant else { return }
    let isStopped = fault == .stoppedByUser && fleet.parameters.hasActivityLog
    state.withLock { recordStop(entry, isStopped ? .stopped : .deallocated, at: instant, &$0) }
  }

  private func heal(_ target: Catalog.Entry?, at now: Instant) {
    if let target {
      state.withLock { $0.faults.heal(nil, on: target.machine.id) }
      fleet.heal(target.machine.id, at: now)
      return
    }
    state.withLock { $0.faults.healAll() }
    for entry in catalog.entries where fleet.truth(of: entry.machine.id, at: now)?.faults.isEmpty == false {
      fleet.heal(entry.machine.id, at: now)
    }
  }
}

// The same for a director in the same process.
extension ARMSimulator {
  /// Lets a fault of the control plane strike.
  /// - Parameters:
  ///   - machine: nil: the whole fleet.
  ///   - duration: nil: until it is healed.
  package func inject(_ fault: ControlFault, on machine: MachineID? = nil, for duration: Duration? = nil) {
    let now = now()
    state.withLock { $0.faults.inject(fault, on: machine, at: now, for: duration) }
  }

  /// Ends a fault of the control plane.
  package func heal(_ fault: ControlFault, on machine: MachineID? = nil) {
    state.withLock { $0.faults.heal(fault, on: machine) }
  }

  /// Lets a fault strike a machine of the fleet, with its trace in the Activity Log where a person did it.
  /// - Returns: false where the fleet has no such machine.
  @discardableResult
  package func inject(
    _ fault: SimulatedFault, on machine: MachineID, at instant: Instant? = nil, for duration: Duration? = nil
  ) -> Bool {
    guard let entry = catalog.entries.first(where: { $0.machine.id == machine }) else { return false }
    inject(fault, on: entry, at: instant ?? now(), for: duration)
    return true
  }

  /// Plans a fault as `azlin simulate inject` would order it, now or later.
  /// - Parameters:
  ///   - vm: a name, `group/name`, or `--all`.
  ///   - delay: from now on.
  /// - Returns: nil, or a sentence that says which word is wrong.
  package func plan(fault: String, on vm: String, after delay: Duration, for duration: Duration?) -> String? {
    let at = now() + delay
    switch target(of: vm) {
    case .failure(let hint): return hint.text
    case .success(let target):
      switch injection(fault, target) {
      case .failure(let hint): return hint.text
      case .success(.control(let fault)):
        state.withLock { $0.faults.inject(fault, on: target?.machine.id, at: at, for: duration) }
      case .success(.guest(let fault)):
        if let entry = target ?? mostCommon { inject(fault, on: entry, at: at, for: duration) }
      }
      return nil
    }
  }
}
