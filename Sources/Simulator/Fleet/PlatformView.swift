import FleetModel

/// What the platform under a simulated machine knows of it at one instant.
package struct PlatformView: Hashable, Sendable {
  /// What the guest agent last said of itself.
  package enum Agent: Hashable, Sendable {
    case ready
    /// The VM boots: nothing has been heard yet.
    case starting
    /// It has not spoken since.
    case silent(since: Instant)
  }
  package var power: PowerState
  /// A person wants it off.
  package var isOffOnPurpose: Bool
  /// The host below it is in trouble since; nil: it is well.
  package var unavailableSince: Instant?
  package var agent: Agent
  /// When the kernel started; nil: nothing of the guest runs.
  package var bootedAt: Instant?
  /// `PRETTY_NAME` of os-release.
  package var distribution: String
}

extension SimulatedFleet {
  /// What the platform knows of a machine; nil where the fleet has none of this id.
  package func platformView(of machine: MachineID, at now: Instant) -> PlatformView? {
    guard let place = places[machine] else { return nil }
    return state.withLock { state in
      state.guests[place].advance(to: now)
      return state.guests[place].platformView(at: now)
    }
  }

  /// The power of every machine, in the order of `machines(at:)`.
  package func powers(at now: Instant) -> [PowerState] {
    state.withLock { state in
      var powers: [PowerState] = []
      powers.reserveCapacity(state.guests.count)
      for place in state.guests.indices {
        // Power changes only with what is planned: most guests need not be brought forward for it.
        if state.guests[place].nextChange <= now { state.guests[place].advance(to: now) }
        powers.append(state.guests[place].power)
      }
      return powers
    }
  }

  /// The minutes of a metric from `start` on, `count` of them; nil for a minute without a value.
  package func averages(
    of metric: PlatformMetric, on machine: MachineID, from start: Instant, count: Int, at now: Instant
  ) -> [Double?] {
    guard let place = places[machine] else { return [] }
    return state.withLock { state in
      state.guests[place].advance(to: now)
      return (0..<max(count, 0)).map { state.guests[place].average(of: metric, minute: start + .minutes($0)) }
    }
  }

  /// What a machine has written to its serial console.
  /// - Parameter behind: how far the log is behind.
  package func serialLog(of machine: MachineID, at now: Instant, behind: Duration = .zero) -> String? {
    guard let place = places[machine] else { return nil }
    return state.withLock { state in
      state.guests[place].advance(to: now)
      return state.guests[place].serialLog(at: now, behind: behind)
    }
  }
}

// Addresses from outside.
extension SimulatedFleet {
  /// The public address of machines that have one: proxies, web and mail servers. They lie in 198.18.0.0/15, which
  /// RFC 2544 keeps for tests.
  package func publicAddress(of machine: MachineID) -> String? {
    guard let place = places[machine], let role = role(of: machine), [.proxy, .web, .mail].contains(role) else {
      return nil
    }
    return "198.\(18 + place >> 16).\(place >> 8 & 255).\(place & 255)"
  }

  /// The machine that answers at an address, public or private; nil: nobody.
  package func machine(at host: String) -> VirtualMachine? {
    let parts = host.split(separator: ".").compactMap { Int($0) }
    if parts.count == 4, parts[0] == 198, parts[1] == 18 || parts[1] == 19 {
      let place = (parts[1] - 18) << 16 | parts[2] << 8 | parts[3]
      guard inventory.indices.contains(place), publicAddress(of: inventory[place].id) == host else { return nil }
      return inventory[place]
    }
    return addresses[host].map { inventory[$0] }
  }
}

extension SimulatedGuest {
  func platformView(at now: Instant) -> PlatformView {
    let silent = faults.filter { [.hung, .agentNotReady, .platformUnavailable].contains($0.kind) }.map(\.since).min()
    let agent: PlatformView.Agent =
      if let silent {
        .silent(since: silent)
      } else if let boot, now >= boot.portAt {
        .ready
      } else if boot == nil {
        .silent(since: chronicle.chapter(at: now)?.from ?? now)
      } else {
        .starting
      }
    return PlatformView(
      power: power, isOffOnPurpose: isOffOnPurpose, unavailableSince: fault(.platformUnavailable)?.since, agent: agent,
      bootedAt: boot?.poweredAt, distribution: profile.distribution.name)
  }
}
