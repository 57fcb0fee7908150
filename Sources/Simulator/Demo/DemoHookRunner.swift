import Autopilot
import FleetModel

/// Plays operators' scripts in the demo: nothing is started on this machine, and every output says so.
package struct DemoHookRunner: HookRunner {
  private let clock: any EngineClock

  package init(clock: any EngineClock) { self.clock = clock }

  package func run(_ occasion: HookOccasion, _ hooks: [HookRegistration]) async -> [HookRun] {
    let runs = Self.runs(occasion, hooks, at: clock.now())
    let took = runs.reduce(Duration.zero) { $0 + $1.elapsed }
    await clock.sleep(until: clock.now() + took)
    return runs
  }

  package func problem(with hook: HookRegistration) -> String? { nil }

  /// The same in virtual time: the runs, one after the other from `start` on, without waiting for them.
  package static func runs(
    _ occasion: HookOccasion, _ hooks: [HookRegistration], at start: Instant
  ) -> [HookRun] {
    var runs: [HookRun] = []
    var now = start
    for hook in hooks {
      let run = run(occasion, hook, at: now)
      runs.append(run)
      now = now + run.elapsed
      if occasion.event.canVeto, hook.veto, !run.result.succeeded { break }
    }
    return runs
  }

  /// The first line of every simulated output.
  package static let mark = "simulated run: no script was started"

  private static func run(_ occasion: HookOccasion, _ hook: HookRegistration, at start: Instant) -> HookRun {
    let script = hook.path.split(separator: "/").last.map(String.init) ?? hook.path
    let machine = occasion.machine.name
    var draw = Draw(TextHash.of(hook.path + machine), UInt64(bitPattern: start.milliseconds))
    var elapsed = draw.seconds(0.12, 1.8)
    var result = HookResult.exited(0)
    var output = mark + "\n"
    var complaint = ""
    switch script {
    case "page-on-call.sh":
      // Chat services are not always there: one page in ten fails, which holds nothing back.
      if draw.chance(0.1) {
        elapsed = .milliseconds(5040)
        result = .exited(28)
        complaint = "curl: (28) Operation timed out after 5000 milliseconds with 0 bytes received\n"
      } else {
        output +=
          "paged on-call: \(SafeText.line(occasion.reason)) on \(machine)\nincident page-\(draw.next() % 9000 + 1000)\n"
      }
    case "resolve-page.sh": output += "resolved the page for \(machine)\n"
    case "drain-replica.sh": output += "replica \(machine) drained: 0 connections left\n"
    case "check-replication.sh": output += "replication lag of \(machine): \(draw.next() % 900 + 40) ms\n"
    case "check-dependencies.sh": output += "dependencies of \(machine): 3 of 3 reachable\n"
    case "join-balancer.sh": output += "\(machine) is in the balancer's pool again\n"
    case "warm-cache.sh":
      elapsed = draw.seconds(6, 14)
      output += "\(draw.next() % 40_000 + 20_000) keys loaded into \(machine)\n"
    default: output += "\(SafeText.line(script)) for \(machine): \(occasion.event.rawValue)\n"
    }
    if elapsed > hook.timeout {
      elapsed = hook.timeout
      result = .timedOut
    }
    return HookRun(
      machine: occasion.machine.id, machineName: machine, event: occasion.event, path: hook.path, startedAt: start,
      elapsed: elapsed, result: result, output: output, errorOutput: complaint)
  }
}
