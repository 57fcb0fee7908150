import Autopilot
import Azure
import FleetModel
import HTTPTypes
import Synchronization

/// A Resource Manager that answers as its test says, and keeps what it was asked.
final class ScriptedARM: ARMCaller, Sendable {
  typealias Answer = @Sendable (ARMRequest) throws(AzureError) -> ARMReply
  private struct State {
    var requests: [ARMRequest] = []
    var finished: [ARMOperation] = []
    var deadlines: [Instant] = []
  }
  private let state = Mutex(State())
  private let answer: Answer
  private let ending: @Sendable (ARMOperation) throws(AzureError) -> ARMReply

  /// - Parameters:
  ///   - answer: to each call, and to the first request of each operation.
  ///   - ending: how operations end; by default well, with no body.
  init(
    _ answer: @escaping Answer,
    ending: @escaping @Sendable (ARMOperation) throws(AzureError) -> ARMReply = { _ in ARMReply(status: 200) }
  ) {
    self.answer = answer
    self.ending = ending
  }

  var requests: [ARMRequest] { state.withLock { $0.requests } }
  var finished: [ARMOperation] { state.withLock { $0.finished } }
  var deadlines: [Instant] { state.withLock { $0.deadlines } }
  /// `POST start`: method and last part of the path of what was sent.
  var sent: [String] {
    requests.map { "\($0.method.rawValue) \($0.target.split(separator: "/").last ?? "")" }
  }

  func call(_ request: ARMRequest) async throws(AzureError) -> ARMReply {
    state.withLock { $0.requests.append(request) }
    return try answer(request)
  }

  func begin(_ request: ARMRequest) async throws(AzureError) -> ARMOperation {
    let reply = try await call(request)
    return ARMOperation(
      status: "https://management.azure.com/operations\(request.target)", startedAt: Instant(seconds: 1_700_000_000),
      nextPoll: Instant(milliseconds: 0), isDone: reply.status == 204, answer: reply.body)
  }

  func finish(_ operation: ARMOperation, deadline: Instant) async throws(AzureError) -> ARMReply {
    state.withLock {
      $0.finished.append(operation)
      $0.deadlines.append(deadline)
    }
    return try ending(operation)
  }
}

extension ARMReply {
  init(_ json: String, status: Int = 200) { self.init(status: status, body: Array(json.utf8)) }
}

extension AzureError {
  init(_ kind: Kind, _ status: Int = 0, code: String = "") {
    self.init(kind: kind, status: status, code: code, sentence: "Azure said \(status) \(code)")
  }
}

/// A clock that stands still but when somebody sleeps.
final class SteppedClock: EngineClock, Sendable {
  private let instant: Mutex<Instant>
  init(_ instant: Instant = Instant(seconds: 1_700_000_000)) { self.instant = Mutex(instant) }
  func now() -> Instant { instant.withLock { $0 } }
  func advance(_ duration: Duration) { instant.withLock { $0 = $0 + duration } }
  func sleep(until deadline: Instant) async { instant.withLock { $0 = max($0, deadline) } }
}

let subscription = "0a1b2c3d-0000-1111-2222-333344445555"

func vmID(_ name: String) -> String {
  "/subscriptions/\(subscription)/resourceGroups/RG-Web/providers/Microsoft.Compute/virtualMachines/\(name)"
}
