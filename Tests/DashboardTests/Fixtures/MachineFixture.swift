import FleetModel

/// Builds one machine of the fixture fleet: healthy at first, then made worse.
struct MachineFixture {
  var status: MachineStatus
  var history = MetricHistory()
  var policy = EffectivePolicy()
  var hooks: [HookStatus] = []

  init(_ name: String, cpu: Double, memory: Double = 62, disk: Double = 45) {
    let now = FleetFixture.now
    var machine = VirtualMachine(
      id: FleetFixture.id(name), name: name, group: FleetFixture.group(name), region: "westeurope",
      size: "Standard_D4s_v5", provider: .simulated,
      address: GuestAddress(host: "10.0.0.\(4 + name.utf8.count)", port: 22, user: "azureuser"),
      subnet: "10.0.0.0/24", tags: ["env": name.contains("edge") ? "staging" : "prod", "owner": "platform"],
      abilities: [.power, .start, .stop, .restart, .run])
    machine.incarnation = "1"
    status = MachineStatus(machine: machine, watch: .healing, verdict: .healthy)
    status.lastProbe = now - .seconds(65 + name.utf8.count)
    status.nextProbe = now + .seconds(54 + 13 * Int64(name.utf8.last ?? 0) % 60)
    status.checks = MonitoringLevel.advanced.checks.sorted { Self.order($0) < Self.order($1) }
      .map { CheckStatus(kind: $0, last: .healthy, reason: "\($0.label) ok", measuredAt: now - .seconds(65)) }
    status.readings.power = .value(.running)
    status.readings.latency = .value(.milliseconds(8 + Int64(cpu) % 9))
    status.readings.cpu = .value(cpu)
    status.readings.memory = .value(memory)
    status.readings.memoryUsage = MemoryUsage(
      total: 16 << 30, available: UInt64(Double(16 << 30) * (1 - memory / 100)))
    status.readings.ioWait = .value(cpu / 12)
    status.readings.uptime = .value(.days(5) + .hours(3))
    status.readings.distribution = "Debian GNU/Linux 12 (bookworm)"
    status.readings.load = cpu / 25
    status.readings.processors = 4
    status.readings.path = "10.0.0.\(4 + name.utf8.count)"
    status.readings.mounts = [
      Self.mount("/", disk), Self.mount("/var/lib/postgresql", max(10, disk - 12)), Self.mount("/boot/efi", 6),
    ]
    status.readings.disk = .value(Self.mount("/", disk))
    policy.policy.monitoring.level = .advanced
    policy.policy.monitoring.interval = .minutes(2)
    policy.origins = ["health_monitoring.level": .machine, "thresholds.disk_warning": .fleet]
    policy.origins["health_monitoring.interval"] = .level
    fillHistory(cpu: cpu, memory: memory, disk: disk)
    hooks = Self.hooks(name)
  }

  var snapshot: MachineSnapshot {
    MachineSnapshot(status: status, history: history, policy: policy, hooks: hooks, isProbing: false)
  }

  /// A confirmed finding.
  mutating func find(_ kind: CheckKind, _ severity: Severity, _ reason: String, since: Duration) {
    status.checks = status.checks.map { check in
      var check = check
      if check.kind == kind {
        check.hard = severity
        check.last = severity
        check.streak = 3
        check.reason = reason
        check.since = FleetFixture.ago(since)
      }
      return check
    }
    status.verdict = severity == .critical ? .critical : .warning
    status.reason = reason
  }

  /// An open incident.
  mutating func open(_ diagnosis: Diagnosis, _ phase: IncidentPhase, _ remedy: Remedy?, attempts: Int) {
    status.incident = IncidentSnapshot(
      id: "i-\(status.machine.name)", openedAt: FleetFixture.ago(.minutes(3)), diagnosis: diagnosis, phase: phase,
      attempts: attempts, maxAttempts: 3, remedy: remedy)
  }

  /// The last probes came to no shell: their figures are missing.
  mutating func loseGuest(_ why: String, for probes: Int) {
    let reason = Unmeasured.lowerRungFailed(why)
    status.readings.cpu = .notMeasured(reason)
    status.readings.memory = .notMeasured(reason)
    status.readings.memoryUsage = nil
    status.readings.disk = .notMeasured(reason)
    status.readings.ioWait = .notMeasured(reason)
    status.readings.mounts = []
    status.readings.load = nil
    status.readings.uptime = .notMeasured(reason)
    var shorter = MetricHistory()
    for (index, sample) in history.samples.enumerated() {
      let isLost = index >= history.samples.count - probes
      shorter.append(isLost ? MetricSample(at: sample.at, latency: sample.latency) : sample)
    }
    for mark in history.marks { shorter.append(mark) }
    shorter.append(HistoryMark(at: FleetFixture.ago(.minutes(2 * probes)), kind: .failure, text: why))
    history = shorter
    status.checks = status.checks.map { check in
      var check = check
      if !check.kind.isAvailability { check.last = nil }
      return check
    }
  }

  /// Nothing of the guest runs.
  mutating func turnOff() {
    loseGuest("it is off", for: history.samples.count)
    history = MetricHistory()
    status.readings.power = .value(.deallocated)
    status.readings.latency = .notMeasured(.lowerRungFailed("it is off"))
    status.checks = []
  }

  private mutating func fillHistory(cpu: Double, memory: Double, disk: Double) {
    // A daily curve in small, with a fixed stir: the same picture each time.
    for index in 0..<120 {
      let at = FleetFixture.ago(.seconds(120 * (120 - index) - 55))
      let wave = Self.wave(index, period: 40)
      let stir = Double((index * 7919 + Int(cpu) * 31) % 17) - 8
      let busy = min(max(cpu * (0.72 + 0.28 * wave) + stir * 0.6 * min(1, cpu / 30), 1), 99)
      history.append(
        MetricSample(
          at: at, cpu: index == 119 ? cpu : busy, memory: memory - Double((119 - index) % 30) / 6,
          disk: disk - Double(119 - index) / 24, ioWait: max(0, busy / 12 + stir / 10),
          latency: 9 + abs(stir) / 2 + (index % 53 == 0 ? 14 : 0)))
    }
    history.append(HistoryMark(at: FleetFixture.ago(.minutes(150)), kind: .remedy, text: "restart sshd"))
    history.append(HistoryMark(at: FleetFixture.ago(.minutes(146)), kind: .recovery, text: "verified"))
  }

  /// −1 … 1 in straight lines: no library of sines, whose last digits differ, decides about a picture.
  private static func wave(_ index: Int, period: Int) -> Double {
    let place = Double(index % period) / Double(period)
    return place < 0.5 ? place * 4 - 1 : 3 - place * 4
  }

  private static func order(_ kind: CheckKind) -> Int { CheckKind.allCases.firstIndex(of: kind) ?? 0 }

  private static func mount(_ path: String, _ percent: Double) -> MountUsage {
    let total = 64 * 1024 * 1024 * 1024.0
    return MountUsage(
      path: path, type: "ext4", used: UInt64(total * percent / 100), available: UInt64(total * (1 - percent / 100)),
      inodePercent: path == "/" ? 11 : nil)
  }

  private static func hooks(_ name: String) -> [HookStatus] {
    guard !name.contains("queue") else { return [] }
    let folder = "~/.azlin/hooks/\(name)"
    func run(_ event: HookEvent, _ path: String, _ result: HookResult, _ output: String, _ errors: String) -> HookRun {
      HookRun(
        machine: FleetFixture.id(name), machineName: name, event: event, path: path,
        startedAt: FleetFixture.ago(.minutes(17)), elapsed: .milliseconds(420), result: result, output: output,
        errorOutput: errors)
    }
    let alert = HookRegistration(path: "\(folder)/alert.sh")
    let check = HookRegistration(path: "\(folder)/pre-start.sh")
    let global = HookRegistration(path: "~/.azlin/hooks/global/on-recovery.sh", isGlobal: true)
    return [
      HookStatus(
        event: .preStart, registration: check,
        lastRun: run(.preStart, check.path, .exited(1), "checking mounts\n", "ERROR: shared storage not mounted\n")),
      HookStatus(
        event: .onFailure, registration: alert,
        lastRun: run(.onFailure, alert.path, .exited(0), "posted to #ops\n", "")),
      HookStatus(event: .onRecovery, registration: global),
      HookStatus(
        event: .postStop, registration: HookRegistration(path: "\(folder)/post-stop.sh"),
        problem: "writable by others; chmod o-w it"),
    ]
  }
}
