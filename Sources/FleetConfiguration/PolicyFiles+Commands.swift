import FleetModel

// What the commands enable, disable and hooks write.
extension PolicyFiles {
  /// Has a machine watched from now on; `edits` go into the same write.
  /// - Throws: `ConfigurationError`; nothing is written then.
  package func enable(_ machine: VirtualMachine, _ edits: [PolicyEdit] = []) throws(ConfigurationError) -> PolicyChange
  {
    try write([PolicyEdit(key: "health_monitoring.enabled", value: "true")] + edits, to: machine)
  }

  /// Has a machine no longer watched. Without `keepConfiguration` its own policy is taken away too, but for one line
  /// where the fleet's policy or the inventory would have it watched again.
  /// - Returns: what was done, a sentence.
  /// - Throws: `ConfigurationError`.
  package func disable(_ machine: VirtualMachine, keepConfiguration: Bool) throws(ConfigurationError) -> String {
    let off = PolicyEdit(key: "health_monitoring.enabled", value: "false")
    if keepConfiguration {
      let change = try write([off], to: machine)
      return "not watched; its policy stays in \(change.name)"
    }
    let copy = try forget(machine)
    let kept = copy.map { "; its policy was kept as \($0)" } ?? ""
    guard policy(of: machine).policy.monitoring.enabled else { return "not watched" + kept }
    let change = try write([off], to: machine)
    return "not watched, as \(change.name) says" + kept
  }

  /// Registers a script; nil: for all machines. One that is registered already is replaced where it stands.
  /// - Throws: `ConfigurationError`; nothing is written then.
  package func addHook(
    _ hook: HookRegistration, on event: HookEvent, of machine: VirtualMachine?
  ) throws(ConfigurationError) -> PolicyChange {
    var hooks = registered(event, machine)
    if let index = hooks.firstIndex(where: { $0.path == hook.path }) {
      hooks[index] = hook
    } else {
      hooks.append(hook)
    }
    return try writeHooks(hooks, event, machine)
  }

  /// Takes a registration away; the script stays.
  /// - Throws: `ConfigurationError.name` where no such script is registered.
  package func removeHook(
    _ path: String, on event: HookEvent, of machine: VirtualMachine?
  ) throws(ConfigurationError) -> PolicyChange {
    let hooks = registered(event, machine)
    let wanted = directory.expanded(path)
    let rest = hooks.filter { directory.expanded($0.path) != wanted }
    guard rest.count < hooks.count else {
      let known = hooks.map { SafeText.line($0.path) }.joined(separator: ", ")
      throw .name(
        "\(SafeText.line(path)) is not registered for \(event.rawValue)"
          + (known.isEmpty ? ": no script is" : "; registered: \(known)"))
    }
    return try writeHooks(rest, event, machine)
  }

  private func registered(_ event: HookEvent, _ machine: VirtualMachine?) -> [HookRegistration] {
    let effective = machine.map { policy(of: $0) } ?? fleetPolicy()
    return (effective.policy.hooks[event] ?? []).filter { $0.isGlobal == (machine == nil) }
  }

  private func writeHooks(
    _ hooks: [HookRegistration], _ event: HookEvent, _ machine: VirtualMachine?
  ) throws(ConfigurationError) -> PolicyChange {
    let text = hooks.isEmpty ? nil : PolicyValueKind.hooks.text(.hooks(hooks))
    let edit = PolicyEdit(key: "hooks.\(event.key)", value: text)
    if let machine { return try write([edit], to: machine) }
    return try writeDefaults([edit])
  }
}
