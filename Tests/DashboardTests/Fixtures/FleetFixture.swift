import FleetModel

/// A believable fleet of twenty with every state a machine can be in, at a fixed instant; no chance is in it.
enum FleetFixture {
  /// 2025-12-03 14:02:31 UTC.
  static let now = Instant(milliseconds: 1_764_770_551_000)

  static func ago(_ duration: Duration) -> Instant { now - duration }

  static func snapshot(
    mode: EngineStatus.Mode = .healing, context: String = "prod-weu", notices: [String] = [], holds: [Hold] = []
  ) -> FleetSnapshot {
    let machines = Self.machines.sorted { $0.machine.qualifiedName < $1.machine.qualifiedName }
    return FleetSnapshot(
      sequence: 1, at: now, machines: machines, recoveries: recoveries, events: events,
      engine: EngineStatus(
        mode: mode, context: context, holds: holds, notices: notices, probing: 2, lateProbes: 0, probesDone: 4812))
  }

  static func id(_ name: String) -> MachineID { MachineID("simulated/\(group(name))/\(name)") }

  static func group(_ name: String) -> String {
    name.contains("db") ? "data" : name.contains("build") ? "build" : "web"
  }

  static let machines: [MachineSnapshot] =
    (1...7).map { healthy("vm-web-0\($0)", cpu: Double(12 + $0 * 7)) }
    + [
      healthy("vm-db-01", cpu: 34), healthy("vm-db-02", cpu: 22), healthy("vm-queue-01", cpu: 9),
      warning, sshDown, healing, diskHeld, needsHuman, soft, stopped, unknown, notWatched, paused,
    ]

  // MARK: Machines

  static func healthy(_ name: String, cpu: Double) -> MachineSnapshot {
    var machine = MachineFixture(name, cpu: cpu)
    machine.status.reason = "all checks passed"
    return machine.snapshot
  }

  static let warning: MachineSnapshot = {
    var machine = MachineFixture("vm-web-08", cpu: 93)
    machine.find(.cpu, .warning, "cpu 93 % ≥ 90 % for 6 min", since: .minutes(6))
    machine.status.diagnosis = .overloaded
    return machine.snapshot
  }()

  static let sshDown: MachineSnapshot = {
    var machine = MachineFixture("vm-build-01", cpu: 41)
    machine.loseGuest("connection refused (port 22)", for: 9)
    machine.find(.ssh, .critical, "connection refused (port 22)", since: .minutes(3))
    machine.status.diagnosis = .sshDown
    machine.open(.sshDown, .waiting(until: now + .seconds(24)), .restartSSH, attempts: 0)
    return machine.snapshot
  }()

  static let healing: MachineSnapshot = {
    var machine = MachineFixture("vm-build-02", cpu: 55)
    machine.loseGuest("no answer from the SSH port", for: 14)
    machine.find(.ssh, .critical, "port open, but no SSH banner", since: .minutes(7))
    machine.status.diagnosis = .sshDown
    machine.open(.sshDown, .acting(since: ago(.seconds(8))), .restartSSH, attempts: 1)
    return machine.snapshot
  }()

  static let diskHeld: MachineSnapshot = {
    var machine = MachineFixture("vm-db-03", cpu: 18, disk: 97)
    machine.find(.disk, .critical, "disk /var/lib/postgresql 97 % ≥ 95 %", since: .minutes(41))
    machine.status.diagnosis = .diskFull
    let hold = Hold(
      by: .attempts, why: "2 clean-ups in 6 h freed 3 points", until: now + .minutes(64))
    machine.open(.diskFull, .held(hold), .cleanDisk, attempts: 2)
    return machine.snapshot
  }()

  static let needsHuman: MachineSnapshot = {
    var machine = MachineFixture("vm-build-03", cpu: 30)
    machine.loseGuest("host key changed", for: 30)
    machine.find(
      .ssh, .critical, "host key changed: known SHA256:hQ3v…, offered SHA256:9dKe…", since: .hours(2))
    machine.status.diagnosis = .unexplained
    machine.open(.unexplained, .needsHuman("the host key changed: accept it or find out why"), nil, attempts: 0)
    return machine.snapshot
  }()

  static let soft: MachineSnapshot = {
    var machine = MachineFixture("vm-queue-02", cpu: 71, memory: 96)
    machine.status.reason = "all checks passed"
    machine.status.checks = machine.status.checks.map { check in
      var check = check
      if check.kind == .memory {
        check.last = .critical
        check.streak = 2
        check.reason = "memory 96 % ≥ 95 %"
      }
      return check
    }
    return machine.snapshot
  }()

  static let stopped: MachineSnapshot = {
    var machine = MachineFixture("vm-web-09", cpu: 0)
    machine.turnOff()
    machine.status.verdict = .off
    machine.status.reason = "deallocated by ops@example.com on Dec 2"
    machine.status.diagnosis = .offOnPurpose
    return machine.snapshot
  }()

  static let unknown: MachineSnapshot = {
    var machine = MachineFixture("vm-edge-01", cpu: 5)
    machine.loseGuest("no route to host from this monitor", for: 3)
    machine.status.verdict = .unknown
    machine.status.reason = "monitor: no route to 10.9.0.4"
    machine.status.diagnosis = .monitorBlind
    return machine.snapshot
  }()

  static let notWatched: MachineSnapshot = {
    var machine = MachineFixture("vm-legacy-with-a-very-long-name-01", cpu: 0)
    machine.turnOff()
    machine.status.readings.power = .value(.running)
    machine.status.verdict = .notWatched
    machine.status.watch = .notWatched
    machine.status.reason = "azlin autopilot enable vm-legacy-with-a-very-long-name-01"
    machine.status.nextProbe = nil
    machine.status.lastProbe = nil
    return machine.snapshot
  }()

  static let paused: MachineSnapshot = {
    var machine = MachineFixture("vm-edge-02", cpu: 44, disk: 83)
    machine.find(.disk, .warning, "disk / 83 % ≥ 80 %", since: .hours(5))
    machine.status.holds = [Hold(by: .paused, why: "paused by an operator at 11:20", until: now + .minutes(90))]
    return machine.snapshot
  }()
}
