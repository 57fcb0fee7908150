import FleetModel

/// The last value of each platform metric of one machine. A minute without data is no zero.
package struct PlatformMetrics: Hashable, Sendable {
  /// One value.
  package struct Point: Hashable, Sendable {
    /// By the platform's clock.
    package var at: Instant
    package var average: Double
    package init(at: Instant, average: Double) {
      self.at = at
      self.average = average
    }
  }
  /// By the metric's name (`Percentage CPU`); metrics without any value are left out.
  package var latest: [String: Point] = [:]
  /// The mean of the last five values of each, with the instant of the newest: one busy minute is no busy machine.
  package var recent: [String: Point] = [:]

  /// None of it has a value.
  init() {}

  /// Reads the answer of one machine.
  /// - Throws: of kind `unreadable`.
  package init(_ reply: ARMReply) throws(AzureError) {
    self.init(try JSONText.value(Answer.self, reply, "the question for metrics").value ?? [])
  }

  private init(_ metrics: [Metric]) {
    for metric in metrics {
      guard let name = metric.name?.value else { continue }
      let points = (metric.timeseries ?? []).flatMap { $0.data ?? [] }
        .compactMap { point -> Point? in
          guard let average = point.average, let at = point.timeStamp.flatMap(AzureTime.instant) else { return nil }
          return Point(at: at, average: average)
        }
      let last = points.sorted { $0.at < $1.at }.suffix(5)
      guard let newest = last.last else { continue }
      latest[name] = newest
      recent[name] = Point(at: newest.at, average: last.reduce(0) { $0 + $1.average } / Double(last.count))
    }
  }

  /// Reads the answer of a batch, by machine.
  /// - Throws: of kind `unreadable`.
  package static func batch(_ reply: ARMReply) throws(AzureError) -> [MachineID: PlatformMetrics] {
    var result: [MachineID: PlatformMetrics] = [:]
    for answer in try JSONText.value(Batch.self, reply, "the batch of metrics").values ?? [] {
      guard let id = answer.resourceid else { continue }
      result[MachineID(id)] = PlatformMetrics(answer.value ?? [])
    }
    return result
  }

  /// Reads the answer for all machines of a region: one series each, named by its metadata.
  /// - Throws: of kind `unreadable`.
  package static func region(_ reply: ARMReply) throws(AzureError) -> [MachineID: PlatformMetrics] {
    var metrics: [MachineID: [Metric]] = [:]
    for metric in try JSONText.value(Answer.self, reply, "the metrics of a region").value ?? [] {
      for series in metric.timeseries ?? [] {
        let ids = (series.metadatavalues ?? []).filter { $0.name?.value?.lowercased() == "microsoft.resourceid" }
        guard let id = ids.first?.value else { continue }
        metrics[MachineID(id), default: []].append(Metric(name: metric.name, timeseries: [series]))
      }
    }
    return metrics.mapValues { PlatformMetrics($0) }
  }

  private struct Metric: Decodable {
    struct Name: Decodable { var value: String? }
    struct Series: Decodable {
      struct Point: Decodable {
        var timeStamp: String?
        var average: Double?
      }
      struct Label: Decodable {
        var name: Name?
        var value: String?
      }
      var metadatavalues: [Label]?
      var data: [Point]?
    }
    var name: Name?
    var timeseries: [Series]?
  }
  private struct Answer: Decodable {
    var value: [Metric]?
    var resourceid: String?
  }
  private struct Batch: Decodable { var values: [Answer]? }
}
