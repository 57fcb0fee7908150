import FleetModel
import Hooks

/// What keeps the policies of machines from being followed to the letter: faults in their files, hooks that are
/// refused. A command that shows machines says it beside its results.
enum PolicyProblems {
  /// Says each problem once, however many machines it concerns.
  static func print(of machines: [VirtualMachine], at site: Site) async {
    var said: Set<String> = []
    let policies = await site.policies.policies(for: machines)
    for machine in machines {
      guard let effective = policies[machine.id] else { continue }
      for problem in all(effective, at: site) where said.insert(problem).inserted { Console.error(problem) }
    }
  }

  /// The faults of the files, then a line for each registered hook that would be refused now.
  static func all(_ effective: EffectivePolicy, at site: Site) -> [String] {
    let runner = site.hookRunner
    var lines = effective.problems
    for event in HookEvent.allCases {
      for hook in effective.policy.hooks[event] ?? [] {
        if let why = runner.problem(with: hook) { lines.append("hooks.\(event.key): refused: \(why)") }
      }
    }
    return lines
  }
}
