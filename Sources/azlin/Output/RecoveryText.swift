import FleetModel

/// The recovery log as text.
enum RecoveryText {
  /// `SSH service restarted`, or what became of it instead.
  static func title(_ record: RecoveryRecord) -> String {
    switch record.outcome {
    case .verified, .held: record.remedy.pastTitle
    case .wouldHave: "Would have: \(record.remedy.title)"
    default: "\(record.remedy.title.prefix(1).uppercased() + record.remedy.title.dropFirst()): \(result(record))"
    }
  }

  /// The outcome in a sentence.
  static func result(_ record: RecoveryRecord) -> String {
    func seconds(_ span: Duration) -> String { DurationText.long(max(span, .seconds(1))) }
    switch record.outcome {
    case .running: return "under way"
    case .verifying: return "done, waiting for an outside probe to confirm"
    case .verified(let after): return "Success (\(confirmed(record)) in \(seconds(after)))"
    case .held(let after): return "Success (\(confirmed(record)) in \(seconds(after)), held 15 minutes)"
    case .relapsed: return "Relapsed (bad again within 15 minutes)"
    case .failed(let why):
      // What a clean-up found is what the person who is called now needs.
      let detail = record.detail.isEmpty || record.detail == why ? "" : "; \(record.detail)"
      return "Failed (\(SafeText.line(why + detail)))"
    case .unknown(let why): return "Unknown (\(SafeText.line(why)))"
    case .recoveredByItself: return "Recovered by itself"
    case .notBegun(let why): return "Not begun (\(SafeText.line(why)))"
    case .vetoed(let why): return "Vetoed (\(SafeText.line(why)))"
    case .wouldHave: return "Not done (observe mode)"
    case .gone: return "Machine gone"
    }
  }

  private static func confirmed(_ record: RecoveryRecord) -> String {
    if !record.detail.isEmpty { return SafeText.line(record.detail) + ", confirmed" }
    switch record.remedy {
    case .restartSSH, .resetSSHConfiguration: return "SSH accessible"
    case .restartNetwork, .resetNetworkInterface, .reapply: return "connectivity restored"
    case .start, .restart, .powerCycle, .redeploy: return "running and reachable"
    case .cleanDisk: return "disk usage reduced"
    case .stop: return "stopped"
    }
  }

  /// The four-line form of the user document.
  static func block(_ record: RecoveryRecord, _ zone: DisplayZone, showsMachine: Bool) -> [String] {
    let machine = showsMachine ? "\(SafeText.line(record.machineName)) - " : ""
    let action = record.action.isEmpty ? record.remedy.title : record.action
    return [
      "\(TimestampText.local(record.startedAt, zone)) - \(machine)\(heading(record))",
      "  Issue: \(SafeText.line(record.issue))",
      "  Action: \(SafeText.line(action))\(record.initiator == .operator ? " (by the operator)" : "")",
      "  Result: \(result(record))",
    ]
  }

  private static func heading(_ record: RecoveryRecord) -> String {
    record.outcome.success == true ? record.remedy.pastTitle : record.remedy.title
  }

  /// Verified recoveries that held 15 minutes, of the remedies with a known outcome (semantics 5.10); nil: 0/0. One
  /// that is still within its 15 minutes is not known yet.
  static func successRate(_ records: [RecoveryRecord]) -> Int? {
    let known = records.compactMap { record -> Bool? in
      switch record.outcome {
      case .held: true
      case .failed, .relapsed: false
      default: nil
      }
    }
    guard !known.isEmpty else { return nil }
    return 100 * known.count { $0 } / known.count
  }
}
