import Autopilot
import Azure
import FleetModel
import HTTPTypes
import Synchronization

@testable import ARMSimulator

/// Our client before a simulated Azure in memory, on the clock of the test: whoever sleeps moves it.
final class SimulatedClient: Sendable {
  let cloud: SimulatedCloud
  let session: AzureSession
  let client: ARMClient
  let transport: Transport

  init(_ cloud: SimulatedCloud, scope: AzureScope? = nil) {
    self.cloud = cloud
    let place = Cloud(
      name: "simulated", resourceManager: SimulatedCloud.base, authority: SimulatedCloud.base,
      audience: "https://management.azure.com", metricsSuffix: "")
    let transport = Transport(cloud)
    self.transport = transport
    let clock = CloudClock(cloud)
    client = ARMClient(cloud: place, transport: transport, tokens: Tokens(cloud), clock: clock, seed: 1)
    session = AzureSession(
      caller: client, scope: scope ?? AzureScope(subscriptions: [cloud.simulator.settings.subscription]), clock: clock)
  }

  var clock: any EngineClock { CloudClock(cloud) }

  /// How often an operation was called, by the simulator's own count.
  func count(_ operation: String) -> Int { cloud.simulator.counters.operations[operation] ?? 0 }

  /// The simulator's machine as the client lists it.
  func listed(_ name: String) async throws -> VirtualMachine? {
    try await session.inventory.list().first { $0.name == name }
  }

  struct CloudClock: EngineClock {
    let cloud: SimulatedCloud
    init(_ cloud: SimulatedCloud) { self.cloud = cloud }
    func now() -> Instant { cloud.now }
    func sleep(until deadline: Instant) async { cloud.pass(max(deadline - cloud.now, .zero)) }
  }

  final class Transport: HTTPTransport, Sendable {
    private let cloud: SimulatedCloud
    /// Paths that this network does not carry.
    let cut = Mutex<[String]>([])
    /// Paths that this cloud does not have.
    let absent = Mutex<[String]>([])
    init(_ cloud: SimulatedCloud) { self.cloud = cloud }

    func send(_ request: HTTPRequest, body: [UInt8], timeout: Duration) async throws(TransportFailure) -> HTTPReply {
      let path = request.path ?? "/"
      if cut.withLock({ $0.contains { path.contains($0) } }) { throw TransportFailure(.notSent, "the network is cut") }
      if absent.withLock({ $0.contains { path.contains($0) } }) {
        return HTTPReply(status: 404, body: Array(#"{"error":{"code":"NotFound","message":"no such thing"}}"#.utf8))
      }
      let exchange = cloud.simulator.answer(request, body: body, base: SimulatedCloud.base)
      if exchange.isLost { throw TransportFailure(.lost, "closed without an answer") }
      return HTTPReply(
        status: exchange.response.status.code, headers: exchange.response.headerFields, body: exchange.body)
    }
  }

  private struct Tokens: TokenSource {
    let cloud: SimulatedCloud
    init(_ cloud: SimulatedCloud) { self.cloud = cloud }
    func token(
      for resource: String, claims: String?, rejected: AccessToken?
    ) async throws(CredentialError) -> AccessToken {
      AccessToken(value: cloud.token(audience: resource), expiresAt: cloud.now + .minutes(50))
    }
  }
}
