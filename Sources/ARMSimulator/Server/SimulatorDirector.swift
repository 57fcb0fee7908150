import AsyncHTTPClient
import FleetModel
import NIOCore
import NIOSSL

/// Speaks to a served simulator as its director: lets faults strike and ends them. Loopback only.
package struct SimulatorDirector: Sendable {
  package enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The endpoint is no URL of loopback.
    case endpoint(String)
    case unreachable(String)
    /// The simulator knows no such VM, fault or order.
    case refused(String)

    package var description: String {
      switch self {
      case .endpoint(let why), .unreachable(let why), .refused(let why): why
      }
    }
  }

  /// Without a slash at its end.
  private let endpoint: String
  private let certificate: String?

  /// - Parameters:
  ///   - endpoint: the `arm` URL that `azlin simulate serve` printed.
  ///   - certificate: path of the certificate to trust, in PEM; nil: the system's.
  /// - Throws: `Failure.endpoint` for anything but http or https to this machine.
  package init(endpoint: String, certificate: String?) throws(Failure) {
    var text = endpoint
    while text.hasSuffix("/") { text.removeLast() }
    guard let scheme = ["http://", "https://"].first(where: { text.hasPrefix($0) }) else {
      throw .endpoint(
        "'\(SafeText.line(endpoint))' is no http or https URL: give what azlin simulate serve printed as arm")
    }
    let authority = text.dropFirst(scheme.count).prefix { $0 != "/" }
    let host = authority.hasPrefix("[") ? authority.prefix { $0 != "]" } + "]" : authority.prefix { $0 != ":" }
    guard host == "localhost" || host == "[::1]" || host.hasPrefix("127."), !authority.contains("@") else {
      throw .endpoint(
        "'\(SafeText.line(endpoint))' is not on this machine: faults are injected into a simulator on loopback only")
    }
    self.endpoint = text
    self.certificate = certificate
  }

  /// Lets a fault strike.
  /// - Parameters:
  ///   - vm: a name, `group/name`, or `--all`.
  ///   - duration: nil: until it is healed.
  /// - Returns: whom it struck.
  package func inject(_ fault: String, on vm: String, for duration: Duration?) async throws(Failure) -> String {
    let body = JSON.having([
      "vm": .string(vm), "fault": .string(fault), "for": duration.map { .number($0.inSeconds) },
    ])
    return try await send("inject", body)["injected"].text ?? vm
  }

  /// Ends every fault of a VM, or of the fleet.
  /// - Returns: who is well again.
  package func heal(_ vm: String) async throws(Failure) -> String {
    try await send("heal", ["vm": .string(vm)])["healed"].text ?? vm
  }

  private func send(_ order: String, _ body: JSON) async throws(Failure) -> JSON {
    var configuration = HTTPClient.Configuration()
    // Nobody there is an answer, not a reason to go on asking.
    configuration.connectionPool.retryConnectionEstablishment = false
    if let certificate {
      do {
        configuration.tlsConfiguration = .makeClientConfiguration()
        configuration.tlsConfiguration?.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(certificate))
      } catch {
        throw .unreachable(
          "\(SafeText.line(certificate)) holds no certificate in PEM that can be read: set AZLIN_CA_FILE to the one that "
            + "azlin simulate serve printed")
      }
    }
    let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    let result = await answer(client, order, body)
    try? await client.shutdown()
    let (status, json) = try result.get()
    guard status == 200 else {
      let why = json["error"]["message"].text.map { SafeText.line($0) }
      guard let why, [400, 404].contains(status), !json["error"]["code"].isNull else {
        throw .unreachable("\(endpoint) answered \(status): no azlin simulator listens there")
      }
      throw .refused(why)
    }
    return json
  }

  private func answer(_ client: HTTPClient, _ order: String, _ body: JSON) async -> Result<(UInt, JSON), Failure> {
    do {
      var request = HTTPClientRequest(url: "\(endpoint)/azlin/simulator/\(order)")
      request.method = .POST
      request.headers.add(name: "Content-Type", value: "application/json")
      request.body = .bytes(ByteBuffer(bytes: JSONWriter.bytes(body)))
      let response = try await client.execute(request, timeout: .seconds(10))
      let bytes = try await response.body.collect(upTo: 1 << 20)
      return .success((response.status.code, JSONReader.value(Array(bytes.readableBytesView)) ?? .null))
    } catch {
      return .failure(.unreachable(SimulatorComplaint.ofAsking(error, at: endpoint)))
    }
  }
}
