import FleetModel

/// The read-only scripts that azlin has Azure run in guests: one at a time on a machine, and none of them is somebody
/// else's change, though Azure's provisioning state moves with each (semantics 6.6).
actor ScriptDesk {
  private struct Run {
    var began: Instant
    /// nil: it still runs.
    var ended: Instant?
    /// Since when the provisioning state was what it was before.
    var before: Instant?
  }
  private var runs: [MachineID: Run] = [:]
  /// How far Azure's clock and ours may seem apart; an end is noticed after it has been.
  private static let tolerance = PlatformClock.tolerance

  /// Takes the machine's place for a script.
  /// - Parameter before: since when its provisioning state is what it is.
  /// - Returns: false where another of azlin's scripts is under way there.
  func enter(_ machine: MachineID, before: Instant?, at now: Instant) -> Bool {
    if let run = runs[machine], run.ended == nil { return false }
    let word = runs[machine].flatMap { Self.covers($0, before) ? $0.before : nil } ?? before
    runs[machine] = Run(began: now, ended: nil, before: word)
    return true
  }

  func leave(_ machine: MachineID, at now: Instant) { runs[machine]?.ended = now }

  /// The provisioning word of a view without azlin's own scripts in it.
  func provisioning(of view: MachineView, _ machine: MachineID) -> ProvisioningWord {
    guard let run = runs[machine], Self.covers(run, view.provisionedAt) else {
      return ProvisioningWord(state: view.provisioning, at: view.provisionedAt)
    }
    return ProvisioningWord(state: view.provisioning, at: run.before)
  }

  private static func covers(_ run: Run, _ instant: Instant?) -> Bool {
    guard let instant else { return false }
    return instant >= run.began - tolerance && run.ended.map { instant <= $0 + tolerance } ?? true
  }
}
