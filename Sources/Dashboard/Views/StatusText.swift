import FleetModel

/// What the screen says of one machine, in words.
extension ViewContext {
  /// The worst finding that is seen, but not confirmed yet.
  func softFinding(_ status: MachineStatus) -> CheckStatus? {
    let soft = status.checks.filter(\.isSoft)
    return soft.max { ($0.last ?? .healthy, $0.streak) < ($1.last ?? .healthy, $1.streak) }
  }

  /// Sign, word and role of a machine's state for the table.
  func state(_ status: MachineStatus) -> (glyph: String, word: String, role: ThemeRole) {
    if status.isHealing { return (glyphs.healing, "healing", .vmHealing) }
    if let soft = softFinding(status), let last = soft.last, last.verdictRank < status.verdict.rank {
      let word = last == .critical ? "crit" : "warn"
      return (glyphs.soft, "\(word) \(soft.streak)/\(soft.confirm)", ThemeRole(last))
    }
    return (glyphs.verdict(status.verdict), Self.word(status.verdict), ThemeRole(status.verdict))
  }

  static func word(_ verdict: Verdict) -> String { verdict == .notWatched ? "unwatched" : verdict.rawValue }

  /// The WHY column: the fault, or what is being done about it.
  func why(_ status: MachineStatus) -> String {
    switch status.incident?.phase {
    case .acting, .verifying, .preparing:
      let remedy = status.incident?.remedy?.title ?? "looking"
      return "\(remedy): \(status.reason)"
    case .needsHuman(let why): return "needs a human: \(why)"
    case .held(let hold): return "\(status.reason) \(glyphs.separator) held: \(hold.by.rawValue)"
    case .waiting, .watching, .settling, nil: break
    }
    if let soft = softFinding(status), soft.last.map({ $0.verdictRank < status.verdict.rank }) == true {
      return soft.reason
    }
    return status.reason
  }

  /// The NEXT column: what happens next, and when.
  func next(_ status: MachineStatus) -> (text: String, role: ThemeRole) {
    switch status.incident?.phase {
    case .acting: return ("heal", .vmHealing)
    case .preparing: return ("look", .vmHealing)
    case .verifying: return ("verify", .vmHealing)
    case .waiting(let until):
      let left = until - tick
      return (left <= .zero ? "fix now" : "fix \(coarse(left))", .vmHealing)
    case .needsHuman: return ("human", .severityCritical)
    case .held: return ("held", .severityWarning)
    case .watching, .settling, nil: break
    }
    if status.hold(.paused) != nil { return ("paused", .severityWarning) }
    if status.hold(.acknowledged) != nil { return ("acked", .textDim) }
    guard let next = status.nextProbe else { return (glyphs.none, .textDim) }
    let left = next - tick
    return (left <= .zero ? "now" : coarse(left), .textDim)
  }

  /// One phrase on how an incident's climb stands.
  func phase(_ incident: IncidentSnapshot) -> (text: String, role: ThemeRole) {
    let remedy = incident.remedy?.title ?? "remedy"
    let attempt = "attempt \(incident.attempts) of \(incident.maxAttempts)"
    switch incident.phase {
    case .watching: return ("nothing automatic applies: alert only", .text)
    case .waiting(let until):
      let next = "attempt \(incident.attempts + 1) of \(incident.maxAttempts)"
      return ("\(remedy) \(countdown(until)), \(next)", .vmHealing)
    case .preparing(let what): return ("\(remedy): \(what)", .vmHealing)
    case .acting(let since): return ("\(remedy) since \(time(since)), \(attempt)", .vmHealing)
    case .verifying(let until): return ("\(remedy) done, verifying \(self.until(until))", .vmHealing)
    case .settling(let until):
      return ("well again, closes at \(time(until).prefix(5)) if it stays so", .severityHealthy)
    case .held(let hold):
      return ("\(remedy) held by \(hold.by.rawValue) \(until(hold.until)): \(hold.why)", .severityWarning)
    case .needsHuman(let why): return ("needs a human: \(why)", .severityCritical)
    }
  }

  /// Sign, words and role of a remedy's outcome.
  func outcome(_ outcome: RecoveryOutcome) -> (glyph: String, text: String, role: ThemeRole) {
    switch outcome {
    case .running: (glyphs.healing, "running", .outcomePending)
    case .verifying: (glyphs.healing, "verifying", .outcomePending)
    case .verified(let after): (glyphs.success, "verified after \(DurationText.text(after))", .outcomeSuccess)
    case .held(let after): (glyphs.success, "verified after \(DurationText.text(after)), held", .outcomeSuccess)
    case .relapsed: (glyphs.failure, "relapsed within 15 min", .outcomeFailure)
    case .failed(let why): (glyphs.failure, "failed: \(why)", .outcomeFailure)
    case .unknown(let why): ("?", "unknown: \(why)", .severityUnknown)
    case .recoveredByItself: (glyphs.none, "recovered by itself", .textDim)
    case .notBegun(let why): (glyphs.none, "not begun: \(why)", .severityWarning)
    case .vetoed(let why): (glyphs.none, "vetoed: \(why)", .severityWarning)
    case .wouldHave: (glyphs.none, "would have", .textDim)
    case .gone: (glyphs.none, "VM is gone", .textDim)
    }
  }
}

extension Severity {
  /// On the scale of `Verdict.rank`.
  var verdictRank: Int {
    switch self {
    case .critical: Verdict.critical.rank
    case .warning: Verdict.warning.rank
    case .healthy: Verdict.healthy.rank
    }
  }
}

extension ThemeRole {
  init(_ verdict: Verdict) {
    self =
      switch verdict {
      case .healthy: .severityHealthy
      case .warning: .severityWarning
      case .critical: .severityCritical
      case .unknown: .severityUnknown
      case .off: .vmOff
      case .notWatched: .vmUnwatched
      }
  }

  init(_ severity: Severity) {
    self =
      switch severity {
      case .healthy: .severityHealthy
      case .warning: .severityWarning
      case .critical: .severityCritical
      }
  }
}
