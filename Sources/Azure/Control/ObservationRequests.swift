import FleetModel
import HTTPTypes

/// Questions about a machine that change nothing: its health by the platform, who acted on it, its metrics, and what
/// this identity may do.
package enum ObservationRequests {
  static let healthVersion = "2022-10-01"
  static let activityVersion = "2015-04-01"
  static let metricsVersion = "2018-01-01"
  static let regionVersion = "2023-10-01"
  static let batchVersion = "2024-02-01"
  static let permissionsVersion = "2022-04-01"
  /// Namespace of a machine's platform metrics.
  static let machineMetrics = "microsoft.compute/virtualmachines"
  /// The most machines that one batch of metrics takes.
  package static let batchSize = 50

  /// What Resource Health says of one machine now.
  package static func health(_ vm: ResourcePath) -> ARMRequest {
    ARMRequest(
      .get, vm.target + "/providers/Microsoft.ResourceHealth/availabilityStatuses/current", version: healthVersion,
      query: [.init("$expand", "recommendedactions")])
  }

  /// Who did what to a machine; the service keeps 90 days and refuses more.
  package static func activity(_ vm: ResourcePath, from: Instant, to: Instant) -> ARMRequest {
    let start = TimestampText.rfc3339(max(from, to - .days(89)))
    let filter =
      "eventTimestamp ge '\(start)' and eventTimestamp le '\(TimestampText.rfc3339(to))' and resourceUri eq "
      + "'/\(vm.segments.joined(separator: "/").replacing("'", with: "''"))'"
    return ARMRequest(
      .get,
      "/subscriptions/" + ResourcePath.encoded(vm.subscription)
        + "/providers/Microsoft.Insights/eventtypes/management/values",
      version: activityVersion, query: [.init("$filter", filter)])
  }

  /// Metrics of one machine, a value a minute.
  package static func metrics(_ vm: ResourcePath, _ names: [String], from: Instant, to: Instant) -> ARMRequest {
    ARMRequest(
      .get, vm.target + "/providers/Microsoft.Insights/metrics", version: metricsVersion,
      query: [
        .init("interval", "PT1M"), .init("metricnames", names.joined(separator: ",")),
        .init("timespan", "\(TimestampText.rfc3339(from))/\(TimestampText.rfc3339(to))"),
        .init("aggregation", "Average"),
      ])
  }

  /// Metrics of up to 50 machines of one subscription and region; nil where the cloud has no such service, or the
  /// machines are not of one subscription.
  package static func metricsBatch(
    _ vms: [ResourcePath], region: String, _ names: [String], from: Instant, to: Instant, cloud: Cloud
  ) -> ARMRequest? {
    struct Body: Encodable { var resourceids: [String] }
    let subscriptions = Set(vms.map { $0.subscription.lowercased() })
    // A region becomes part of a host name.
    let isRegion =
      !region.isEmpty && region.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7a).contains($0) }
    guard !cloud.metricsSuffix.isEmpty, isRegion, vms.count <= batchSize, let subscription = subscriptions.first,
      subscriptions.count == 1
    else { return nil }
    return ARMRequest(
      .post,
      "https://\(region).\(cloud.metricsSuffix)/subscriptions/\(ResourcePath.encoded(subscription))/metrics:getBatch",
      version: batchVersion,
      query: [
        .init("metricnamespace", machineMetrics), .init("metricnames", names.joined(separator: ",")),
        .init("starttime", TimestampText.rfc3339(from)), .init("endtime", TimestampText.rfc3339(to)),
        .init("interval", "PT1M"), .init("aggregation", "average"),
      ], body: JSONText.bytes(Body(resourceids: vms.map { "/" + $0.segments.joined(separator: "/") })),
      audience: "https://\(cloud.metricsSuffix)", isRead: true)
  }

  /// Metrics of all machines of one subscription and region, by the Resource Manager (Azure Monitor 2023-10-01, "List At
  /// Subscription Scope Post").
  static func regionMetrics(
    _ subscription: String, region: String, _ names: [String], from: Instant, to: Instant
  ) -> ARMRequest {
    struct Body: Encodable {
      var metricNames: String
      var metricNamespace = ObservationRequests.machineMetrics
      var aggregation = "average"
      var timespan: String
      var interval = "PT1M"
      var filter = "Microsoft.ResourceId eq '*'"
      // Without it only ten machines are told.
      var top = 20_000
    }
    return ARMRequest(
      .post, "/subscriptions/\(ResourcePath.encoded(subscription))/providers/Microsoft.Insights/metrics",
      version: regionVersion, query: [.init("region", region)],
      body: JSONText.bytes(
        Body(
          metricNames: names.joined(separator: ","),
          timespan: "\(TimestampText.rfc3339(from))/\(TimestampText.rfc3339(to))")), isRead: true)
  }

  /// What this identity may do to a resource.
  /// - Parameter scope: a path (`/subscriptions/…`).
  package static func permissions(_ scope: ResourcePath) -> ARMRequest {
    ARMRequest(.get, scope.target + "/providers/Microsoft.Authorization/permissions", version: permissionsVersion)
  }
}
