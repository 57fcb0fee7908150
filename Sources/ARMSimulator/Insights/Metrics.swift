import FleetModel
import HTTPTypes
import Simulator

// Microsoft.Insights: the Activity Log and platform metrics.
extension ARMSimulator {
  /// - Parameter tail: what stands behind the provider, folded.
  func insights(_ call: ARMCall, _ tail: [String]) -> ARMAnswer {
    switch (call.method, tail) {
    case (.get, ["eventtypes", "management", "values"]): return activityLog(call)
    case (.get, ["metrics"]):
      guard let entry = catalog.entry(id: call.path.text) else { return notFound(call) }
      return singleMetrics(call, entry)
    case (.get, ["metricdefinitions"]):
      guard let entry = catalog.entry(id: call.path.text) else { return notFound(call) }
      return definitions(entry)
    case (.post, ["metrics"]): return regionMetrics(call)
    default: return notFound(call)
    }
  }

  /// What of which time is asked for.
  private struct MetricQuestion {
    var metrics: [PlatformMetric]
    var from: Instant
    var to: Instant
    var step: Duration
    var aggregation: String

    var stepText: String {
      let minutes = Int(step.milliseconds / 60_000)
      return minutes < 60 ? "PT\(minutes)M" : "PT\(minutes / 60)H"
    }
  }

  private func question(
    names: String?, span: (Instant, Instant)?, interval: String?, aggregation: String?, at now: Instant
  ) -> Result<MetricQuestion, Refusal> {
    let wanted = (names ?? PlatformMetric.percentageCPU.rawValue).split(separator: ",").map {
      String($0.drop { $0 == " " })
    }
    var metrics: [PlatformMetric] = []
    for name in wanted {
      guard let metric = PlatformMetric.allCases.first(where: { $0.rawValue.lowercased() == name.lowercased() }) else {
        let valid = PlatformMetric.allCases.map(\.rawValue).joined(separator: ",")
        return .failure(
          Refusal(
            text:
              "Failed to find metric configuration for provider: Microsoft.Compute, resource Type: virtualMachines, "
              + "metric: \(name), Valid metrics: \(valid)"))
      }
      metrics.append(metric)
    }
    let steps = ["PT1M": 1, "PT5M": 5, "PT15M": 15, "PT30M": 30, "PT1H": 60]
    guard let minutes = steps[interval ?? "PT1M"] else {
      return .failure(
        Refusal(
          text: "Detected invalid time grain input: \(interval ?? ""). Valid timegrains are PT1M,PT5M,PT15M,PT30M,PT1H")
      )
    }
    let (from, to) = span ?? (now - .hours(1), now)
    guard from < to, to - from <= .days(30) else {
      return .failure(Refusal(text: "Start time and end time do not name a time span of at most 30 days."))
    }
    let grid = Int64(minutes) * 60_000
    return .success(
      MetricQuestion(
        metrics: metrics, from: Instant(milliseconds: from.milliseconds / grid * grid), to: to,
        step: .minutes(minutes),
        aggregation: (aggregation ?? "Average").split(separator: ",").first?.lowercased() ?? "average"))
  }

  private struct Refusal: Error { var text: String }

  private func span(_ text: String?) -> (Instant, Instant)? {
    guard let parts = text?.split(separator: "/"), parts.count == 2, let from = AzureTime.parse(String(parts[0])),
      let to = AzureTime.parse(String(parts[1]))
    else { return nil }
    return (from, to)
  }

  /// The values of one metric; a minute without one has no key, which is not zero.
  private func data(_ metric: PlatformMetric, _ question: MetricQuestion, _ entry: Catalog.Entry, at now: Instant)
    -> JSON
  {
    let minutes = Int(question.step.milliseconds / 60_000)
    let count = max(Int((question.to - question.from).milliseconds / 60_000), 0)
    let known = now - played(settings.metricLag)
    let values = fleet.averages(of: metric, on: entry.machine.id, from: question.from, count: count, at: now)
    var points: [JSON] = []
    for start in stride(from: 0, to: count, by: minutes) {
      let at = question.from + .minutes(start)
      var point: JSON = ["timeStamp": .string(AzureTime.insights(at))]
      let own = values[start..<min(start + minutes, count)].compactMap { $0 }
      if !own.isEmpty, at + question.step <= known {
        let sum = own.reduce(0, +)
        switch question.aggregation {
        case "total": point["total"] = .number(sum)
        case "maximum": point["maximum"] = .number(own.max() ?? 0)
        case "minimum": point["minimum"] = .number(own.min() ?? 0)
        case "count": point["count"] = .number(Double(own.count))
        default: point["average"] = .number((sum / Double(own.count) * 10_000).rounded() / 10_000)
        }
      }
      points.append(point)
    }
    return .array(points)
  }

  private func series(_ question: MetricQuestion, _ entry: Catalog.Entry, at now: Instant) -> JSON {
    .array(
      question.metrics.map { metric in
        [
          "id": "\(entry.id)/providers/Microsoft.Insights/metrics/\(metric.rawValue)",
          "type": "Microsoft.Insights/metrics",
          "name": ["value": .string(metric.rawValue), "localizedValue": .string(metric.rawValue)],
          "displayDescription": .string(metric.rawValue), "unit": .string(metric.unit),
          "timeseries": [["metadatavalues": [], "data": data(metric, question, entry, at: now)]],
          "errorCode": "Success",
        ]
      })
  }

  private func singleMetrics(_ call: ARMCall, _ entry: Catalog.Entry) -> ARMAnswer {
    let path = call.path
    switch question(
      names: path.parameter("metricnames"), span: span(path.parameter("timespan")),
      interval: path.parameter("interval"),
      aggregation: path.parameter("aggregation"), at: call.at)
    {
    case .failure(let refusal): return ARMAnswer(400, ["code": "BadRequest", "message": .string(refusal.text)])
    case .success(let question):
      let minutes = Int64((question.to - question.from).milliseconds / 60_000)
      return ARMAnswer([
        "cost": .integer(max(minutes - 1, 0)),
        "timespan": "\(AzureTime.insights(question.from))/\(AzureTime.insights(question.to))",
        "interval": .string(question.stepText), "value": series(question, entry, at: call.at),
        "namespace": "Microsoft.Compute/virtualMachines", "resourceregion": .string(entry.machine.region),
      ])
    }
  }

  private func definitions(_ entry: Catalog.Entry) -> ARMAnswer {
    ARMAnswer([
      "value": .array(
        PlatformMetric.allCases.map { metric in
          [
            "id": "\(entry.id)/providers/microsoft.insights/metricdefinitions/\(metric.rawValue)",
            "resourceId": .string(entry.id), "namespace": "Microsoft.Compute/virtualMachines",
            "category": "VM", "name": ["value": .string(metric.rawValue), "localizedValue": .string(metric.rawValue)],
            "isDimensionRequired": false, "unit": .string(metric.unit), "primaryAggregationType": "Average",
            "supportedAggregationTypes": ["None", "Average", "Minimum", "Maximum", "Total", "Count"],
            "metricAvailabilities": [
              ["timeGrain": "PT1M", "retention": "P93D"], ["timeGrain": "PT5M", "retention": "P93D"],
            ],
          ]
        })
    ])
  }

  /// Many machines of one region in one call, by Resource Manager.
  private func regionMetrics(_ call: ARMCall) -> ARMAnswer {
    let body = call.json
    guard let region = call.path.parameter("region")?.lowercased() else {
      return ARMAnswer(400, ["code": "BadRequest", "message": "Query parameter 'region' is required."])
    }
    let namespace = (body["metricNamespace"].text ?? call.path.parameter("metricnamespace") ?? "").lowercased()
    guard namespace == "microsoft.compute/virtualmachines" else {
      return ARMAnswer(400, ["code": "BadRequest", "message": "The metric namespace '\(namespace)' is not supported."])
    }
    switch question(
      names: body["metricNames"].text ?? call.path.parameter("metricnames"),
      span: span(body["timespan"].text ?? call.path.parameter("timespan")),
      interval: body["interval"].text ?? call.path.parameter("interval"),
      aggregation: body["aggregation"].text ?? call.path.parameter("aggregation"), at: call.at)
    {
    case .failure(let refusal): return ARMAnswer(400, ["code": "BadRequest", "message": .string(refusal.text)])
    case .success(let question):
      let entries = catalog.entries.filter { $0.machine.region == region }
      let values = question.metrics.map { metric -> JSON in
        [
          "id": "/subscriptions/\(settings.subscription)/providers/Microsoft.Insights/metrics/\(metric.rawValue)",
          "type": "Microsoft.Insights/metrics",
          "name": ["value": .string(metric.rawValue), "localizedValue": .string(metric.rawValue)],
          "displayDescription": .string(metric.rawValue), "unit": .string(metric.unit),
          "timeseries": .array(
            entries.map { entry in
              [
                "metadatavalues": [
                  [
                    "name": ["value": "microsoft.resourceid", "localizedValue": "microsoft.resourceid"],
                    "value": .string(entry.id.lowercased()),
                  ]
                ], "data": data(metric, question, entry, at: call.at),
              ]
            }), "errorCode": "Success",
        ]
      }
      return ARMAnswer([
        "cost": .integer(Int64(entries.count)),
        "timespan": "\(AzureTime.insights(question.from))/\(AzureTime.insights(question.to))",
        "interval": .string(question.stepText), "value": .array(values),
        "namespace": "microsoft.compute/virtualmachines", "resourceregion": .string(region),
      ])
    }
  }

  /// The batch data plane: up to 50 machines by their ids.
  func metricsBatch(_ call: ARMCall) -> ARMAnswer {
    let ids = call.json["resourceids"].items.compactMap(\.text)
    guard (1...50).contains(ids.count) else {
      return .error(400, "BadRequest", "The number of resource ids has to be 1 to 50; there are \(ids.count).")
    }
    guard call.path.parameter("metricnamespace")?.lowercased() == "microsoft.compute/virtualmachines" else {
      return .error(400, "BadRequest", "The metric namespace is not supported.")
    }
    var span: (Instant, Instant)?
    if let from = call.path.parameter("starttime").flatMap(AzureTime.parse) {
      span = (from, call.path.parameter("endtime").flatMap(AzureTime.parse) ?? call.at)
    }
    let entries = ids.compactMap { catalog.entry(id: $0) }
    guard entries.count == ids.count else {
      return .error(404, "ResourceNotFound", "At least one of the resources was not found.")
    }
    guard Set(entries.map(\.machine.region)).count == 1 else {
      return .error(400, "BadRequest", "All resources have to be in the same region.")
    }
    switch question(
      names: call.path.parameter("metricnames"), span: span, interval: call.path.parameter("interval"),
      aggregation: call.path.parameter("aggregation"), at: call.at)
    {
    case .failure(let refusal): return .error(400, "BadRequest", refusal.text)
    case .success(let question):
      return ARMAnswer([
        "values": .array(
          zip(ids, entries).map { id, entry in
            [
              "starttime": .string(AzureTime.insights(question.from)),
              "endtime": .string(AzureTime.insights(question.to)),
              "interval": .string(question.stepText), "namespace": "microsoft.compute/virtualmachines",
              "resourceregion": .string(entry.machine.region), "resourceid": .string(id),
              "value": series(question, entry, at: call.at),
            ]
          })
      ])
    }
  }
}

extension PlatformMetric {
  /// Azure's word for its unit.
  fileprivate var unit: String {
    switch self {
    case .percentageCPU, .availableMemoryShare: "Percent"
    case .availableMemory, .networkIn, .networkOut, .diskRead, .diskWrite: "Bytes"
    case .availability: "Count"
    }
  }
}
