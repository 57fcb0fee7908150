import Autopilot
import FleetModel

/// Probes guests over the network: ping, TCP handshake, SSH rungs and the probe script, with the power reading beside
/// them, all at once.
package struct NetworkGuestProbe: GuestProbe {
  private let network: GuestNetwork
  private let power: any PowerReader
  private let now: @Sendable () -> Instant

  /// - Parameters:
  ///   - power: asked in parallel; its silence never holds a probe up.
  ///   - now: the wall clock of the report's times.
  package init(
    network: GuestNetwork, power: any PowerReader, now: @escaping @Sendable () -> Instant
  ) {
    self.network = network
    self.power = power
    self.now = now
  }

  package func notices() async -> [String] { await network.notices() }

  package func probe(_ machine: VirtualMachine, _ request: ProbeRequest) async -> ProbeReport {
    let startedAt = now()
    let plan = ProbePlan(machine, request, from: .now)
    async let power = readPower(machine, plan)
    // On the network thread: a busy pool must not make a guest look slow.
    let findings = await withTaskExecutorPreference(network.loops.network) { await examine(plan) }
    return ProbeReport(
      startedAt: startedAt, finishedAt: now(), power: await power, echo: findings.echo, tcp: findings.tcp,
      ssh: findings.ssh, guest: findings.guest, path: findings.path)
  }

  private func readPower(_ machine: VirtualMachine, _ plan: ProbePlan) async -> Reading<PowerState> {
    guard plan.wantsPower else { return .notMeasured(.switchedOff) }
    let reader = power
    let reading = await within(plan.end, on: network.loops.network) { await reader.power(of: machine) }
    return reading ?? .notMeasured(.monitor("the control plane did not tell the power state in time"))
  }

  private func examine(_ plan: ProbePlan) async -> ProbeFindings {
    var findings = ProbeFindings(plan)
    guard let target = plan.target else {
      findings.stop(at: .noPath, plan)
      return findings
    }
    guard plan.wantsNetwork else { return findings }
    findings.path = target.title
    let configuration: SSHConfiguration
    switch await network.ssh.configuration(of: target, until: plan.preparationEnd) {
    case .success(let answer): configuration = answer
    case .failure(let failure):
      findings.stop(at: .monitor(failure), plan)
      return findings
    }
    if configuration.isIndirect {
      await examineIndirect(target, configuration, plan, &findings)
      return findings
    }
    let route: GuestRoute
    switch await network.ssh.route(of: configuration, until: plan.preparationEnd) {
    case .success(let answer): route = answer
    case .failure(let failure):
      findings.stop(at: .monitor(failure), plan)
      return findings
    }
    findings.path = route.path
    let deadlines: (dialing: ContinuousClock.Instant, ssh: ContinuousClock.Instant)
    do {
      deadlines = try plan.deadlines(from: .now)
    } catch {
      findings.stop(at: .monitor(error), plan)
      return findings
    }
    async let echo = ping(route, plan, until: deadlines.dialing)
    let examination = await network.ssh.examine(
      target, configuration, by: route, to: plan.goal, dialing: deadlines.dialing, until: deadlines.ssh)
    findings.take(examination, plan)
    findings.echo = await echo
    return findings
  }

  /// Pings the addresses in their order until one gives a reading; an address family without a route is skipped.
  private func ping(
    _ route: GuestRoute, _ plan: ProbePlan, until deadline: ContinuousClock.Instant
  ) async -> Reading<Witness> {
    guard plan.wantsWitnesses else { return .notMeasured(.switchedOff) }
    if let why = route.hidesEcho { return .notApplicable(why) }
    var reading = Reading<Witness>.notMeasured(.monitor("no address to ping"))
    for address in route.addresses {
      reading = await network.pinger.ping(address, until: deadline)
      if case .value = reading { break }
    }
    return reading
  }

  /// A machine behind another: what can be learned of it comes through that one.
  private func examineIndirect(
    _ target: SSHTarget, _ configuration: SSHConfiguration, _ plan: ProbePlan, _ findings: inout ProbeFindings
  ) async {
    let why = configuration.needsSystemSSH ?? "reached through another machine"
    findings.path = configuration.jumpHosts.map { "\(configuration.place) via jump \($0)" } ?? "\(target.title), \(why)"
    if plan.wantsWitnesses { findings.echo = .notApplicable(why) }
    findings.take(
      await network.ssh.examineIndirect(target, configuration, script: plan.goal.script, until: plan.end), plan)
  }
}
