import FleetModel
import Terminal

/// One figure of one machine over time, made ready for a graph of some width.
struct MetricSeries {
  /// Oldest first, evenly spaced in time; nil where nothing was measured.
  let values: [Double?]
  let marks: [(index: Int, mark: HistoryMark)]
  /// From the first value to the last.
  let span: Duration

  /// - Parameters:
  ///   - interval: time between probes; a sample holds its value until the next, but no longer than 2.5 of these.
  ///   - count: values wanted.
  init(_ history: MetricHistory, _ metric: Metric, interval: Duration, count: Int) {
    guard let first = history.samples.first?.at, let last = history.samples.last?.at, count > 1 else {
      values = []
      marks = []
      span = .zero
      return
    }
    // A short history is not stretched over the whole graph: it would look like more than is known.
    let length = max((last - first).milliseconds, interval.milliseconds * 10, 10_000)
    let start = last.milliseconds - length
    func place(_ instant: Instant) -> Int {
      Int((Double(instant.milliseconds - start) / Double(length) * Double(count - 1)).rounded())
    }
    let reach = max(1, Int((Double(interval.milliseconds) * 2.5 / Double(length) * Double(count - 1)).rounded(.up)))
    var values = [Double?](repeating: nil, count: count)
    var previous: (place: Int, value: Double?)?
    for sample in history.samples {
      let here = place(sample.at)
      guard values.indices.contains(here) else { continue }
      if let before = previous, let value = before.value, before.place + 1 < here {
        let end = min(here, before.place + reach + 1)
        for gap in (before.place + 1)..<end { values[gap] = value }
      }
      let value = sample.value(metric)
      // Two samples in one place: the higher counts, so that no peak is lost.
      if let before = previous, before.place == here, let one = before.value, let other = value {
        values[here] = max(one, other)
      } else {
        values[here] = value ?? (previous?.place == here ? previous?.value ?? nil : nil)
      }
      previous = (here, values[here])
    }
    self.values = values
    marks = history.marks.compactMap { mark in
      let here = place(mark.at)
      return values.indices.contains(here) ? (here, mark) : nil
    }
    span = .milliseconds(length)
  }
}
