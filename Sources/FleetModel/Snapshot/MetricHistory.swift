/// One probe's figures, for graphs. A figure that was not measured is nil and leaves a gap.
public struct MetricSample: Hashable, Sendable, Codable {
  public var at: Instant
  private var cpuValue: Float
  private var memoryValue: Float
  private var diskValue: Float
  private var ioWaitValue: Float
  private var latencyValue: Float

  public init(
    at: Instant, cpu: Double? = nil, memory: Double? = nil, disk: Double? = nil, ioWait: Double? = nil,
    latency: Double? = nil
  ) {
    self.at = at
    cpuValue = Self.pack(cpu)
    memoryValue = Self.pack(memory)
    diskValue = Self.pack(disk)
    ioWaitValue = Self.pack(ioWait)
    latencyValue = Self.pack(latency)
  }

  /// Percent, 0–100.
  public var cpu: Double? { Self.unpack(cpuValue) }
  public var memory: Double? { Self.unpack(memoryValue) }
  public var disk: Double? { Self.unpack(diskValue) }
  public var ioWait: Double? { Self.unpack(ioWaitValue) }
  /// Milliseconds.
  public var latency: Double? { Self.unpack(latencyValue) }

  /// The figure of one metric.
  public func value(_ metric: Metric) -> Double? {
    switch metric {
    case .cpu: cpu
    case .memory: memory
    case .disk: disk
    case .ioWait: ioWait
    case .latency: latency
    }
  }

  // −1 stands for "not measured": none of these figures is ever negative, and 28 bytes a sample keep an hour of a
  // large fleet in memory.
  private static func pack(_ value: Double?) -> Float { value.map { Float($0) } ?? -1 }
  private static func unpack(_ value: Float) -> Double? { value < 0 ? nil : Double(value) }
}

/// The figures that have a graph.
public enum Metric: String, Hashable, Sendable, Codable, CaseIterable {
  case cpu, memory, disk, ioWait = "i/o wait", latency
}

/// A mark on the time axis of the graphs.
public struct HistoryMark: Hashable, Sendable, Codable {
  public enum Kind: String, Hashable, Sendable, Codable { case remedy, restart, failure, recovery }
  public var at: Instant
  public var kind: Kind
  public var text: String
  public init(at: Instant, kind: Kind, text: String) {
    self.at = at
    self.kind = kind
    self.text = text
  }
}

/// The recent past of one machine, oldest first.
public struct MetricHistory: Hashable, Sendable, Codable {
  public private(set) var samples: [MetricSample] = []
  public private(set) var marks: [HistoryMark] = []

  /// Samples kept in memory; at a 2-minute interval this is 8 hours.
  public static let capacity = 240
  /// Marks kept in memory.
  public static let markCapacity = 40

  public init() {}

  /// Adds a sample; the oldest go when there are more than `capacity`.
  public mutating func append(_ sample: MetricSample) {
    // A quarter at a time, so that the array is not moved at every probe.
    if samples.count >= Self.capacity + Self.capacity / 4 {
      samples.removeFirst(samples.count - Self.capacity)
    }
    samples.append(sample)
  }

  /// Percentage points an hour by which the fullest file system has been filling since it last shrank; nil: it was not
  /// measured for 10 minutes since, or does not fill.
  public var diskFillRate: Double? {
    var first: (at: Instant, percent: Double)?
    var last: (at: Instant, percent: Double)?
    for sample in samples.reversed() {
      guard let percent = sample.disk else { continue }
      // What fills up was less full before; half a point is noise.
      if let first, percent > first.percent + 0.5 { break }
      first = (sample.at, percent)
      last = last ?? (sample.at, percent)
    }
    guard let first, let last, last.at - first.at >= .minutes(10), last.percent > first.percent else { return nil }
    return (last.percent - first.percent) / ((last.at - first.at).inSeconds / 3600)
  }

  /// Adds a mark.
  public mutating func append(_ mark: HistoryMark) {
    if marks.count >= Self.markCapacity { marks.removeFirst() }
    marks.append(mark)
  }
}
