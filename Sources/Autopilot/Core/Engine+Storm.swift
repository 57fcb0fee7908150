import FleetModel

/// Who is down for availability now, and how many went down lately: what the storm latch is decided by (semantics 6.2).
struct StormWatch: Sendable {
  struct Outage: Sendable {
    /// When it was news last: it went down, or was ill for a while and fell silent.
    var since: Instant
    /// Nobody answers.
    var isDark: Bool
  }
  /// Machines that are hard-critical for availability; off on purpose is none of it.
  var down: [MachineID: Outage] = [:]
  /// Onsets of the last 10 minutes, oldest first.
  var onsets: [Instant] = []

  static let onsetWindow = Duration.minutes(10)
  /// A machine that has been down for longer is no news: it neither makes a storm nor keeps one.
  static let newsLifetime = Duration.hours(2)
  static let calmTime = Duration.minutes(5)

  /// - Parameter isDark: nobody answers; a machine that was ill for a while and falls silent now is news.
  mutating func note(_ machine: MachineID, isDown: Bool, isDark: Bool, at now: Instant) {
    guard isDown else {
      down[machine] = nil
      return
    }
    var since = now
    if let known = down[machine], !isDark || known.isDark || now - known.since < Self.onsetWindow {
      since = known.since
    } else {
      onsets.append(now)
    }
    down[machine] = Outage(since: since, isDark: isDark)
  }
}

extension Engine {
  /// After each probe: is this a storm?
  mutating func watchStorm(_ i: Int, at now: Instant) {
    let isAcknowledged = slots[i].memory.acknowledgedUntil.map { $0 > now } ?? false
    let (isDown, isDark) = read(i) {
      ($0.isWatched && $0.isHardDown && !$0.isIntendedOff, $0.track(.connectivity).hard == .critical)
    }
    storm.note(slots[i].id, isDown: isDown && !isAcknowledged, isDark: isDark, at: now)
    judgeStorm(budgets(i), at: now)
  }

  private mutating func judgeStorm(_ budgets: FleetSettings.Budgets, at now: Instant) {
    storm.onsets.removeAll { now - $0 >= StormWatch.onsetWindow }
    guard fleet.stormSince != nil || storm.down.count >= min(budgets.stormMinimum, budgets.stormOnsets) else { return }
    let news = storm.down.values.count { now - $0.since < StormWatch.newsLifetime }
    let isOver =
      storm.onsets.count >= budgets.stormOnsets
      || (news >= budgets.stormMinimum && news * 100 > counters.watched * budgets.stormPercent)
    if isOver {
      fleet.calmSince = nil
      guard fleet.stormSince == nil else { return }
      fleet.stormSince = now
      // Of machines that share a cause somebody was told already: one alert for all of it.
      let told = Set((fleet.shared ?? []).flatMap(\.machines))
      log(
        storm.down.keys.allSatisfy(told.contains) ? .warning : .critical, nil,
        "storm: \(news) of \(counters.watched) watched machines have gone down; no power remedy begins", at: now)
    } else if fleet.stormSince != nil {
      let calm = fleet.calmSince ?? now
      fleet.calmSince = calm
      guard now - calm >= StormWatch.calmTime else { return }
      (fleet.stormSince, fleet.calmSince) = (nil, nil)
      log(.healthy, nil, "the storm is over: 5 minutes below the line", at: now)
    }
  }
}

// Remedies that fail on several machines alike (semantics 6.5).
extension Engine {
  private static let failureWindow = Duration.minutes(15)
  private static let failureHold = Duration.minutes(30)

  /// The same remedy failing for the same reason on 3 machines of a region within 15 minutes is held fleet-wide.
  mutating func noteFailure(_ record: RecoveryRecord, _ i: Int, _ why: String, at now: Instant) {
    guard record.initiator == .autopilot else { return }
    let failure = FleetMemory.Failure(
      machine: slots[i].id, remedy: record.remedy, region: slots[i].machine.region,
      errorClass: Self.errorClass(why), at: now)
    let recent = (fleet.failures ?? []).filter { now - $0.at < Self.failureWindow } + [failure]
    fleet.failures = recent
    let alike = Set(recent.filter { $0.isAlike(failure) }.map(\.machine))
    guard alike.count >= 3 else { return }
    let until = now + Self.failureHold
    fleet.failureHolds =
      (fleet.failureHolds ?? []).filter { $0.until > now && $0.remedy != record.remedy }
      + [FleetMemory.FailureHold(remedy: record.remedy, why: failure.errorClass, until: until)]
    log(
      .critical, nil,
      "\(record.remedy.title) failed on \(alike.count) machines alike (\(failure.errorClass)): held for all for 30 minutes",
      at: now)
  }

  /// The error's code where there is one, else the sentence without what differs from machine to machine.
  static func errorClass(_ why: String) -> String {
    let head = why.prefix { $0 != ":" && $0 != "(" }
    return String(head.split { $0.isNumber }.joined(separator: "#").prefix(60))
  }
}
