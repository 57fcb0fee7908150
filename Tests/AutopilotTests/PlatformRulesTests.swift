import FleetModel
import Testing

@testable import Autopilot

@Suite("A machine that only the platform tells of")
struct PlatformRulesTests {
  private let now = Instant(seconds: 1_700_000_000)

  private func result(
    _ agent: Reading<AgentWord>, host: Reading<HostWord> = .value(.available), cpu: Reading<Double> = .value(7),
    changed: Duration = .hours(9)
  ) -> CheckResult {
    var report = ProbeReport(
      startedAt: now, finishedAt: now, power: .value(.running), echo: .notApplicable("no direct path"),
      tcp: .notApplicable("no direct path"))
    var platform = PlatformReport(askedAt: now, finishedAt: now)
    (platform.agent, platform.host, platform.cpu) = (agent, host, cpu)
    platform.provisioning = .value(ProvisioningWord(state: "succeeded", at: now - changed))
    report.platform = platform
    let memory = MachineMemory(machine: MachineID("vm"), incarnation: "")
    return CheckRules.connectivity(report, baseline: Baseline(memory, path: "platform", now: now))
  }

  private func ready(_ age: Duration) -> Reading<AgentWord> { .value(AgentWord(isReady: true, at: now - age)) }
  private func silent(_ age: Duration) -> Reading<AgentWord> { .value(AgentWord(isReady: false, at: now - age)) }

  @Test("A ready agent is healthy while its word is fresh")
  func healthy() {
    #expect(result(ready(.seconds(40))) == .healthy("platform / agent ready 40 s ago, host available"))
    #expect(
      result(ready(.seconds(130)), host: .notMeasured(.notYet)) == .healthy("platform / agent ready 2 min ago"))
    #expect(result(ready(.minutes(6))).severity == .warning)
  }

  @Test("Its silence alone is a warning, never more")
  func warning() {
    #expect(
      result(ready(.minutes(12)))
        == .bad(.warning, "platform / agent silent for 12 min, processors at 7 %, host available"))
    #expect(result(silent(.hours(3)), cpu: .notMeasured(.notYet)).severity == .warning)
    #expect(result(silent(.hours(3)), host: .value(.unknown), cpu: .value(100)).severity == .warning)
  }

  @Test("Two independent sources, or the platform's own word, are critical")
  func critical() {
    #expect(
      result(silent(.hours(3)), cpu: .value(0.02))
        == .bad(.critical, "platform / agent not ready, and its processors do nothing"))
    #expect(
      result(ready(.seconds(20)), host: .value(.platformFault("host lost")))
        == .bad(.critical, "platform / host unavailable: host lost"))
    #expect(result(.notMeasured(.notYet), host: .value(.evicted)).severity == .critical)
    #expect(result(ready(.seconds(20)), cpu: .value(0)).severity == .healthy)
  }

  @Test("What nobody tells is unknown, and so is a machine that has just been changed")
  func unknown() {
    #expect(
      result(.notMeasured(.monitor("Azure is not reached")))
        == .unknown("platform / monitor: Azure is not reached"))
    #expect(result(.value(AgentWord(isReady: false, at: nil))).severity == nil)
    #expect(result(.value(AgentWord(isReady: true, at: nil))).severity == nil)
    #expect(result(silent(.minutes(3)), cpu: .value(0), changed: .minutes(2)).severity == nil)
  }

  @Test("Between two scripts the figures stand with their age, and count as no new result")
  func standing() {
    var readings = MachineReadings()
    readings.disk = .value(MountUsage(path: "/", type: "ext4", used: 41, available: 59))
    let result = PlatformRules.standing(.disk, readings, measuredAt: now - .minutes(12), at: now)
    #expect(result == .unknown("disk / / 41 %, by Run Command 12 min ago"))
    #expect(PlatformRules.standing(.logs, readings, measuredAt: nil, at: now).severity == nil)
  }

  private func report(
    _ guest: Reading<GuestReport>, at instant: Instant, agent: Reading<AgentWord>? = nil, cpu: Double = 7
  ) -> ProbeReport {
    var report = ProbeReport(
      startedAt: instant, finishedAt: instant, power: .value(.running), echo: .notApplicable("no direct path"),
      tcp: .notApplicable("no direct path"), ssh: .notApplicable("no direct path"), guest: guest, path: "platform")
    report.platform = PlatformReport(
      askedAt: instant, finishedAt: instant, power: .value(.running),
      agent: agent ?? .value(AgentWord(isReady: true, at: instant)), host: .value(.available), cpu: .value(cpu),
      memory: .value(33))
    return report
  }

  private func watched() -> MachineState {
    let machine = VirtualMachine(id: MachineID("vm"), name: "vm", provider: .azure, abilities: .power)
    var state = MachineState(
      machine: machine, memory: MachineMemory(machine: machine.id, incarnation: ""), now: now, spread: .zero)
    var policy = EffectivePolicy()
    policy.policy.monitoring.enabled = true
    policy.policy.monitoring.checks = [.connectivity, .ssh, .disk, .memory, .cpu]
    state.set(policy: policy)
    return state
  }

  private func take(_ report: ProbeReport, _ state: inout MachineState) {
    _ = state.absorb(
      report,
      .init(
        ticket: Ticket(number: 1, machine: state.id), depth: .full, isScheduled: true, startedAt: report.startedAt),
      at: report.finishedAt)
  }

  @Test("Processors and memory are the platform's where the guest is not reached, and the path says so")
  func readings() {
    var state = watched()
    take(report(.notApplicable("no direct path"), at: now), &state)
    #expect(state.readings.cpu == .value(7))
    #expect(state.readings.memory == .value(33))
    #expect(state.readings.disk == .notApplicable("no direct path"))
    #expect(state.readings.path == "platform")
    #expect(state.verdict == .healthy)
    #expect(state.results[.disk]?.participates == false)
    for minute in 1...8 {
      take(report(.notApplicable("no direct path"), at: now + .minutes(minute), cpu: 99), &state)
    }
    #expect(state.track(.cpu).hard == .critical)
  }

  @Test("A script's figures stand until the next one, and prove neither health nor illness meanwhile")
  func scripts() {
    var state = watched()
    take(report(.notMeasured(.notYet), at: now), &state)
    #expect(state.readings.disk.value == nil)
    #expect(state.results[.disk]?.severity == nil)
    let full = GuestReport(
      bootID: "b", uptime: .hours(1), memory: .value(MemoryUsage(total: 100, available: 40)),
      mounts: .value([MountUsage(path: "/", type: "ext4", used: 97, available: 3)]))
    take(report(.value(full), at: now + .minutes(2)), &state)
    #expect(state.results[.disk]?.severity == .critical)
    #expect(state.readings.memory == .value(60))
    for minute in 3...20 {
      take(report(.notMeasured(.notYet), at: now + .minutes(minute)), &state)
    }
    #expect(state.track(.disk).hard == .healthy)
    #expect(state.readings.disk.value?.percent == 97)
    #expect(state.results[.disk]?.reason == "disk / / 97 %, by Run Command 18 min ago")
    #expect(state.readings.memory == .value(33))
    take(report(.notMeasured(.notReported("the script failed")), at: now + .minutes(30)), &state)
    #expect(state.readings.disk.value == nil)
  }

  @Test("Silence that the metrics confirm becomes hard, silence alone stays a warning")
  func silence() {
    var (flat, busy) = (watched(), watched())
    let old = Reading.value(AgentWord(isReady: true, at: now - .hours(1)))
    for minute in 1...4 {
      take(report(.notApplicable("no way"), at: now + .minutes(minute), agent: old, cpu: 0), &flat)
      take(report(.notApplicable("no way"), at: now + .minutes(minute), agent: old, cpu: 12), &busy)
    }
    #expect(flat.track(.connectivity).hard == .critical)
    #expect(busy.track(.connectivity).hard == .warning)
  }

  @Test("reads of an agent from before a boot do not call the machine silent after it")
  func agentAfterBoot() {
    var inquiry = Inquiry()
    let onset = Rig.start
    func read(_ minute: Int, _ word: AgentWord) {
      var report = PlatformReport(askedAt: onset + .minutes(minute), finishedAt: onset + .minutes(minute))
      report.agent = .value(word)
      inquiry.take(platform: report, onset: onset)
    }
    let old = AgentWord(isReady: true, at: onset - .minutes(3))
    read(1, old)
    read(3, old)
    #expect(inquiry.agent == .silent)
    read(5, AgentWord(isReady: false, at: nil))
    #expect(inquiry.agent == .notTold)
    read(6, old)
    #expect(inquiry.agent == .silentOnce)
  }
}
