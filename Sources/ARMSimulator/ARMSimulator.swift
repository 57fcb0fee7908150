import FleetModel
import HTTPTypes
import Simulator
import Synchronization

/// Azure Resource Manager over a simulated fleet: what the official clients need of it, in its own words.
///
/// Nothing happens between calls: a question brings the fleet to the instant of the clock. Server and sockets are
/// `ARMServer`'s; tests may ask this directly.
package final class ARMSimulator: Sendable {
  package let settings: ARMSettings
  let fleet: SimulatedFleet
  let now: @Sendable () -> Instant
  let catalog: Catalog
  let state: Mutex<ARMState>
  let graph: Mutex<GraphStore>
  private let trace: (@Sendable (String) -> Void)?

  /// - Parameters:
  ///   - now: the time that tokens, operations and quotas are measured by.
  ///   - trace: hears one JSON line for every call; it holds no token.
  package init(
    fleet: SimulatedFleet, settings: ARMSettings = ARMSettings(), now: @escaping @Sendable () -> Instant,
    trace: (@Sendable (String) -> Void)? = nil
  ) {
    self.fleet = fleet
    self.settings = settings
    self.now = now
    self.trace = trace
    catalog = Catalog(fleet: fleet, subscription: settings.subscription.lowercased(), at: now())
    state = Mutex(ARMState())
    graph = Mutex(GraphStore())
    recordPast()
  }

  /// Answers one request to the Resource Manager.
  /// - Parameter base: scheme and authority that links in the answer begin with (`https://localhost:8443`).
  package func answer(_ request: HTTPRequest, body: [UInt8], base: String) -> ARMExchange {
    let call = ARMCall(
      method: request.method, path: ARMPath(request.path ?? "/"), headers: request.headerFields, body: body,
      base: base, at: now())
    let answer = route(call)
    return finish(call, answer)
  }

  /// Answers one request to the token endpoints.
  package func answerToken(_ request: HTTPRequest, body: [UInt8], base: String) -> ARMExchange {
    let call = ARMCall(
      method: request.method, path: ARMPath(request.path ?? "/"), headers: request.headerFields, body: body,
      base: base, at: now())
    let answer =
      tokenAnswer(call) ?? ARMAnswer(404, ["error": ["code": "NotFound", "message": "There is no such endpoint."]])
    let number = state.withLock { state in
      state.counters.countToken()
      return state.nextNumber()
    }
    let id = Chance.uuid("token request \(number)")
    return ARMExchange(answer, requestID: id, correlationID: id)
  }

  private func finish(_ call: ARMCall, _ answer: ARMAnswer) -> ARMExchange {
    let operation = Self.operationName(call)
    let number = state.withLock { state in
      // The director's calls are none of Azure's.
      if call.path.folded.first != "azlin" {
        state.counters.count(operation, status: answer.status, isLost: answer.isLost)
      }
      return state.nextNumber()
    }
    let id = Chance.uuid("request \(number)")
    if let trace {
      let line = JSON.having([
        "at": .string(TimestampText.rfc3339(call.at, milliseconds: true)), "method": .string(call.method.rawValue),
        "path": .string(call.path.text), "operation": .string(operation),
        "status": answer.isLost ? .null : .integer(Int64(answer.status)), "request_id": .string(id),
        "client_request_id": call.clientRequestID.map { .string($0) },
      ])
      trace(String(decoding: JSONWriter.bytes(line), as: UTF8.self))
    }
    var answer = answer
    if let client = call.clientRequestID, call.header("x-ms-return-client-request-id") == "true" {
      answer.headers.append(("x-ms-client-request-id", client))
    }
    return ARMExchange(answer, requestID: id, correlationID: call.header("x-ms-correlation-request-id") ?? id)
  }

  /// `GET virtualMachines`, `POST restart`, `GET operations`: what a call is counted as.
  static func operationName(_ call: ARMCall) -> String {
    let path = call.path
    let named = [
      "operations", "operationresults", "virtualmachines", "networkinterfaces", "publicipaddresses",
      "runcommands", "extensions", "disks", "availabilitystatuses", "resourcegroups", "virtualnetworks",
    ]
    guard let last = path.segments.last else { return call.method.rawValue + " /" }
    if path.folded.count >= 2, named.contains(path.folded[path.folded.count - 2]) {
      return "\(call.method.rawValue) \(path.segments[path.segments.count - 2])/*"
    }
    return "\(call.method.rawValue) \(last)"
  }

  /// A duration of the real thing as it is played here.
  func played(_ seconds: Double) -> Duration { .milliseconds(Int64((seconds / settings.speed * 1000).rounded())) }
}

/// What the simulated Azure remembers beside the fleet.
struct ARMState: Sendable {
  var operations = OperationDesk()
  var throttle = Throttle()
  var faults = ControlFaults()
  var counters = Counters()
  var activity = ActivityLog()
  var machines: [Int: MachineRecord] = [:]
  /// By place: a network card that was changed.
  var cards: [Int: CardRecord] = [:]
  private var number: UInt64 = 0

  mutating func nextNumber() -> UInt64 {
    number += 1
    return number
  }
}
