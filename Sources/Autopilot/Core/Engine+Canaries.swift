import FleetModel

/// What the canaries last said.
struct CanaryWatch: Sendable {
  var askedAt = Instant.distantPast
  var isAsking = false
  var report: CanaryReport?
}

extension Engine {
  /// An answer this young is as good as a new one.
  private static let canaryLifetime = Duration.seconds(5)

  func isCanaryFresh(at now: Instant) -> Bool {
    canaryWatch.report.map { now - $0.finishedAt < Self.canaryLifetime && $0.askedAt <= now } ?? false
  }

  mutating func askCanaries(at now: Instant) {
    guard !canaryWatch.isAsking || now - canaryWatch.askedAt > .minutes(1) else { return }
    canaryWatch.isAsking = true
    canaryWatch.askedAt = now
    emit(.askCanaries)
  }

  mutating func take(canaries report: CanaryReport, at now: Instant) {
    canaryWatch.isAsking = false
    canaryWatch.report = report
    let answered = report.answered.filter(\.value).map(\.key)
    let seen = Set(fleet.canariesSeen ?? []).union(answered)
    if seen.count != fleet.canariesSeen?.count ?? 0 { fleet.canariesSeen = seen.sorted() }
    if let first = answered.sorted().first {
      for path in (fleet.blindPaths ?? [:]).keys.sorted() { seesAgain(path, "\(first) answers", at: now) }
    }
    for asker in askers.sorted(by: { $0.rawValue < $1.rawValue }) {
      guard let i = index[asker],
        case .askingNeighbours(let pending, let since, false, let purpose) =
          slots[i].climb.phase
      else { continue }
      slots[i].climb.phase = .askingNeighbours(pending, since: since, canaries: true, purpose)
      advance(i, at: now)
      touched(i)
    }
  }

  /// How many canaries answer, of those that ever did: one that never answered is ignored (semantics 4).
  func canariesNow(since: Instant) -> (known: Int, answering: Int, isNamedAnswering: Bool) {
    guard let report = canaryWatch.report, report.finishedAt >= since - Self.canaryLifetime else {
      return (0, 0, false)
    }
    let known = Set(fleet.canariesSeen ?? [])
    let answering = report.answered.filter { $0.value && known.contains($0.key) }.map(\.key)
    return (
      report.answered.keys.count { known.contains($0) }, answering.count,
      answering.contains { report.named.contains($0) }
    )
  }

  // MARK: Blindness

  /// On this machine's path nobody answers at all, and no canary does.
  mutating func goBlind(_ path: String, at now: Instant) {
    guard fleet.blindPaths?[path] == nil else { return }
    fleet.blindPaths = (fleet.blindPaths ?? [:]).merging([path: now]) { old, _ in old }
    let way = path.isEmpty ? "" : " through \(path)"
    log(
      .critical, nil,
      "monitor blind: neither a watched machine nor a canary answers\(way); nothing is remedied until one does", at: now
    )
  }

  /// The monitor's own path is there again: like after a gap, everything is looked at afresh before power is touched.
  mutating func seesAgain(_ path: String, _ why: String, at now: Instant) {
    guard fleet.blindPaths?[path] != nil else { return }
    fleet.blindPaths?[path] = nil
    log(.healthy, nil, "the monitor sees again: \(why); checking everything afresh", at: now)
    freshSince = now
    recount()
    for i in slots.indices where slots[i].isWatched && slots[i].path == path {
      bringForward(i, at: now)
      touched(i)
    }
  }
}
