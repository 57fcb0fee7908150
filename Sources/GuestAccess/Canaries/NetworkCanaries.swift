import Autopilot
import FleetModel

/// Asks the addresses whose silence says that it is this monitor that is cut off (semantics 4 row 1): its routers, and
/// the places that azlin and the operator name, all at once.
package struct NetworkCanaries: CanarySource {
  /// A place that is asked.
  package struct Place: Hashable, Sendable {
    /// How it is called in reports: the same at every asking.
    package var name: String
    package var host: String
    /// A handshake with it counts, refused or not; nil: an echo, or a handshake with any port.
    package var port: UInt16?
    /// The operator named it: it stands on the path of what he watches.
    package var isNamed = false

    package init(name: String, host: String, port: UInt16?) {
      self.name = name
      self.host = host
      self.port = port
    }

    var shown: String { SafeText.line(String(name.prefix(120))) }

    /// Reads an entry of `monitor.canaries`: `HOST`, `HOST:PORT`, or an address.
    package init(_ text: String) {
      if SocketAddress(literal: text) == nil, let colon = text.lastIndex(of: ":"),
        let port = UInt16(text[text.index(after: colon)...]), port > 0
      {
        self.init(name: text, host: String(text[..<colon]), port: port)
      } else {
        self.init(name: text, host: text, port: nil)
      }
      isNamed = true
    }
  }

  /// All answers are in by then; the engine waits for 6 s.
  static let patience = Duration.seconds(5)
  /// Dialled where a place names no port: a host that is up answers or refuses.
  private static let anyPort: UInt16 = 443

  private let network: GuestNetwork
  private let clock: any EngineClock
  private let gateways: @Sendable () -> [DefaultGateway]
  private let places: @Sendable () async -> [Place]

  /// - Parameters:
  ///   - gateways: read at every asking, for a laptop moves.
  ///   - places: read at every asking; what takes longer than a second is left out.
  package init(
    network: GuestNetwork, clock: any EngineClock,
    gateways: @escaping @Sendable () -> [DefaultGateway] = DefaultGateway.ofThisMachine,
    places: @escaping @Sendable () async -> [Place]
  ) {
    self.network = network
    self.clock = clock
    self.gateways = gateways
    self.places = places
  }

  package func ask() async -> CanaryReport {
    let asked = clock.now()
    let deadline = ContinuousClock.now + Self.patience
    let places = places
    let named = await within(.now + .seconds(1), on: network.loops.network) { await places() } ?? []
    let answered = await withTaskGroup(of: (String, Bool?).self) { group in
      for gateway in gateways() {
        group.addTask { ("gateway \(gateway.address.host)", await answers(gateway, until: deadline)) }
      }
      for place in Set(named) {
        group.addTask { (place.shown, await answers(place, until: deadline)) }
      }
      return await group.reduce(into: [String: Bool]()) { found, answer in
        if let said = answer.1 { found[answer.0] = said }
      }
    }
    return CanaryReport(
      askedAt: asked, finishedAt: clock.now(), answered: answered,
      named: Set(named.filter(\.isNamed).map(\.shown)))
  }

  /// nil: nothing is decided: the kernel is still asking.
  private func answers(_ gateway: DefaultGateway, until deadline: ContinuousClock.Instant) async -> Bool? {
    // The ping is also the packet that makes the kernel ask for its neighbour.
    let reading = await network.pinger.ping(gateway.address, until: min(deadline, .now + .milliseconds(1500)))
    if reading.value?.provesHostUp == true { return true }
    if reading.value == nil, await connects(gateway.address.with(port: Self.anyPort), until: deadline) == true {
      return true
    }
    while true {
      switch NeighbourTable.state(of: gateway.address) {
      case .reachable: return true
      case .failed: return false
      case .open, nil:
        let next = ContinuousClock.now + .milliseconds(250)
        guard next < deadline, !Task.isCancelled else { return nil }
        _ = await network.loops.network.sleep(until: next)
      }
    }
  }

  private func answers(_ place: Place, until deadline: ContinuousClock.Instant) async -> Bool {
    let port = place.port ?? Self.anyPort
    guard case .success(let addresses) = await network.resolver.addresses(of: place.host, port: port, until: deadline)
    else { return false }
    return await withTaskGroup(of: Bool.self) { group in
      for address in addresses {
        group.addTask { await connects(address, until: deadline) == true }
        guard place.port == nil else { continue }
        group.addTask { await network.pinger.ping(address, until: deadline).value?.provesHostUp == true }
      }
      for await isAlive in group where isAlive {
        group.cancelAll()
        return true
      }
      return false
    }
  }

  /// nil: something on this machine is in the way.
  private func connects(_ address: SocketAddress, until deadline: ContinuousClock.Instant) async -> Bool? {
    switch await TCPDialer(loop: network.loops.network).dial(address, until: deadline) {
    case .connected, .refused: true
    case .silent, .unreachable: false
    case .monitor: nil
    }
  }
}
