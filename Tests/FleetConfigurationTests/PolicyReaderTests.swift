import FleetConfiguration
import FleetModel
import Testing

/// The example of the user document, as written there.
let userDocument = """
  # ~/.azlin/autopilot/myvm.yaml
  health_monitoring:
    enabled: true
    interval: 5m
    level: advanced
    checks:
      connectivity: true
      ssh: true
      disk: true
      memory: true
      cpu: true

  thresholds:
    disk_warning: 80
    disk_critical: 95
    memory_warning: 85
    memory_critical: 95
    cpu_warning: 90
    cpu_critical: 98

  self_healing:
    enabled: true
    max_attempts: 3
    recovery_delay: 30s
    restart_delay: 2m
    actions:
      auto_restart: true
      auto_cleanup: true
      network_reset: true

  notifications:
    email:
      - admin@example.com
      - ops@example.com
    slack: https://hooks.slack.com/services/...
    level: warnings

  hooks:
    pre_start: ~/.azlin/hooks/myvm/pre-start.sh
    post_start: ~/.azlin/hooks/myvm/post-start.sh
    on_failure: ~/.azlin/hooks/myvm/on-failure.sh

  maintenance:
    schedule: "0 2 * * *"
    window_start: "02:00"
    window_end: "04:00"
    cleanup: true
    updates: false
    restart: false

  """

@Suite("Reading policy files")
struct PolicyReaderTests {
  @Test("The user document's file loads exactly as written")
  func example() {
    let reading = PolicyReader.read(userDocument, file: "autopilot/myvm.yaml", scope: .machine)
    #expect(reading.problems.isEmpty)
    #expect(reading.document.entries.count == 33)
    let effective = PolicyResolver.resolve(fleet: nil, machine: reading.document)
    #expect(effective.problems.isEmpty)
    let policy = effective.policy
    #expect(policy.monitoring.enabled && policy.monitoring.interval == .minutes(5))
    #expect(policy.monitoring.checks == MonitoringLevel.advanced.checks)
    #expect(policy.notifications.email == ["admin@example.com", "ops@example.com"])
    #expect(policy.notifications.slack == "https://hooks.slack.com/services/...")
    #expect(policy.hooks[.onFailure]?.first?.path == "~/.azlin/hooks/myvm/on-failure.sh")
    #expect(policy.maintenance.windowStart == 120 && policy.maintenance.windowEnd == 240)
    #expect(policy.maintenance.schedule == "0 2 * * *")
    #expect(effective.origin(of: "health_monitoring.interval") == .machine)
    #expect(effective.origin(of: "health_monitoring.checks.logs") == .level)
  }

  @Test(
    "Every error names line, column, what is wrong and what is allowed",
    arguments: [
      (
        "thresholds:\n  disk_waring: 80\n",
        "2:3: unknown key \"disk_waring\" below thresholds; did you mean disk_warning?"
      ),
      ("disk_warning: 80\n", "1:1: unknown key \"disk_warning\"; did you mean thresholds.disk_warning?"),
      (
        "health-monitoring:\n  enabled: true\n",
        "1:1: unknown key \"health-monitoring\"; did you mean health_monitoring?"
      ),
      (
        "access:\n  zzz: 1\n",
        "2:3: unknown key \"zzz\" below access; allowed here: user, port, identity, address, proxy"
      ),
      (
        "thresholds:\n  disk_warning: high\n",
        "2:17: thresholds.disk_warning: \"high\" is not a percentage; allowed: a whole number from 1 to 100, in percent"
      ),
      (
        "thresholds:\n  disk_warning: [80]\n",
        "2:17: thresholds.disk_warning: a list is given where one value is wanted; allowed: a whole number from 1 to 100, in percent"
      ),
      (
        "thresholds:\n  disk_warning: {a: 1}\n",
        "2:17: thresholds.disk_warning: keys are given where a value is wanted; allowed: a whole number from 1 to 100, in percent"
      ),
      (
        "thresholds:\n  disk_warning:\n",
        "2:3: thresholds.disk_warning has no value: give one, or remove the line; allowed: a whole number from 1 to 100, in percent"
      ),
      (
        "thresholds: 80\n",
        "1:13: keys are wanted below thresholds; allowed: disk_warning, disk_critical, memory_warning, memory_critical, cpu_warning, cpu_critical, iowait_warning, iowait_critical, cleanup"
      ),
      (
        "health_monitoring:\n  enabled: yes\n",
        "2:12: health_monitoring.enabled: \"yes\" is neither true nor false; allowed: true or false"
      ),
      (
        "notifications:\n  email:\n    - ops@example.com\n    - nobody\n",
        "4:7: notifications.email: \"nobody\" is not an email address; allowed: one or several, each an email address"
      ),
      (
        "notifications:\n  slack: xoxb-0123456789\n",
        "2:10: notifications.slack: it is neither a reference nor an http address; allowed: env:NAME, file:PATH, cmd:COMMAND, or the https address itself"
      ),
      (
        "hooks:\n  pre_start: {path: /x.sh, timout: 5s}\n",
        "2:28: hooks.pre_start: \"timout\" is nothing a hook has (did you mean timeout?); allowed: path, timeout, veto"
      ),
      (
        "hooks:\n  pre_start:\n    timeout: 5s\n",
        "3:5: hooks.pre_start: a hook needs a path; allowed: path, timeout, veto"
      ),
      (
        "hooks:\n  pre_start: {path: /x.sh, timeout: 2h}\n",
        "2:37: hooks.pre_start.timeout: \"2h\" is out of range; allowed: 1s to 1h, written as 90, 90s, 5m, 1h30m, 2d"
      ),
      ("watch: tag.env=prod\n", "1:1: watch is said for the whole fleet: move it to defaults.yaml"),
      (
        "- a\n",
        "1:1: keys are wanted here, such as health_monitoring:; allowed: health_monitoring, thresholds, self_healing, notifications, hooks, maintenance, access, debug_logging, watch, monitor, budgets, retention, metrics"
      ),
      (
        "thresholds:\n  disk_warning: 80\n  cpu_warning: 70\n  disk_warning: 81\n",
        "4:3: the key \"disk_warning\" is given twice, first in line 2: keep one of them"
      ),
      ("thresholds:\n\tdisk_warning: 80\n", "2:1: not YAML: a tab is used for indentation; use spaces"),
      (
        "thresholds: {disk_warning: 80\nhooks: 1\n",
        "2:6: not YAML: did not find expected ',' or '}' (while parsing a flow mapping that begins in line 1)"
      ),
      (
        "hooks: \"x\n",
        "2:1: not YAML: found unexpected end of stream (while scanning a quoted scalar that begins in line 1)"
      ),
      (
        "a: 1\n---\nb: 2\n",
        "2:1: not YAML: but found another document (expected a single document in the stream that begins in line 1)"
      ),
      ("thresholds: *x\n", "1:13: not YAML: found undefined alias"),
      ("retention: \u{1}\n", "1:12: not YAML: control characters are not allowed"),
      (
        "\"a\u{202e}b\": 1\n",
        "1:1: unknown key \"a<U+202E>b\"; allowed here: health_monitoring, thresholds, self_healing, notifications, hooks, maintenance, access, debug_logging, watch, monitor, budgets, retention, metrics"
      ),
    ])
  func errors(text: String, message: String) {
    let reading = PolicyReader.read(text, file: "f", scope: .machine)
    #expect(reading.problems.map(\.description) == ["f:" + message])
    #expect(!reading.isGood)
  }

  @Test("All errors of a file are told, in its order, and what is right is still read")
  func collects() {
    let text = """
      health_monitoring:
        enabled: maybe
        intervall: 5m
        checks: {ssh: true, dsk: true}
      thresholds:
        disk_warning: 0
        disk_critical: 90
      selfhealing: {}
      """
    let reading = PolicyReader.read(text, file: "f", scope: .machine)
    #expect(
      reading.problems.map { "\($0.place?.line ?? 0):\($0.place?.column ?? 0)" } == [
        "2:12", "3:3", "4:23", "6:17", "8:1",
      ])
    #expect(reading.document.entries.keys.sorted() == ["health_monitoring.checks.ssh", "thresholds.disk_critical"])
  }

  @Test("A byte that is not UTF-8 is named by its place")
  func encoding() {
    let reading = PolicyReader.read(bytes: Array("a: 1\nb: ".utf8) + [0xff], file: "f", scope: .machine)
    #expect(reading.problems.map(\.description) == ["f:2:4: this byte is not UTF-8; save the file as UTF-8"])
  }

  @Test(
    "Empty files, empty sections, comments, a byte order mark and CR LF are no errors",
    arguments: [
      "", "# nothing\n", "---\n", "thresholds:\nhooks: ~\n", "\u{feff}thresholds:\r\n  disk_warning: 80\r\n", "{}",
    ])
  func harmless(text: String) {
    #expect(PolicyReader.read(text, file: "f", scope: .machine).problems.isEmpty)
  }

  @Test("defaults.yaml takes what is the fleet's")
  func fleet() {
    let text = """
      watch: tag.env=prod and not rg~test
      monitor:
        canaries: [10.0.0.1, 10.0.0.2]
      budgets:
        power_per_minute: 5
      retention: 14d
      metrics:
        listen: 127.0.0.1:9464
      notifications:
        smtp: {host: mail.example.com, port: 25, tls: none, password: env:SMTP, from: azlin@example.com}
      """
    let reading = PolicyReader.read(text, file: "defaults.yaml", scope: .fleet)
    #expect(reading.problems.isEmpty)
    let fleet = PolicyResolver.resolve(fleet: reading.document, machine: nil).policy.fleet
    #expect(fleet.canaries == ["10.0.0.1", "10.0.0.2"] && fleet.budgets.powerPerMinute == 5)
    #expect(fleet.retention == .days(14) && fleet.mail.tls == .none && fleet.metricsListen == "127.0.0.1:9464")
  }

  @Test("Hooks are read in each of their forms")
  func hooks() {
    let text = """
      hooks:
        pre_start: ~/one.sh
        pre_stop:
          - /two.sh
          - path: /three.sh
            timeout: 5s
            veto: false
        on_failure: {path: /four.sh, timeout: 1m}
      """
    let policy = PolicyResolver.resolve(
      fleet: nil, machine: PolicyReader.read(text, file: "f", scope: .machine).document
    ).policy
    #expect(policy.hooks[.preStart] == [HookRegistration(path: "~/one.sh")])
    #expect(
      policy.hooks[.preStop]
        == [HookRegistration(path: "/two.sh"), HookRegistration(path: "/three.sh", timeout: .seconds(5), veto: false)])
    #expect(policy.hooks[.onFailure] == [HookRegistration(path: "/four.sh", timeout: .minutes(1))])
  }

  @Test("Nesting without end and aliases without end are refused or read, but never hang")
  func hostile() {
    let deep = String(repeating: "[", count: 100_000)
    #expect(!PolicyReader.read(deep, file: "f", scope: .machine).isGood)
    var laughs = "a: &a [x, x]\n"
    for index in 0..<30 {
      let (name, before) = ("b\(index)", index == 0 ? "a" : "b\(index - 1)")
      laughs += "\(name): &\(name) [*\(before), *\(before)]\n"
    }
    #expect(!PolicyReader.read(laughs, file: "f", scope: .machine).isGood)
  }
}
