import Autopilot
import FleetModel

/// What the platform says of one machine when it is asked about that one alone: its instance view, and where a remedy
/// may rest on it Resource Health, the metrics and the end of the serial log, all at once (semantics 4, 5.7).
struct Inspection {
  let plane: AzureControlPlane
  let machine: VirtualMachine
  let path: ResourcePath
  let order: InspectionOrder

  /// The metrics that tell a busy machine from a dead one.
  static let metricNames = ["Percentage CPU", "Available Memory Percentage"]
  /// How far back they are asked: they are up to three minutes behind, and the mean is of five.
  static let metricSpan = Duration.minutes(9)
  /// The end of the serial log that is kept, bytes.
  static let serialTail = 4096

  func run() async -> PlatformReport {
    async let view = asked { () async throws(AzureError) in try await plane.view(path, of: machine.id, until: end) }
    async let host = health()
    async let figures = metrics()
    async let log = serialLog()
    var report = PlatformReport(askedAt: order.askedAt, finishedAt: order.askedAt)
    switch await view {
    case .success(let view):
      report.take(view)
      report.presence = .present
      report.provisioning = .value(await plane.scripts.provisioning(of: view, machine.id))
    case .failure(let error):
      report.lack(error.unmeasured)
      report.presence = error.presence
    }
    report.host = await host
    (report.cpu, report.memory) = await figures
    report.serialLog = await log
    report.finishedAt = plane.clock.now()
    return report
  }

  private var end: Instant { plane.clock.now() + order.timeout }

  private func health() async -> Reading<HostWord> {
    guard order.isThorough else { return .notMeasured(.notYet) }
    switch await asked({ () async throws(AzureError) in
      var request = ObservationRequests.health(path)
      request.notAfter = end
      return try PlatformHealth(try await plane.caller.call(request))
    }) {
    case .success(let health): return .value(health.host)
    case .failure(let error): return .notMeasured(error.unmeasured)
    }
  }

  private func metrics() async -> (cpu: Reading<Double>, memory: Reading<Double>) {
    guard order.isThorough else { return (.notMeasured(.notYet), .notMeasured(.notYet)) }
    switch await asked({ () async throws(AzureError) in try await metrics(Self.metricNames) }) {
    case .success(let metrics): return (metrics.cpu, metrics.memory)
    case .failure(let error) where error.kind == .badRequest:
      // A cloud that does not know the younger of the two refuses both.
      let alone = await asked { () async throws(AzureError) in try await metrics(Array(Self.metricNames.prefix(1))) }
      switch alone {
      case .success(let metrics): return (metrics.cpu, metrics.memory)
      case .failure(let error): return (.notMeasured(error.unmeasured), .notMeasured(error.unmeasured))
      }
    case .failure(let error): return (.notMeasured(error.unmeasured), .notMeasured(error.unmeasured))
    }
  }

  private func metrics(_ names: [String]) async throws(AzureError) -> PlatformMetrics {
    let now = plane.clock.now()
    let theirs = await plane.caller.platformClock().theirs(now)
    var request = ObservationRequests.metrics(path, names, from: theirs - Self.metricSpan, to: theirs)
    request.notAfter = end
    return try PlatformMetrics(try await plane.caller.call(request))
  }

  /// Evidence for an operator, not for a rule: whatever is in its way, there is none then.
  private func serialLog() async -> String? {
    guard order.wantsSerialLog else { return nil }
    let text = await asked { () async throws(AzureError) in
      guard let beside = try await plane.caller.surroundings() else {
        throw AzureError(kind: .notFound, sentence: "there is no way to the blob store")
      }
      let isPlain = beside.cloud.resourceManager.lowercased().hasPrefix("http://")
      return try await BootDiagnostics(caller: plane.caller, transport: beside.transport, allowsPlainHTTP: isPlain)
        .serialLog(of: path)
    }
    guard case .success(let text) = text, !text.isEmpty else { return nil }
    return text.tail(bytes: Self.serialTail)
  }

  /// One question, given up when nobody needs its answer any more.
  private func asked<Value: Sendable>(
    _ question: @escaping @Sendable () async throws(AzureError) -> Value
  ) async -> Result<Value, AzureError> {
    let answer = await Patience.within(order.timeout) { () async -> Result<Value, AzureError> in
      do throws(AzureError) { return .success(try await question()) } catch { return .failure(error) }
    }
    return answer
      ?? .failure(
        AzureError(
          kind: .timedOut,
          sentence: "Azure did not tell within \(DurationText.text(order.timeout)) how \(machine.name) is"))
  }
}

/// The end of waiting.
enum Patience {
  /// The value of `work`, which is cancelled after `limit`; nil: it took longer.
  static func within<Value: Sendable>(
    _ limit: Duration, _ work: @escaping @Sendable () async -> Value
  ) async -> Value? {
    await withTaskGroup(of: Value?.self) { group in
      group.addTask { await work() }
      group.addTask {
        try? await Task.sleep(for: limit)
        return nil
      }
      let first = await group.next() ?? nil
      group.cancelAll()
      return first
    }
  }
}

extension AzureControlPlane {
  package func inspect(_ machine: VirtualMachine, _ order: InspectionOrder) async -> PlatformReport {
    guard let path = machine.resourcePath else {
      var report = PlatformReport(askedAt: order.askedAt, finishedAt: clock.now())
      report.lack(.notReported("the VM's id is no Azure id"))
      return report
    }
    return await Inspection(plane: self, machine: machine, path: path, order: order).run()
  }
}

extension PlatformReport {
  /// The words of an instance view.
  mutating func take(_ view: MachineView) {
    power = .value(view.power)
    agent =
      view.tellsAgent
      ? .value(AgentWord(isReady: view.isAgentReady, at: view.agentSeenAt))
      : .notMeasured(.notReported("no word of a guest agent"))
    provisioning = .value(ProvisioningWord(state: view.provisioning, at: view.provisionedAt))
    incarnation = view.incarnation.isEmpty ? nil : view.incarnation
    createdAt = view.createdAt
  }

  /// There is no instance view.
  mutating func lack(_ why: Unmeasured) {
    power = .notMeasured(why)
    agent = .notMeasured(why)
    provisioning = .notMeasured(why)
  }
}

extension PlatformMetrics {
  /// Percent of the processors in use, the mean of the last five minutes that are known.
  var cpu: Reading<Double> { reading("Percentage CPU") { $0 } }

  /// Percent of the memory in use.
  var memory: Reading<Double> { reading("Available Memory Percentage") { 100 - $0 } }

  private func reading(_ name: String, _ value: (Double) -> Double) -> Reading<Double> {
    guard let point = recent[name] else {
      return .notMeasured(.notReported("the platform has no \(name) of the last minutes"))
    }
    return .value(min(max(value(point.average), 0), 100))
  }
}

extension AzureError {
  /// What an error at a question about a machine means for its reading: a service's no is its word, everything else is
  /// the monitor's trouble.
  var unmeasured: Unmeasured {
    switch kind {
    case .forbidden, .notFound, .badRequest: .notReported(sentence)
    default: .monitor(sentence)
    }
  }
}

extension String {
  /// The last whole lines within so many bytes; a single longer line is cut.
  func tail(bytes: Int) -> String {
    guard utf8.count > bytes else { return self }
    let cut = String(decoding: utf8.suffix(bytes), as: UTF8.self)
    guard let line = cut.firstIndex(of: "\n"), cut.index(after: line) < cut.endIndex else {
      return String(cut.drop { $0 == "\u{FFFD}" })
    }
    return String(cut[cut.index(after: line)...])
  }
}

extension AzureError {
  /// What this answer to a question about one machine says of its being there (semantics 6.9): only a 404 says that it
  /// is gone, and a 403 says nothing of it.
  fileprivate var presence: MachinePresence {
    switch kind {
    case .notFound: .gone
    case .forbidden, .unauthorized: .notVisible
    default: .notTold
    }
  }
}
