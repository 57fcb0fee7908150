import Autopilot
import FleetModel
import Journal

/// One full check of some machines by this process, where no engine lives: the same probes and the same rules as the
/// engine's, but what was found counts at once, for there is nothing to confirm it by.
enum OneShotCheck {
  /// - Parameter known: what is known so far; machines that are not watched keep it, for their guests are never asked
  ///   (semantics 1.3).
  static func statuses(
    of known: [MachineStatus], at site: Site, checks only: Set<CheckKind>? = nil
  ) async throws -> [MachineStatus] {
    let machines = known.map(\.machine)
    let clock = SystemClock()
    let providers = try await site.providers(includesLocal: machines.contains { $0.provider == .local })
    let memory = try await restored(site)
    let policies = await SitePolicies(files: site.policies).policies(for: machines)
    let statuses = await withTaskGroup(of: MachineStatus?.self) { group in
      for machine in machines {
        guard let provider = providers.first(where: { $0.kind == machine.provider }) else { continue }
        var policy = policies[machine.id] ?? EffectivePolicy()
        guard policy.policy.monitoring.enabled else { continue }
        policy.policy.monitoring.confirm = 1
        if let only { policy.policy.monitoring.checks = only }
        group.addTask { await check(machine, provider, policy, memory, clock) }
      }
      var found: [MachineID: MachineStatus] = [:]
      for await status in group { if let status { found[status.machine.id] = status } }
      return known.map { found[$0.machine.id] ?? $0 }
    }
    await site.close()
    return statuses
  }

  private static func restored(_ site: Site) async throws -> RestoredState {
    guard try site.reader() != nil else { return RestoredState() }
    return try await JournalStore(path: site.directory.journal, healing: false).restore()
  }

  private static func check(
    _ machine: VirtualMachine, _ provider: Provider, _ policy: EffectivePolicy, _ memory: RestoredState,
    _ clock: SystemClock
  ) async -> MachineStatus? {
    var engine = Engine(settings: EngineSettings(mode: .observing, context: "", seed: 1))
    _ = engine.step(.started(memory), at: clock.now())
    _ = engine.step(.policies([machine.id: policy]), at: clock.now())
    var effects = engine.step(.inventory([machine], of: machine.provider), at: clock.now())
    effects += engine.step(.command(CommandID(number: 1), .checkNow([machine.id])), at: clock.now())
    for case .probe(let ticket, let machine, let request) in effects {
      let report = await provider.probe.probe(machine, request)
      _ = engine.step(.probed(ticket, report), at: clock.now())
      break
    }
    guard var status = engine.snapshot(sequence: 0, at: clock.now()).machine(machine.id)?.status else { return nil }
    status.nextProbe = nil
    status.incident = nil
    let worst = status.checks.map { max($0.hard, $0.last ?? .healthy) }.max() ?? .healthy
    if worst > .healthy, status.verdict == .healthy || status.verdict == .warning {
      status.verdict = worst == .critical ? .critical : .warning
    }
    return status
  }
}
