import Autopilot
import FleetModel
import FoundationEssentials
import HTTPTypes

/// Long-running operations.
extension ARMClient {
  /// How long between polls where the service does not say: the shortest power actions end in seconds, and each poll is
  /// charged (45 a minute an operation).
  static let pollDelays: [Duration] = [2, 4, 8, 15].map { .seconds($0) }

  package func begin(_ request: ARMRequest) async throws(AzureError) -> ARMOperation {
    let id = Self.newID()
    let reply = try await exchange(request, id: id)
    let route = ARMRoute(request.method, try ARMAddress(request, cloud).plainPath)
    var operation = operation(request, route, reply, id: id)
    // Where there is an operation its end counts, whatever the first body says.
    if !operation.isDone, operation.status == nil, operation.location == nil, reply.status != 202 {
      switch OperationProgress.ofResource(reply) {
      case .failed(let status, let envelope):
        throw .operationFailed(envelope, status: status, what: operation.subject ?? "the operation", reply: reply)
      case .succeeded: operation.isDone = true
      default: break
      }
    }
    if operation.isDone { operation.answer = reply.body }
    return operation
  }

  /// What the first answer says is to be waited for.
  private func operation(_ request: ARMRequest, _ route: ARMRoute, _ reply: ARMReply, id: String) -> ARMOperation {
    let isChange = request.method == .put || request.method == .patch
    var operation = ARMOperation(
      wantsResult: request.method == .post && !Self.isPowerAction(route.action), startedAt: clock.now(),
      nextPoll: clock.now() + (ReplyHeaders(reply.headers).retryAfter(now: clock.now()) ?? Self.pollDelays[0]),
      clientRequestID: id, subject: route.words(request.method))
    if reply.status == 204 {
      operation.isDone = true
      return operation
    }
    operation.status = followable(reply, "azure-asyncoperation") ?? followable(reply, "operation-location")
    // A 200 may name a Location too, which is not to be followed.
    if reply.status != 200 { operation.location = followable(reply, "location") }
    if isChange || (operation.status == nil && operation.location == nil) {
      operation.resource = resource(request, route)
    }
    if isChange, reply.status != 202, operation.status == nil {
      // `201 Created` with a Location and a finished body is finished.
      if OperationProgress.ofResource(reply) == .succeeded { operation.location = nil }
    } else if !isChange, reply.status != 202, operation.status == nil {
      operation.isDone = true
    }
    return operation
  }

  /// The actions whose end is all there is to know.
  private static func isPowerAction(_ action: String?) -> Bool {
    let names: Set<String> = [
      "start", "restart", "poweroff", "deallocate", "redeploy", "reapply", "reimage", "performmaintenance",
      "simulateeviction",
    ]
    return action.map(names.contains) ?? true
  }

  /// A URL of a header, where it is one that our token may go to.
  private func followable(_ reply: ARMReply, _ name: String) -> String? {
    guard let url = reply.headers.value(named: name), !url.isEmpty,
      (try? ARMAddress(ARMRequest(.get, url), cloud)) != nil
    else { return nil }
    return url
  }

  /// The address of the resource itself, with the api-version of the request.
  private func resource(_ request: ARMRequest, _ route: ARMRoute) -> String? {
    guard request.target.hasPrefix("/") else { return nil }
    let version = request.query.first { $0.name == "api-version" }.map {
      "?api-version=" + ResourcePath.encoded($0.value)
    }
    var path = request.target
    if route.action != nil, let slash = path.lastIndex(of: "/") { path = String(path[..<slash]) }
    return path + (version ?? "")
  }

  package func finish(_ operation: ARMOperation, deadline: Instant) async throws(AzureError) -> ARMReply {
    if operation.isDone { return ARMReply(status: 200, body: operation.answer) }
    var course = Course(
      operation: operation, deadline: deadline, what: operation.subject ?? "the operation",
      id: operation.clientRequestID ?? Self.newID())
    guard course.operation.status ?? course.operation.location ?? course.operation.resource != nil else {
      throw AzureError(
        kind: .operationExpired, sentence: "Azure named nothing to ask about \(course.what): look at the VM itself")
    }
    while true {
      try await waitForPoll(course)
      if let reply = try await poll(&course) { return try await result(course, reply) }
      course.polls += 1
    }
  }

  /// An operation as it is waited for.
  private struct Course {
    var operation: ARMOperation
    let deadline: Instant
    let what: String
    /// One for the whole operation, whoever began it.
    let id: String
    var polls = 0
    /// The last trouble of a poll: told if the time is over.
    var trouble: AzureError?

    var url: String { operation.status ?? operation.location ?? operation.resource ?? "" }

    func timedOut() -> AzureError {
      let why = trouble.map { "; the last answer: \($0.sentence)" } ?? ""
      return AzureError(
        kind: .timedOut,
        sentence: "\(what) had not ended by \(TimestampText.rfc3339(deadline)), and may go on: look at the VM before "
          + "ordering anything else\(why)")
    }
  }

  private func waitForPoll(_ course: Course) async throws(AzureError) {
    let next = course.operation.nextPoll
    if next > clock.now() { await clock.sleep(until: min(next, course.deadline)) }
    if Task.isCancelled { throw AzureError(kind: .cancelled, sentence: "the waiting for \(course.what) was given up") }
    if clock.now() >= course.deadline { throw course.timedOut() }
  }

  /// One look at the operation.
  /// - Returns: the answer that says it has ended well; nil: it goes on.
  private func poll(_ course: inout Course) async throws(AzureError) -> ARMReply? {
    let reply: ARMReply
    do {
      reply = try await exchange(ARMRequest(.get, course.url, notAfter: course.deadline), id: course.id)
    } catch {
      try survive(error, &course)
      return nil
    }
    course.trouble = nil
    let now = clock.now()
    let own = Self.pollDelays[min(course.polls + 1, Self.pollDelays.count - 1)]
    course.operation.nextPoll = now + (ReplyHeaders(reply.headers).retryAfter(now: now) ?? own)
    let progress: OperationProgress
    if course.operation.status != nil {
      progress = .ofStatus(reply)
    } else if course.operation.location != nil {
      progress = .ofLocation(reply)
      if reply.status == 202 { course.operation.location = followable(reply, "location") ?? course.operation.location }
    } else {
      progress = .ofResource(reply)
    }
    switch progress {
    case .running: return nil
    case .succeeded: return reply
    case .failed(let status, let envelope):
      throw .operationFailed(envelope, status: status, what: course.what, reply: reply)
    case .unclear:
      throw AzureError(
        kind: .unreadable, status: reply.status,
        sentence: "Azure's answer about \(course.what) names no state: look at the VM itself",
        requestID: reply.requestID)
    }
  }

  /// Trouble with a poll is not the operation's: the waiting goes on, unless the answer is about the operation.
  private func survive(_ error: AzureError, _ course: inout Course) throws(AzureError) {
    switch error.kind {
    case .unreachable, .lost, .serverFault, .credentials, .throttled:
      course.trouble = error
      var next = clock.now() + Self.pollDelays[Self.pollDelays.count - 1]
      if case .throttled(.some(let until)) = error.kind { next = max(next, until) }
      course.operation.nextPoll = next
    case .notFound where course.operation.status == nil && course.operation.location == nil:
      throw error
    case .notFound: throw expired(error, course)
    case .badRequest where course.operation.status != nil: throw expired(error, course)
    // A signature that is no longer good is refused before any role is looked at.
    case .forbidden(action: nil, scope: _) where error.code.lowercased() != "authorizationfailed":
      throw expired(error, course)
    case .conflict, .badRequest, .changedMeanwhile:
      var failure = error
      failure.kind = .operationFailed
      throw failure
    default: throw error
    }
  }

  private func expired(_ error: AzureError, _ course: Course) -> AzureError {
    AzureError(
      kind: .operationExpired, status: error.status, code: error.code, message: error.message,
      sentence: "Azure no longer knows the operation of \(course.what): look at the VM itself (HTTP \(error.status))",
      requestID: error.requestID)
  }

  /// What the operation gave, after it has ended well.
  private func result(_ course: Course, _ last: ARMReply) async throws(AzureError) -> ARMReply {
    let operation = course.operation
    if operation.wantsResult {
      if operation.status == nil || Self.hasOutput(last) { return last }
      guard let location = operation.location else { return last }
      return try await exchange(ARMRequest(.get, location), id: course.id)
    }
    guard let resource = operation.resource, operation.status ?? operation.location != nil else { return last }
    // It has ended well, whether we may read the resource or not.
    return (try? await exchange(ARMRequest(.get, resource), id: course.id)) ?? last
  }

  private static func hasOutput(_ reply: ARMReply) -> Bool {
    struct Body: Decodable {
      struct Properties: Decodable { var output: JSONTree? }
      var properties: Properties?
    }
    let output = (try? JSONDecoder().decode(Body.self, from: Data(reply.body)))?.properties?.output
    return output != nil && output != .null
  }
}
