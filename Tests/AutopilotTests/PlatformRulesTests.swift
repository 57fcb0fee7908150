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
}
