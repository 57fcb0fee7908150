import FleetModel
import HTTPTypes
import Simulator
import Synchronization
import Testing

@testable import ARMSimulator

/// A simulated Azure in memory, on a clock that only a test moves.
final class SimulatedCloud: Sendable {
  /// Wednesday, 2025-12-03 10:00:00 UTC.
  static let start = Instant(seconds: 1_764_756_000)
  static let base = "https://localhost:8443"

  let fleet: SimulatedFleet
  let simulator: ARMSimulator
  private let clock = Clock()
  private let lines = Mutex<[String]>([])

  final class Clock: Sendable {
    let instant = Mutex(SimulatedCloud.start)
    var now: Instant { instant.withLock { $0 } }
  }

  init(
    machines: Int = 20, settings: ARMSettings = ARMSettings(), hasOddMachines: Bool = false, hasActivityLog: Bool = true
  ) {
    var parameters = SimulatedFleet.Parameters(
      machines: machines, seed: 1, startAt: Self.start, hasOddMachines: hasOddMachines)
    parameters.hasActivityLog = hasActivityLog
    fleet = SimulatedFleet(parameters)
    let clock = clock
    simulator = ARMSimulator(fleet: fleet, settings: settings, now: { clock.now })
  }

  var now: Instant { clock.now }
  func pass(_ duration: Duration) { clock.instant.withLock { $0 = $0 + duration } }

  var subscription: String { "/subscriptions/\(simulator.settings.subscription)" }
  /// The first machine whose name begins so.
  func machine(_ name: String = "vm-web-01") -> VirtualMachine {
    // The fleets of these tests have every role.
    fleet.machines(at: Self.start).first { $0.name.hasPrefix(name) } ?? fleet.machines(at: Self.start)[0]
  }
  func path(_ machine: VirtualMachine) -> String {
    "\(subscription)/resourceGroups/\(machine.group)/providers/Microsoft.Compute/virtualMachines/\(machine.name)"
  }
  func card(_ machine: VirtualMachine) -> String {
    "\(subscription)/resourceGroups/\(machine.group)/providers/Microsoft.Network/networkInterfaces/\(machine.name)-nic"
  }

  struct Answer {
    var status: Int
    var headers: HTTPFields
    var json: JSON
    var bytes: [UInt8]
    var isLost: Bool

    func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { headers[$0] } }
    var code: String? { json["error"]["code"].text }
    var text: String { String(decoding: bytes, as: UTF8.self) }
  }

  /// A token for the Resource Manager, as a managed identity gets one.
  func token(audience: String = "https://management.azure.com") -> String {
    let answer = send(
      .get, "/msi/token?api-version=2019-08-01&resource=\(audience)", token: nil,
      headers: ["X-IDENTITY-HEADER": simulator.settings.identityHeader], toTokens: true)
    return answer.json["access_token"].text ?? ""
  }

  /// - Parameters:
  ///   - target: a path with its query, or a URL that an answer gave; without an api-version one is added.
  ///   - token: nil: none is sent; empty: a fresh one.
  func send(
    _ method: HTTPRequest.Method, _ target: String, body: JSON? = nil, form: String? = nil, token: String? = "",
    headers: [String: String] = [:], toTokens: Bool = false
  ) -> Answer {
    var path = target
    if path.hasPrefix(Self.base) { path.removeFirst(Self.base.count) }
    if !path.contains("api-version="), !path.contains("sig="), token != nil {
      path += (path.contains("?") ? "&" : "?") + "api-version=2024-07-01"
    }
    var request = HTTPRequest(method: method, scheme: "https", authority: "localhost:8443", path: path)
    if let token {
      request.headerFields[.authorization] = "Bearer " + (token.isEmpty ? self.token() : token)
    }
    for (name, value) in headers { if let name = HTTPField.Name(name) { request.headerFields[name] = value } }
    let bytes = form.map { Array($0.utf8) } ?? body.map { JSONWriter.bytes($0) } ?? []
    let exchange =
      toTokens
      ? simulator.answerToken(request, body: bytes, base: Self.base)
      : simulator.answer(request, body: bytes, base: Self.base)
    return Answer(
      status: exchange.response.status.code, headers: exchange.response.headerFields,
      json: JSONReader.value(exchange.body) ?? .null, bytes: exchange.body, isLost: exchange.isLost)
  }

  func get(_ target: String) -> Answer { send(.get, target) }
  func post(_ target: String, _ body: JSON? = nil) -> Answer { send(.post, target, body: body) }
  func put(_ target: String, _ body: JSON) -> Answer { send(.put, target, body: body) }

  /// The power that the instance view tells.
  func power(_ machine: VirtualMachine) -> String? {
    get(path(machine) + "/instanceView").json["statuses"].items.compactMap { $0["code"].text }
      .first { $0.hasPrefix("PowerState/") }
  }

  /// Asks an operation until it is done, waiting as long as each answer says.
  func finish(_ answer: Answer, limit: Int = 400) throws -> Answer {
    let link = try #require(answer.header("Azure-AsyncOperation"))
    for _ in 0..<limit {
      let state = get(link)
      guard state.status == 200, state.json["status"].text == "InProgress" else { return state }
      pass(Self.wait(state, at: now))
    }
    Issue.record("the operation did not end")
    return answer
  }

  /// What an answer asks to wait.
  static func wait(_ answer: Answer, at now: Instant) -> Duration {
    if let text = answer.header("x-ms-retry-after-ms"), let number = Int64(text) { return .milliseconds(number) }
    guard let text = answer.header("Retry-After") else { return .seconds(30) }
    return Int64(text).map { .seconds($0) } ?? .seconds(2)
  }
}

extension JSON {
  /// Every member with the way to it: `properties.vmId`, `[]` for the elements of a list.
  var memberPaths: Set<String> { paths("") }

  private func paths(_ prefix: String) -> Set<String> {
    switch self {
    case .object(let members):
      members.reduce(into: []) { found, member in
        let path = prefix.isEmpty ? member.name : "\(prefix).\(member.name)"
        found.insert(path)
        found.formUnion(member.value.paths(path))
      }
    case .array(let items): items.reduce(into: []) { $0.formUnion($1.paths(prefix + "[]")) }
    default: []
    }
  }
}
