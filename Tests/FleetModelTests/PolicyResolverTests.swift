import FleetModel
import Testing

@Suite("Layers of policy")
struct PolicyResolverTests {
  /// A document from texts as typed.
  private func document(_ file: String, _ values: [String: String]) throws -> PolicyDocument {
    var document = PolicyDocument(file: file)
    for (line, path) in values.keys.sorted().enumerated() {
      let key = try #require(PolicyKey.named(path))
      document.entries[path] = .init(
        value: try key.parse(values[path] ?? ""), place: PolicyPlace(file: file, line: line + 1, column: 3))
    }
    return document
  }

  private func fleet(_ values: [String: String]) throws -> PolicyDocument { try document("defaults.yaml", values) }
  private func machine(_ values: [String: String]) throws -> PolicyDocument { try document("web-1.yaml", values) }

  @Test("Without files everything is the built-in default")
  func builtIn() {
    let effective = PolicyResolver.resolve(fleet: nil, machine: nil)
    #expect(effective == EffectivePolicy())
    #expect(effective.origin(of: "thresholds.disk_warning") == .builtIn)
  }

  @Test("The VM's file wins over the fleet's, the fleet's over the level, key by key")
  func layers() throws {
    let effective = PolicyResolver.resolve(
      fleet: try fleet([
        "thresholds.disk_warning": "70", "health_monitoring.interval": "7m", "self_healing.mode": "observe",
      ]),
      machine: try machine(["thresholds.disk_warning": "60", "health_monitoring.level": "advanced"]))
    #expect(effective.problems.isEmpty)
    #expect(effective.policy.thresholds.disk == .init(warning: 60, critical: 95))
    #expect(effective.origin(of: "thresholds.disk_warning") == .machine)
    // An explicit value of the fleet's outlives a level set in the VM's file.
    #expect(effective.policy.monitoring.interval == .minutes(7))
    #expect(effective.origin(of: "health_monitoring.interval") == .fleet)
    #expect(effective.policy.monitoring.checks == MonitoringLevel.advanced.checks)
    #expect(effective.origin(of: "health_monitoring.checks.memory") == .level)
    #expect(effective.policy.healing.mode == .observe)
  }

  @Test("Inside one file an explicit key wins over the level")
  func levelInsideOneFile() throws {
    let policy = PolicyResolver.resolve(
      fleet: nil, machine: try machine(["health_monitoring.level": "basic", "health_monitoring.checks.disk": "true"])
    ).policy
    #expect(policy.monitoring.checks == [.power, .connectivity, .disk])
    #expect(policy.monitoring.interval == .minutes(10))
  }

  @Test("The CPU check takes I/O wait with it, the power check cannot be switched off")
  func checks() throws {
    let off = ["connectivity", "ssh", "disk", "memory", "cpu", "logs"]
    let policy = PolicyResolver.resolve(
      fleet: nil,
      machine: try machine(Dictionary(uniqueKeysWithValues: off.map { ("health_monitoring.checks.\($0)", "false") }))
    ).policy
    #expect(policy.monitoring.checks == [.power])
    let cpu = PolicyResolver.resolve(fleet: nil, machine: try machine(["health_monitoring.checks.cpu": "true"])).policy
    #expect(cpu.monitoring.checks.isSuperset(of: [.cpu, .iowait]))
  }

  @Test("Time-outs nobody set are at most half the interval")
  func timeouts() throws {
    let policy = PolicyResolver.resolve(fleet: nil, machine: try machine(["health_monitoring.interval": "12s"])).policy
    #expect(policy.monitoring.connectivityTimeout == .seconds(5))
    #expect(policy.monitoring.sshTimeout == .seconds(6))
    let set = PolicyResolver.resolve(
      fleet: nil,
      machine: try machine(["health_monitoring.interval": "12s", "health_monitoring.timeouts.ssh": "11s"]))
    #expect(set.policy.monitoring.sshTimeout == .seconds(11))
    #expect(set.problems.isEmpty)
  }

  @Test("Hooks of the VM come before the fleet's, which are marked as such")
  func hooks() throws {
    let policy = PolicyResolver.resolve(
      fleet: try fleet(["hooks.pre_start": "/global.sh"]),
      machine: try machine(["hooks.pre_start": "/one.sh, /two.sh;veto=false"])
    ).policy
    #expect(policy.hooks[.preStart]?.map(\.path) == ["/one.sh", "/two.sh", "/global.sh"])
    #expect(policy.hooks[.preStart]?.map(\.isGlobal) == [false, false, true])
    #expect(policy.hooks[.preStart]?.map(\.veto) == [true, false, true])
  }

  @Test("What only defaults.yaml may say is not taken from a VM's file")
  func fleetOnly() throws {
    let values = ["watch": "tag.env=prod", "retention": "7d"]
    #expect(PolicyResolver.resolve(fleet: try fleet(values), machine: nil).policy.fleet.watch == "tag.env=prod")
    #expect(PolicyResolver.resolve(fleet: nil, machine: try machine(values)).policy.fleet == FleetSettings())
  }

  @Test("A machine from an inventory is watched at once and only observed, until a file says more")
  func inventory() throws {
    let bare = PolicyResolver.resolve(
      fleet: try fleet(["self_healing.mode": "heal"]), machine: nil, watchedAtOnce: true)
    #expect(bare.policy.monitoring.enabled && bare.policy.healing.mode == .observe)
    let enabled = PolicyResolver.resolve(
      fleet: nil, machine: try machine(["health_monitoring.enabled": "true"]), watchedAtOnce: true)
    #expect(enabled.policy.monitoring.enabled && enabled.policy.healing.mode == .heal)
    let disabled = PolicyResolver.resolve(
      fleet: nil, machine: try machine(["health_monitoring.enabled": "false"]), watchedAtOnce: true)
    #expect(!disabled.policy.monitoring.enabled)
  }

  @Test(
    "What keys say against each other is an error with the place of the stronger one",
    arguments: [
      (
        ["thresholds.disk_warning": "96"], [:],
        "web-1.yaml:1:3: thresholds.disk_warning 96 (VM's file) must be below thresholds.disk_critical 95 (built-in default): lower the one or raise the other"
      ),
      (
        ["thresholds.cpu_critical": "80"], ["thresholds.cpu_warning": "80"],
        "web-1.yaml:1:3: thresholds.cpu_warning 80 (defaults.yaml) must be below thresholds.cpu_critical 80 (VM's file): lower the one or raise the other"
      ),
      (
        ["health_monitoring.interval": "20s"], ["health_monitoring.timeouts.ssh": "20s"],
        "web-1.yaml:1:3: health_monitoring.timeouts.ssh 20s (defaults.yaml) must be below health_monitoring.interval 20s (VM's file): shorten the time-out or lengthen the interval"
      ),
      (
        ["maintenance.window_start": "02:00", "maintenance.window_end": "02:00"], [:],
        "web-1.yaml:2:3: maintenance.window_start 02:00 (VM's file) and maintenance.window_end 02:00 (VM's file) are the same: the window is empty"
      ),
      (
        ["maintenance.window_start": "02:00"], [:],
        "web-1.yaml:1:3: maintenance.window_start needs maintenance.window_end too"
      ),
      (
        [:], ["maintenance.window_end": "02:00"],
        "defaults.yaml:1:3: maintenance.window_end needs maintenance.window_start too"
      ),
      (
        ["self_healing.only_in_window": "true"], [:],
        "web-1.yaml:1:3: self_healing.only_in_window true (VM's file) needs a window: set maintenance.window_start and maintenance.window_end"
      ),
      (
        ["maintenance.schedule": "0 5 * * *", "maintenance.window_start": "02:00", "maintenance.window_end": "04:00"],
        [:],
        "web-1.yaml:1:3: maintenance.schedule \"0 5 * * *\" never starts inside the window 02:00–04:00 UTC: move the one or the other"
      ),
    ] as [([String: String], [String: String], String)])
  func contradictions(machine: [String: String], fleet: [String: String], message: String) throws {
    let effective = PolicyResolver.resolve(fleet: try self.fleet(fleet), machine: try self.machine(machine))
    #expect(effective.problems == [message])
  }

  @Test("A window across midnight and a schedule inside it agree", arguments: ["30 23 * * *", "0 1 * * *", "@hourly"])
  func midnight(schedule: String) throws {
    let values = [
      "maintenance.window_start": "23:00", "maintenance.window_end": "02:00", "maintenance.schedule": schedule,
    ]
    #expect(PolicyResolver.resolve(fleet: nil, machine: try machine(values)).problems.isEmpty)
  }
}
