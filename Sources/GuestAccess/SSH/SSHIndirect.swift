import FleetModel

extension SSHAccess {
  /// Climbs the rungs of a machine behind a jump host: its port and banner are asked for through that host, its shell
  /// by the system's `ssh`. Behind a ProxyCommand only the whole climb can be made.
  package func examineIndirect(
    _ target: SSHTarget, _ configuration: SSHConfiguration, script: String?,
    until deadline: ContinuousClock.Instant
  ) async -> Examination {
    let start = ContinuousClock.now
    guard let jump = configuration.jumpHosts else {
      let shell = await runBySystem(script ?? ":\n", on: target, configuration, until: deadline)
      return Examination(
        tcp: .notApplicable(configuration.needsSystemSSH ?? "reached through another machine"),
        rungs: Self.rungs(of: shell, banner: nil, since: start), shell: shell)
    }
    async let greeted = system.greet(through: jump, configuration, until: deadline)
    // A shared connection may outlive a stopped server, so both are asked.
    async let answered = script.asyncMap { await runBySystem($0, on: target, configuration, until: deadline) }
    let (greeting, shell) = (await greeted, await answered)
    switch greeting {
    case .monitor(let failure):
      return Examination(
        tcp: .notMeasured(.monitor(failure.explanation)), rungs: .notMeasured(.monitor(failure.explanation)),
        shell: shell)
    case .failed(let failure, let witness):
      let reached: SSHRung? = if case .answered = witness { .port } else { nil }
      return Examination(
        tcp: .value(witness),
        rungs: .value(SSHRungs(reached: reached, failure: failure, elapsed: start.duration(to: .now))), shell: shell)
    case .banner(let banner, let elapsed):
      let tcp = Reading.value(Witness.answered(latency: elapsed))
      guard script != nil else {
        return Examination(
          tcp: tcp, rungs: .value(SSHRungs(reached: .banner, banner: banner, elapsed: elapsed)), shell: nil)
      }
      return Examination(tcp: tcp, rungs: Self.rungs(of: shell, banner: banner, since: start), shell: shell)
    }
  }
}

extension Optional where Wrapped: Sendable {
  fileprivate func asyncMap<Value>(_ transform: (Wrapped) async -> Value) async -> Value? {
    guard let self else { return nil }
    return await transform(self)
  }
}
