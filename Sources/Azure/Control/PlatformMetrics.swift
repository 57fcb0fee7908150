import FleetModel

/// The last value of each platform metric of one machine. A minute without data is no zero.
package struct PlatformMetrics: Hashable, Sendable {
  /// One value.
  package struct Point: Hashable, Sendable {
    package var at: Instant
    package var average: Double
    package init(at: Instant, average: Double) {
      self.at = at
      self.average = average
    }
  }
  /// By the metric's name (`Percentage CPU`); metrics without any value are left out.
  package var latest: [String: Point] = [:]

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
      latest[name] = points.max { $0.at < $1.at }
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

  private struct Metric: Decodable {
    struct Name: Decodable { var value: String? }
    struct Series: Decodable {
      struct Point: Decodable {
        var timeStamp: String?
        var average: Double?
      }
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
