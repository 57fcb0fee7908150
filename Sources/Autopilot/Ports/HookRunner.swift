import FleetModel

/// Runs operators' scripts (semantics 8).
package protocol HookRunner: Sendable {
  /// Runs the scripts of one occasion in their order and waits for all of them. A pre-* occasion stops at the first
  /// hook that fails with `veto`.
  func run(_ occasion: HookOccasion, _ hooks: [HookRegistration]) async -> [HookRun]

  /// Why a hook would be refused now (semantics 8.3); nil: it can run.
  func problem(with hook: HookRegistration) -> String?
}
