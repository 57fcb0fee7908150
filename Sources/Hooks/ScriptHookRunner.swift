import Autopilot
import FleetModel
import Glibc

/// Runs operators' scripts on the monitor's machine (semantics 8): refused where others could change them, in a clean
/// environment, in a session of their own, within their time-out, with their output kept.
package final class ScriptHookRunner: HookRunner {
  /// Hooks that run at once, over all occasions (semantics 8.1).
  package static let atOnce = 8

  private let surroundings: HookSurroundings
  private let inspection: HookInspection
  private let now: @Sendable () -> Instant
  private let slots: HookSlots

  /// - Parameters:
  ///   - surroundings: usually `HookSurroundings.current(configDirectory:context:)`.
  ///   - now: the wall clock, for the start of a run.
  package convenience init(
    surroundings: HookSurroundings, now: @escaping @Sendable () -> Instant = { SystemClock().now() }
  ) {
    self.init(surroundings: surroundings, inspection: HookInspection(), atOnce: Self.atOnce, now: now)
  }

  init(
    surroundings: HookSurroundings, inspection: HookInspection, atOnce: Int = ScriptHookRunner.atOnce,
    now: @escaping @Sendable () -> Instant = { SystemClock().now() }
  ) {
    self.surroundings = surroundings
    self.inspection = inspection
    self.now = now
    slots = HookSlots(atOnce)
  }

  /// Runs the scripts of one occasion one after the other, those of the VM before the global ones. Scripts may write
  /// to `<config>/logs/`, which is made if it is missing.
  package func run(_ occasion: HookOccasion, _ hooks: [HookRegistration]) async -> [HookRun] {
    makeLogDirectory()
    var runs: [HookRun] = []
    for hook in hooks.filter({ !$0.isGlobal }) + hooks.filter(\.isGlobal) {
      await slots.acquire()
      let run = await run(hook, occasion)
      await slots.release()
      runs.append(run)
      if occasion.event.canVeto, hook.veto, !run.result.succeeded { break }
    }
    return runs
  }

  package func problem(with hook: HookRegistration) -> String? {
    inspection.problem(with: surroundings.expanded(hook.path))
  }

  private func run(_ hook: HookRegistration, _ occasion: HookOccasion) async -> HookRun {
    let (startedAt, clock) = (now(), ContinuousClock())
    let started = clock.now
    func ended(_ result: HookResult, output: String = "", errorOutput: String = "") -> HookRun {
      HookRun(
        machine: occasion.machine.id, machineName: occasion.machine.name, event: occasion.event, path: hook.path,
        startedAt: startedAt, elapsed: started.duration(to: clock.now), result: result, output: output,
        errorOutput: errorOutput)
    }
    if Task.isCancelled { return ended(.refused("azlin is being stopped")) }
    // Looked at as late as possible: permissions may have changed since the hook was registered.
    if let problem = problem(with: hook) { return ended(.refused(problem)) }
    let launch = HookLaunch(
      path: surroundings.expanded(hook.path),
      arguments: [occasion.machine.name, occasion.reason, TimestampText.rfc3339(occasion.at)].map { HookText.safe($0) },
      environment: surroundings.environment(for: occasion),
      directory: access(surroundings.configDirectory, X_OK) == 0 ? surroundings.configDirectory : "/",
      timeout: hook.timeout)
    switch await launch.run() {
    case .ended(let ending): return ended(ending.result, output: ending.output, errorOutput: ending.errorOutput)
    case .notStarted(let why): return ended(.refused("\(SafeText.line(launch.path)) could not be started: \(why)"))
    }
  }

  private func makeLogDirectory() {
    mkdir(surroundings.configDirectory, 0o700)
    mkdir(surroundings.configDirectory + "/logs", 0o700)
  }
}
