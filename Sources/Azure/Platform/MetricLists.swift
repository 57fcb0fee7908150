import Autopilot
import FleetModel
import HTTPTypes

/// Metrics of many machines: 50 a call where the cloud has the metrics service, else all of a region in one call of the
/// Resource Manager.
actor MetricLists {
  /// Machines of one subscription and region are asked about together.
  struct Place: Hashable, Sendable {
    var subscription: String
    var region: String
  }
  private let caller: any ARMCaller
  private let clock: any EngineClock
  private var members: [Place: Set<MachineID>] = [:]
  /// The metrics service said no: not asked again before this instant.
  private var batchAbsentUntil = Instant.distantPast
  /// A cloud that does not know the memory's metric.
  private var knowsMemory = true

  init(caller: any ARMCaller, clock: any EngineClock) {
    self.caller = caller
    self.clock = clock
  }

  func add(_ machine: MachineID, to place: Place) { members[place, default: []].insert(machine) }

  /// - Parameter known: machines whose values are good already.
  func metrics(of place: Place, beside known: Set<MachineID>) async throws(AzureError) -> [MachineID: PlatformMetrics] {
    do throws(AzureError) { return try await asked(place, known) } catch {
      guard error.kind == .badRequest, knowsMemory else { throw error }
      knowsMemory = false
      return try await asked(place, known)
    }
  }

  private func asked(_ place: Place, _ known: Set<MachineID>) async throws(AzureError) -> [MachineID: PlatformMetrics] {
    if clock.now() >= batchAbsentUntil, let cloud = try await caller.surroundings()?.cloud,
      !cloud.metricsSuffix.isEmpty
    {
      do throws(AzureError) { return try await batches(place, known, cloud) } catch {
        guard error.isRefusal || error.kind == .unreachable, error.kind != .badRequest else { throw error }
        // Another token and another host than the Resource Manager's: a network or a role may allow only that one.
        batchAbsentUntil = clock.now() + .hours(1)
      }
    }
    let now = await platformNow()
    var found = try PlatformMetrics.region(
      try await caller.call(
        ObservationRequests.regionMetrics(
          place.subscription, region: place.region, names, from: now - Inspection.metricSpan, to: now)))
    // Machines without any value are known not to have one.
    for machine in members[place] ?? [] where found[machine] == nil { found[machine] = PlatformMetrics() }
    return found
  }

  private func batches(
    _ place: Place, _ known: Set<MachineID>, _ cloud: Cloud
  ) async throws(AzureError) -> [MachineID: PlatformMetrics] {
    let wanted = (members[place] ?? []).subtracting(known).sorted()
    var found = Dictionary(uniqueKeysWithValues: wanted.map { ($0, PlatformMetrics()) })
    let now = await platformNow()
    for start in stride(from: 0, to: wanted.count, by: ObservationRequests.batchSize) {
      let ids = wanted[start..<min(start + ObservationRequests.batchSize, wanted.count)]
      guard
        let request = ObservationRequests.metricsBatch(
          ids.compactMap { ResourcePath($0.rawValue) }, region: place.region, names, from: now - Inspection.metricSpan,
          to: now, cloud: cloud)
      else { continue }
      found.merge(try PlatformMetrics.batch(try await caller.call(request))) { $1 }
    }
    return found
  }

  private var names: [String] { Array(Inspection.metricNames.prefix(knowsMemory ? 2 : 1)) }
  /// Spans of metrics are asked for by the platform's clock.
  private func platformNow() async -> Instant { await caller.platformClock().theirs(clock.now()) }
}
