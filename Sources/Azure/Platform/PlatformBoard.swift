import Autopilot
import FleetModel

/// What the platform says of the machines that no witness reaches, from lists that all of them share: 10,000 such
/// machines cost no more calls than a few pages and batches (semantics 2.2).
///
/// Only a suspect is asked about alone, and of those only so many a minute.
package actor PlatformBoard {
  static let statusLife = Duration.minutes(2)
  static let metricLife = Duration.minutes(5)
  /// An agent reports every few seconds; one that has not spoken for so long is silent.
  static let agentPatience = Duration.minutes(5)

  private let control: AzureControlPlane
  private let clock: any EngineClock
  private var statuses: [String: SharedList<MachineView>] = [:]
  private var healths: [String: SharedList<PlatformHealth>] = [:]
  private var metrics: [MetricLists.Place: SharedList<PlatformMetrics>] = [:]
  private var lists: MetricLists
  private var budget = SuspectBudget()

  package init(control: AzureControlPlane) {
    self.control = control
    clock = control.clock
    lists = MetricLists(caller: control.caller, clock: control.clock)
  }

  /// The words on one machine.
  /// - Parameters:
  ///   - isSuspect: the list's words are not believed.
  ///   - limit: the answer is of no use after it; what is missing then says so.
  func report(on machine: VirtualMachine, isSuspect: Bool, within limit: Duration) async -> PlatformReport {
    let asked = clock.now()
    var report = PlatformReport(askedAt: asked, finishedAt: asked)
    guard let path = machine.resourcePath else {
      report.lack(.notReported("the VM's id is no Azure id"))
      return report
    }
    let subscription = path.subscription.lowercased()
    let place = MetricLists.Place(subscription: subscription, region: machine.region.lowercased())
    await lists.add(machine.id, to: place)
    let (status, health, figures) = (
      statusList(subscription), healthList(subscription), metricList(place)
    )
    async let listed = status.current(for: machine.id, within: limit)
    async let host = health.current(for: machine.id, within: limit)
    async let measured = figures.current(for: machine.id, within: limit)
    switch await listed {
    case .success(let edition):
      if let view = edition.rows[machine.id] {
        report.take(view)
        report.provisioning = .value(await control.scripts.provisioning(of: view, machine.id))
      } else {
        report.lack(.notReported("Azure's list of states does not have it"))
      }
      report.askedAt = min(asked, edition.askedAt)
    case .failure(let error): report.lack(error.unmeasured)
    }
    if isSuspect || isDoubtful(report), let view = await ownView(path, machine.id, within: limit) {
      report.take(view.view)
      report.provisioning = .value(await control.scripts.provisioning(of: view.view, machine.id))
      report.askedAt = view.at
    }
    report.host = Self.reading(await host, machine.id, "Resource Health has no word of it", \.host)
    let both = await measured
    report.cpu = Self.reading(both, machine.id, "the platform has no metrics of it", \.cpu)
    report.memory = Self.reading(both, machine.id, "the platform has no metrics of it", \.memory)
    report.finishedAt = clock.now()
    return report
  }

  /// The last direct or listed word on the agent is good enough for a running machine.
  private func isDoubtful(_ report: PlatformReport) -> Bool {
    guard let power = report.power.value else { return true }
    guard power == .running else { return power == .unknown }
    guard let agent = report.agent.value, agent.isReady, let at = agent.at else { return true }
    return clock.now() - at > Self.agentPatience
  }

  private func ownView(
    _ path: ResourcePath, _ machine: MachineID, within limit: Duration
  ) async -> (view: MachineView, at: Instant)? {
    let now = clock.now()
    if let known = await control.views.view(of: machine, since: now - .seconds(5)) { return known }
    guard budget.take(machine, at: now) else {
      return await control.views.view(of: machine, since: now - Self.statusLife)
    }
    let control = control
    let view = await Patience.within(limit) {
      try? await control.view(path, of: machine, until: control.clock.now() + limit)
    }
    return (view ?? nil).map { ($0, now) }
  }

  private func statusList(_ subscription: String) -> SharedList<MachineView> {
    if let list = statuses[subscription] { return list }
    let caller = control.caller
    let list = SharedList<MachineView>(life: Self.statusLife, clock: clock) {
      (_) async throws(AzureError) in
      try await StatusList.views(of: subscription, caller)
    }
    statuses[subscription] = list
    return list
  }

  private func healthList(_ subscription: String) -> SharedList<PlatformHealth> {
    if let list = healths[subscription] { return list }
    let caller = control.caller
    let list = SharedList<PlatformHealth>(life: Self.statusLife, clock: clock) {
      (_) async throws(AzureError) in
      try await StatusList.health(of: subscription, caller)
    }
    healths[subscription] = list
    return list
  }

  private func metricList(_ place: MetricLists.Place) -> SharedList<PlatformMetrics> {
    if let list = metrics[place] { return list }
    let lists = lists
    let list = SharedList<PlatformMetrics>(life: Self.metricLife, isCompleted: true, clock: clock) {
      (earlier) async throws(AzureError) in
      try await lists.metrics(of: place, beside: Set(earlier?.rows.keys.map { $0 } ?? []))
    }
    metrics[place] = list
    return list
  }

  private static func reading<Row, Value>(
    _ answer: Result<SharedList<Row>.Edition, AzureError>, _ machine: MachineID, _ absence: String,
    _ part: (Row) -> Reading<Value>
  ) -> Reading<Value> {
    switch answer {
    case .success(let edition): edition.rows[machine].map(part) ?? .notMeasured(.notReported(absence))
    case .failure(let error): .notMeasured(error.unmeasured)
    }
  }
}

extension PlatformBoard {
  private static func reading<Row>(
    _ answer: Result<SharedList<Row>.Edition, AzureError>, _ machine: MachineID, _ absence: String,
    _ part: (Row) -> HostWord
  ) -> Reading<HostWord> {
    reading(answer, machine, absence) { Reading.value(part($0)) }
  }
}

/// How many machines may be asked about alone: each once in 30 s, and all of them so many a minute that a storm of
/// suspects leaves Azure's quota to the lists and the remedies.
struct SuspectBudget {
  /// Calls at once, and calls that come back each second: a tenth of what Azure allows a subscription.
  static let burst = 60.0
  static let perSecond = 2.0
  static let pause = Duration.seconds(30)
  private var left = burst
  private var at = Instant.distantPast
  private var asked: [MachineID: Instant] = [:]

  mutating func take(_ machine: MachineID, at now: Instant) -> Bool {
    if let last = asked[machine], now - last < Self.pause { return false }
    left = min(Self.burst, left + max((now - at).inSeconds, 0) * Self.perSecond)
    at = now
    guard left >= 1 else { return false }
    left -= 1
    asked[machine] = now
    if asked.count > 20_000 { asked = asked.filter { now - $0.value < Self.pause } }
    return true
  }
}
