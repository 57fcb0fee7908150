import Autopilot
import FleetModel

// Reports by the clock of a monitor that is not set right.
extension ProbeReport {
  func shifted(by offset: Duration) -> ProbeReport {
    guard offset != .zero else { return self }
    var report = self
    (report.startedAt, report.finishedAt) = (startedAt + offset, finishedAt + offset)
    report.platform?.shift(by: offset)
    return report
  }
}

extension PlatformReport {
  /// The adapter carries the platform's instants over to the monitor's clock.
  mutating func shift(by offset: Duration) {
    guard offset != .zero else { return }
    (askedAt, finishedAt) = (askedAt + offset, finishedAt + offset)
    createdAt = createdAt.map { $0 + offset }
    if case .value(var word) = agent {
      word.at = word.at.map { $0 + offset }
      agent = .value(word)
    }
    if case .value(var word) = provisioning {
      word.at = word.at.map { $0 + offset }
      provisioning = .value(word)
    }
  }
}

extension StopQuestion {
  func shifted(by offset: Duration) -> StopQuestion {
    guard offset != .zero else { return self }
    return StopQuestion(
      askedAt: askedAt + offset, offSince: offSince + offset, runningAt: runningAt.map { $0 + offset },
      ours: ours.map { $0.lowerBound + offset...$0.upperBound + offset })
  }
}
