import Autopilot
import FleetModel
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import ServiceLifecycle
import Simulator

/// The simulated Azure on two ports of loopback: the Resource Manager, and the token endpoints of a managed identity.
package final class ARMServer: Sendable {
  /// Why it could not be served.
  package enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
    case port(Int, String)
    case certificate(String)

    package var description: String {
      switch self {
      case .port(0, let why): "the simulator found no free port on 127.0.0.1: \(why)"
      case .port(let port, let why):
        "the simulator cannot listen on 127.0.0.1:\(port): \(why); choose another --port, or 0 for any"
      case .certificate(let why): "the simulator's certificate could not be made: \(why)"
      }
    }
  }

  /// Base URL of the Resource Manager (`https://localhost:8443`, without a slash at its end).
  package let arm: String
  /// URL of the managed-identity endpoint: `IDENTITY_ENDPOINT`. Always plain http on loopback.
  package let token: String
  /// `IDENTITY_HEADER`.
  package let identityHeader: String
  package let subscription: String
  package let tenant: String
  /// The certificate to trust, in PEM; nil: plain http.
  package let certificatePath: String?
  /// URL of a proxy behind which the guests answer (`socks5://127.0.0.1:1080`); nil: there is none.
  package let guestProxy: String?
  /// What is served: for a director in the same process.
  package let simulator: ARMSimulator

  private let groups: [ServiceGroup]
  private let runs: [Task<Void, any Error>]

  private init(
    simulator: ARMSimulator, arm: Listener, token: Listener, certificatePath: String?, guestProxy: String?
  ) {
    self.simulator = simulator
    self.arm = arm.url
    self.token = token.url + "/msi/token"
    identityHeader = simulator.settings.identityHeader
    subscription = simulator.settings.subscription
    tenant = simulator.settings.tenant
    self.certificatePath = certificatePath
    self.guestProxy = guestProxy
    groups = [arm.group, token.group]
    runs = [arm.run, token.run]
  }

  /// Serves a fleet; both ports listen when this returns.
  /// - Parameters:
  ///   - clock: the time of tokens, operations, quotas, `Date` and the fleet.
  ///   - port: of the Resource Manager; 0: any free one. The token port is always any free one.
  ///   - guestProxy: told to clients, not served here.
  ///   - trace: hears one JSON line for every call to the Resource Manager.
  /// - Throws: `Failure`.
  package static func start(
    fleet: SimulatedFleet, settings: ARMSettings = ARMSettings(), clock: any EngineClock, port: Int = 0,
    tls: Bool = false, guestProxy: String? = nil, trace: (@Sendable (String) -> Void)? = nil
  ) async throws(Failure) -> ARMServer {
    let simulator = ARMSimulator(fleet: fleet, settings: settings, now: { clock.now() }, trace: trace)
    let http1 = HTTPServerBuilder.http1(
      configuration: .init(additionalChannelHandlers: [DateStamp { clock.now() }]))
    var builder = http1
    var certificatePath: String?
    if tls {
      do {
        let certificate = try ServerCertificate(at: clock.now())
        builder = try .tls(http1, tlsConfiguration: certificate.configuration)
        certificatePath = try certificate.write()
      } catch let failure as Failure {
        throw failure
      } catch {
        throw .certificate("\(error)")
      }
    }
    let scheme = tls ? "https" : "http"
    do throws(Failure) {
      let arm = try await Listener.open(
        ARMResponder(scheme: scheme) { simulator.answer($0, body: $1, base: $2) }, builder, port: port,
        // The certificate names both; the name is what people and az write.
        host: tls ? "localhost" : "127.0.0.1")
      do throws(Failure) {
        let token = try await Listener.open(
          ARMResponder(scheme: "http") { simulator.answerToken($0, body: $1, base: $2) }, http1, port: 0,
          host: "127.0.0.1")
        return ARMServer(
          simulator: simulator, arm: arm, token: token, certificatePath: certificatePath, guestProxy: guestProxy)
      } catch {
        await arm.close()
        throw error
      }
    } catch {
      if let certificatePath { ServerCertificate.remove(certificatePath) }
      throw error
    }
  }

  /// Stops both ports and removes the certificate's file.
  package func stop() async {
    for group in groups { await group.triggerGracefulShutdown() }
    for run in runs { _ = await run.result }
    if let certificatePath { ServerCertificate.remove(certificatePath) }
  }
}

/// One port that listens.
private struct Listener {
  let url: String
  let group: ServiceGroup
  let run: Task<Void, any Error>

  static func open(
    _ responder: ARMResponder, _ builder: HTTPServerBuilder, port: Int, host: String
  ) async throws(ARMServer.Failure) -> Listener {
    var logger = Logger(label: "azlin.simulator") { _ in SwiftLogNoOpLogHandler() }
    logger.logLevel = .critical
    let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
    let application = Application(
      responder: responder, server: builder,
      configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port), serverName: nil),
      onServerRunning: { channel in
        continuation.yield(channel.localAddress?.port ?? port)
        continuation.finish()
      }, logger: logger)
    let group = ServiceGroup(configuration: .init(services: [application], logger: logger))
    let run = Task {
      // A server that cannot begin ends the wait for its port.
      defer { continuation.finish() }
      try await group.run()
    }
    for await bound in ports {
      return Listener(url: "\(responder.scheme)://\(host):\(bound)", group: group, run: run)
    }
    switch await run.result {
    case .success: throw .port(port, "it stopped at once")
    case .failure(let error): throw .port(port, SimulatorComplaint.ofListening(error))
    }
  }

  func close() async {
    await group.triggerGracefulShutdown()
    _ = await run.result
  }
}
