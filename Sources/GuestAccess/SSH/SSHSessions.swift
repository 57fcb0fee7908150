import FleetModel
import Synchronization

/// What two SSH connections must share to be the same to a guest: host, port, user, keys and the
/// way there.
package struct SSHEndpoint: Hashable, Sendable {
  package var hostName: String
  package var port: Int
  package var user: String
  package var identityFiles: [String]
  package var hostKeyName: String
  package var way: GuestWay

  package init(_ configuration: SSHConfiguration) {
    hostName = configuration.hostName
    port = configuration.port
    user = configuration.user
    identityFiles = configuration.identityFiles
    hostKeyName = configuration.knownHostsName
    way = configuration.way
  }
}

/// The live sessions nobody uses at the moment. A session serves one script at a time; who finds none opens another.
package final class SSHSessions: Sendable {
  private struct Idle {
    var session: SSHSession
    var since: ContinuousClock.Instant
  }

  private struct State {
    var idle: [SSHEndpoint: [Idle]] = [:]
    var count = 0
    var isSweeping = false
    var isClosed = false
  }

  private let settings: SSHSettings
  private let loop: EpollExecutor
  private let state = Mutex(State())

  package init(settings: SSHSettings, loop: EpollExecutor) {
    self.settings = settings
    self.loop = loop
  }

  /// Takes a session to one of the addresses out; nil: there is none young enough.
  package func take(_ endpoint: SSHEndpoint, to addresses: [SocketAddress]) -> SSHSession? {
    let now = ContinuousClock.now
    var dropped: [SSHSession] = []
    let found = state.withLock { state -> SSHSession? in
      while let idle = state.idle[endpoint]?.popLast() {
        state.count -= 1
        if addresses.contains(idle.session.address), idle.session.openedAt + settings.maximumAge > now {
          return idle.session
        }
        dropped.append(idle.session)
      }
      state.idle[endpoint] = nil
      return nil
    }
    // Dropped outside the lock: the last reference closes the connection.
    dropped.removeAll()
    return found
  }

  /// Puts a session back for the next one.
  package func put(_ session: SSHSession, _ endpoint: SSHEndpoint) {
    let now = ContinuousClock.now
    let (sweep, dropped) = state.withLock { state -> (Bool, SSHSession?) in
      guard !state.isClosed else { return (false, nil) }
      let dropped = state.count >= settings.maximumSessions ? Self.removeOldest(&state) : nil
      state.idle[endpoint, default: []].append(Idle(session: session, since: now))
      state.count += 1
      defer { state.isSweeping = true }
      return (!state.isSweeping, dropped)
    }
    // Dropped outside the lock: the last reference closes the connection.
    _ = dropped
    if sweep { scheduleSweep() }
  }

  /// Closes the idle sessions to a host that is gone, or whose key or login changed.
  package func drop(_ endpoint: SSHEndpoint) {
    let dropped = state.withLock { state in
      let idle = state.idle.removeValue(forKey: endpoint) ?? []
      state.count -= idle.count
      return idle
    }
    _ = dropped
  }

  /// Closes all idle sessions, now and in future.
  package func close() {
    let dropped = state.withLock { state in
      defer {
        state.idle = [:]
        state.count = 0
        state.isClosed = true
      }
      return state.idle
    }
    _ = dropped
  }

  /// Idle sessions now.
  package var count: Int { state.withLock { $0.count } }

  private static func removeOldest(_ state: inout State) -> SSHSession? {
    guard
      let oldest = state.idle.min(by: { a, b in
        (a.value.first?.since ?? .now) < (b.value.first?.since ?? .now)
      })?.key
    else { return nil }
    state.count -= 1
    let session = state.idle[oldest]?.removeFirst().session
    if state.idle[oldest]?.isEmpty ?? false { state.idle[oldest] = nil }
    return session
  }

  private func scheduleSweep() {
    loop.schedule(at: .now + min(settings.idleLimit, .seconds(30))) { [weak self] in self?.sweep() }
  }

  private func sweep() {
    let now = ContinuousClock.now
    var dropped: [SSHSession] = []
    let goesOn = state.withLock { state -> Bool in
      for (endpoint, idle) in state.idle {
        let stays = idle.filter {
          $0.since + settings.idleLimit > now && $0.session.openedAt + settings.maximumAge > now
        }
        guard stays.count < idle.count else { continue }
        dropped += idle.filter { old in !stays.contains { $0.session === old.session } }.map(\.session)
        state.count -= idle.count - stays.count
        state.idle[endpoint] = stays.isEmpty ? nil : stays
      }
      state.isSweeping = state.count > 0
      return state.isSweeping
    }
    dropped.removeAll()
    if goesOn { scheduleSweep() }
  }
}
