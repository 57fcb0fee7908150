import FleetModel
import HTTPTypes

/// The Azure Resource Manager as everything above the transport sees it: retries, throttling, tokens and request ids
/// are behind it.
package protocol ARMCaller: Sendable {
  /// One call and its answer.
  /// - Throws: for every status that is not 2xx.
  func call(_ request: ARMRequest) async throws(AzureError) -> ARMReply

  /// Sends a call that may go on after its answer.
  /// - Returns: what to wait for; `operation.isDone` where the answer was final already.
  func begin(_ request: ARMRequest) async throws(AzureError) -> ARMOperation

  /// Waits until an operation has ended well.
  /// - Parameter deadline: after it an error of kind `timedOut` is thrown; the operation goes on without us.
  /// - Returns: the result the service names for it; its body may be empty.
  /// - Throws: of kind `operationFailed` where it failed, inside HTTP 200 too.
  func finish(_ operation: ARMOperation, deadline: Instant) async throws(AzureError) -> ARMReply

  /// What lies beside the Resource Manager; nil: nothing of it is known.
  /// - Throws: where the cloud cannot be found.
  func surroundings() async throws(AzureError) -> ARMSurroundings?

  /// The platform's clock by its latest answer.
  func platformClock() async -> PlatformClock
}

extension ARMCaller {
  package func surroundings() async throws(AzureError) -> ARMSurroundings? { nil }
  package func platformClock() async -> PlatformClock { .same }
}

/// What a caller of the Resource Manager knows besides it.
package struct ARMSurroundings: Sendable {
  package var cloud: Cloud
  /// For signed links, which must not see a token of ours.
  package var transport: any HTTPTransport

  package init(cloud: Cloud, transport: any HTTPTransport) {
    self.cloud = cloud
    self.transport = transport
  }
}

/// One call of the Resource Manager.
package struct ARMRequest: Hashable, Sendable {
  package var method: HTTPRequest.Method
  /// A path below the endpoint (`/subscriptions/…`, each segment already percent-encoded), or a whole URL that the
  /// service gave us (nextLink): such a URL is used word for word, and refused if its host is not the endpoint's.
  package var target: String
  /// Added in this order; values are percent-encoded here.
  package var query: [QueryItem]
  /// JSON; nil: no body.
  package var body: [UInt8]?
  /// Whose update bucket it is charged to: the id of the VM it changes.
  package var machine: MachineID?
  /// Added to the standard ones (`If-Match`).
  package var headers: HTTPFields
  /// nil: the cloud's Resource Manager.
  package var audience: String?
  /// It changes nothing, so that it may be sent again whatever became of it: GET and HEAD, and queries by POST.
  package var isRead: Bool
  /// Not after this instant is a try begun; nil: the client's own patience (2 min).
  package var notAfter: Instant?

  package struct QueryItem: Hashable, Sendable {
    package var name: String
    package var value: String
    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  package init(
    _ method: HTTPRequest.Method, _ target: String, version: String? = nil, query: [QueryItem] = [],
    body: [UInt8]? = nil, machine: MachineID? = nil, headers: HTTPFields = [:], audience: String? = nil,
    notAfter: Instant? = nil, isRead: Bool? = nil
  ) {
    self.method = method
    self.target = target
    self.query = query + (version.map { [QueryItem("api-version", $0)] } ?? [])
    self.body = body
    self.machine = machine
    self.headers = headers
    self.audience = audience
    self.notAfter = notAfter
    self.isRead = isRead ?? (method == .get || method == .head)
  }
}

/// A good answer.
package struct ARMReply: Hashable, Sendable {
  package var status: Int
  package var headers: HTTPFields
  package var body: [UInt8]
  /// `x-ms-request-id`, for a support case; empty where the service gave none.
  package var requestID: String

  package init(status: Int, headers: HTTPFields = [:], body: [UInt8] = [], requestID: String = "") {
    self.status = status
    self.headers = headers
    self.body = body
    self.requestID = requestID
  }
}

/// A long-running operation as it can be written down and picked up by another process.
package struct ARMOperation: Hashable, Sendable, Codable {
  /// `Azure-AsyncOperation`, word for word.
  package var status: String?
  /// `Location`, word for word.
  package var location: String?
  /// The resource to read at the end: PUT and PATCH.
  package var resource: String?
  /// Whether the result is wanted from `location` at the end (a POST with an answer).
  package var wantsResult: Bool
  package var startedAt: Instant
  /// No poll before this instant (`Retry-After`).
  package var nextPoll: Instant
  /// The answer was final: there is nothing to wait for.
  package var isDone: Bool
  /// The first answer's body: the result where `isDone`.
  package var answer: [UInt8]
  /// `x-ms-client-request-id`: one for the whole operation, its polls included.
  package var clientRequestID: String?
  /// What was ordered, for an operator (`restart of virtual machine web/a`); nil: not known.
  package var subject: String?

  package init(
    status: String? = nil, location: String? = nil, resource: String? = nil, wantsResult: Bool = false,
    startedAt: Instant, nextPoll: Instant, isDone: Bool = false, answer: [UInt8] = [], clientRequestID: String? = nil,
    subject: String? = nil
  ) {
    self.status = status
    self.location = location
    self.resource = resource
    self.wantsResult = wantsResult
    self.startedAt = startedAt
    self.nextPoll = nextPoll
    self.isDone = isDone
    self.answer = answer
    self.clientRequestID = clientRequestID
    self.subject = subject
  }
}
