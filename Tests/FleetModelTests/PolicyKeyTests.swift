import FleetModel
import Testing

@Suite("The policy table")
struct PolicyKeyTests {
  /// Key → flag and default, as the policy page of the project states them; an empty flag: none.
  static let stated: [(key: String, flag: String, value: String)] = [
    ("health_monitoring.enabled", "health-checks", "false"),
    ("health_monitoring.level", "level", "standard"),
    ("health_monitoring.interval", "health-interval", "5m"),
    ("health_monitoring.checks.connectivity", "connectivity-check", "true"),
    ("health_monitoring.checks.ssh", "ssh-check", "true"),
    ("health_monitoring.checks.disk", "disk-check", "true"),
    ("health_monitoring.checks.memory", "memory-check", "false"),
    ("health_monitoring.checks.cpu", "cpu-check", "false"),
    ("health_monitoring.checks.logs", "log-check", "false"),
    ("health_monitoring.timeouts.connectivity", "connectivity-timeout", "5s"),
    ("health_monitoring.timeouts.ssh", "ssh-timeout", "15s"),
    ("health_monitoring.confirm", "confirm", "3"),
    ("health_monitoring.run_command_checks", "run-command-checks", "false"),
    ("thresholds.disk_warning", "disk-warning", "80"), ("thresholds.disk_critical", "disk-critical", "95"),
    ("thresholds.memory_warning", "memory-warning", "85"), ("thresholds.memory_critical", "memory-critical", "95"),
    ("thresholds.cpu_warning", "cpu-warning", "90"), ("thresholds.cpu_critical", "cpu-critical", "98"),
    ("thresholds.iowait_warning", "iowait-warning", "30"), ("thresholds.iowait_critical", "iowait-critical", "60"),
    ("thresholds.cleanup", "cleanup-threshold", "75"),
    ("self_healing.enabled", "self-healing", "true"), ("self_healing.mode", "mode", "heal"),
    ("self_healing.max_attempts", "max-recovery-attempts", "3"),
    ("self_healing.recovery_delay", "recovery-delay", "30s"), ("self_healing.restart_delay", "restart-delay", "2m"),
    ("self_healing.power_after", "power-after", "5m"), ("self_healing.boot_timeout", "boot-timeout", "10m"),
    ("self_healing.actions.auto_restart", "auto-restart", "true"),
    ("self_healing.actions.auto_cleanup", "auto-cleanup", "true"),
    ("self_healing.actions.network_reset", "network-reset", "true"),
    ("self_healing.start_stopped", "start-stopped", "unexpected"),
    ("self_healing.allow.redeploy", "allow-redeploy", "false"),
    ("self_healing.allow.restart_for_ssh", "allow-restart-for-ssh", "false"),
    ("self_healing.allow.config_reset", "allow-config-reset", "false"),
    ("self_healing.allow.start_evicted", "start-evicted", "false"),
    ("self_healing.only_in_window", "only-in-window", "false"), ("self_healing.temp_age", "temp-age", "7d"),
    ("notifications.email", "notify-email", ""), ("notifications.slack", "notify-slack", ""),
    ("notifications.webhook", "notify-webhook", ""), ("notifications.alertmanager", "notify-alertmanager", ""),
    ("notifications.level", "notify-level", "warnings"),
    ("notifications.smtp.host", "", ""), ("notifications.smtp.port", "", "587"),
    ("notifications.smtp.tls", "", "starttls"),
    ("notifications.smtp.user", "", ""), ("notifications.smtp.password", "", ""), ("notifications.smtp.from", "", ""),
    ("hooks.pre_start", "", ""), ("hooks.post_start", "", ""), ("hooks.pre_stop", "", ""), ("hooks.post_stop", "", ""),
    ("hooks.on_failure", "", ""), ("hooks.on_recovery", "", ""),
    ("maintenance.schedule", "maintenance-schedule", ""),
    ("maintenance.window_start", "maintenance-window-start", ""),
    ("maintenance.window_end", "maintenance-window-end", ""), ("maintenance.time_zone", "maintenance-time-zone", "UTC"),
    ("maintenance.cleanup", "maintenance-cleanup", "false"), ("maintenance.updates", "maintenance-updates", "false"),
    ("maintenance.restart", "maintenance-restart", "false"),
    ("maintenance.update_scope", "maintenance-update-scope", "security"),
    ("maintenance.preventive.log_rotation", "auto-log-rotation", "false"),
    ("maintenance.preventive.package_cleanup", "auto-package-cleanup", "false"),
    ("maintenance.preventive.temp_cleanup", "auto-temp-cleanup", "false"),
    ("access.user", "ssh-user", ""), ("access.port", "ssh-port", ""), ("access.identity", "ssh-identity", ""),
    ("access.address", "address", ""), ("access.proxy", "proxy", ""), ("debug_logging", "debug-logging", "false"),
    ("watch", "", ""), ("monitor.canaries", "", ""), ("budgets.power_at_once_percent", "", "5"),
    ("budgets.power_per_minute", "", "10"), ("budgets.power_hourly_percent", "", "2"),
    ("budgets.power_hourly_minimum", "", "2"), ("budgets.power_daily_percent", "", "5"),
    ("budgets.power_daily_minimum", "", "3"), ("budgets.storm_percent", "", "20"), ("budgets.storm_minimum", "", "3"),
    ("budgets.storm_onsets", "", "25"), ("retention", "", "30d"), ("metrics.listen", "", ""),
  ]

  @Test("Keys, flags and built-in defaults are those stated, and no others exist")
  func complete() {
    #expect(PolicyKey.all.map(\.path) == Self.stated.map(\.key))
    for (row, key) in zip(Self.stated, PolicyKey.all) {
      #expect(key.flag ?? "" == row.flag)
      #expect(key.text(of: Policy()) == row.value, "\(key.path)")
      #expect(PolicyKey.named(row.key)?.path == row.key)
      if let flag = key.flag { #expect(PolicyKey.flagged(flag)?.path == row.key) }
      #expect(!key.summary.isEmpty && key.summary.last != ".")
    }
  }

  @Test("Every key reads back what was set, and touches no other key", arguments: PolicyKey.all.map(\.path))
  func roundTrip(path: String) throws {
    let key = try #require(PolicyKey.named(path))
    for text in try Self.samples(of: key) {
      var policy = Policy()
      try key.set(text, in: &policy)
      #expect(key.text(of: policy) == text)
      for other in PolicyKey.all where other.path != path {
        #expect(other.value(of: policy) == other.value(of: Policy()), "\(path) changed \(other.path)")
      }
    }
  }

  /// Values at both ends of what a key takes, in the form it is shown in.
  private static func samples(of key: PolicyKey) throws -> [String] {
    switch key.kind {
    case .flag: ["true", "false"]
    case .percent: ["1", "100"]
    case .integer(let range): [String(range.lowerBound), String(range.upperBound)]
    case .duration(let range): [DurationText.text(range.lowerBound), DurationText.text(range.upperBound)]
    case .choice(let words): words
    case .text(.userName): ["ops", "svc.azlin@corp-1"]
    case .text(.path): ["~/.ssh/id_ed25519", "/etc/keys/azlin"]
    case .text(.address), .text(.host): ["private", "10.0.0.4", "fe80::1%eth0", "vm-1.example.com"]
    case .text(.proxy): ["none", "bastion", "socks5://10.0.0.1:1080", "socks5://[::1]:1080", "jump:gate"]
    case .text(.timeZone): ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"]
    case .text(.email): ["azlin@example.com"]
    case .text(.listen): [":9100", "127.0.0.1:9100", "[::1]:9100"]
    case .text(.query): ["tag.env=prod", "not rg~test"]
    case .list(.email): ["a@example.com", "a@example.com, b@example.org"]
    case .list: ["10.0.0.1", "10.0.0.1, gate.example.com"]
    case .timeOfDay: ["00:00", "23:59"]
    case .cron: ["0 2 * * *", "*/15 8-18 1,15 jan-jun mon-fri", "@daily"]
    case .secret: ["env:HOOK_URL", "file:~/.secret", "cmd:pass show slack"]
    case .hooks: ["~/x.sh", "/a b/c.sh;timeout=10s;veto=false", "~/x.sh, /y\\,z\\;.sh;timeout=1m"]
    }
  }

  @Test(
    "A value that a key does not take is refused with what it takes",
    arguments: [
      (
        "thresholds.disk_warning", "high",
        "thresholds.disk_warning: \"high\" is not a percentage; allowed: a whole number from 1 to 100, in percent"
      ),
      (
        "thresholds.disk_warning", "0",
        "thresholds.disk_warning: \"0\" is out of range; allowed: a whole number from 1 to 100, in percent"
      ),
      (
        "thresholds.disk_warning", "80.5",
        "thresholds.disk_warning: \"80.5\" is not a percentage; allowed: a whole number from 1 to 100, in percent"
      ),
      (
        "health_monitoring.level", "standart",
        "health_monitoring.level: \"standart\" is not a choice (did you mean standard?); allowed: basic, standard or advanced"
      ),
      (
        "health_monitoring.interval", "5s",
        "health_monitoring.interval: \"5s\" is out of range; allowed: 10s to 1d, written as 90, 90s, 5m, 1h30m, 2d"
      ),
      (
        "health_monitoring.interval", "-5m",
        "health_monitoring.interval: -5m is negative; durations run forward: 90s, 5m, 1h30m, 2d"
      ),
      (
        "health_monitoring.enabled", "yes",
        "health_monitoring.enabled: \"yes\" is neither true nor false; allowed: true or false"
      ),
      ("health_monitoring.enabled", " ", "health_monitoring.enabled: no value is given; allowed: true or false"),
      (
        "access.user", "-oProxyCommand=x",
        "access.user: \"-oProxyCommand=x\" begins with a dash; allowed: a user name (letters, digits, . _ @ + -)"
      ),
      (
        "access.user", "a\u{1b}[2J",
        "access.user: \"a^[[2J\" holds control or hidden characters; allowed: a user name (letters, digits, . _ @ + -)"
      ),
      (
        "access.identity", "id_rsa",
        "access.identity: \"id_rsa\" is not an absolute path; allowed: a path that begins with / or ~/"
      ),
      ("access.port", "65536", "access.port: \"65536\" is out of range; allowed: a whole number from 1 to 65535"),
      (
        "maintenance.window_start", "24:00",
        "maintenance.window_start: \"24:00\" is not a time of day; allowed: a time of day from 00:00 to 23:59"
      ),
      (
        "hooks.pre_start", "x.sh",
        "hooks.pre_start: \"x.sh\" is not an absolute path; allowed: a script's path that begins with / or ~/, or a list of such, or {path, timeout, veto}"
      ),
      (
        "hooks.pre_start", "/x.sh;timout=3s",
        "hooks.pre_start: \"timout\" is nothing a hook has (did you mean timeout?); allowed: path, timeout, veto"
      ),
      (
        "notifications.email", "ops@example.com, nobody",
        "notifications.email: \"nobody\" is not an email address; allowed: one or several, each an email address"
      ),
      (
        "maintenance.schedule", "0 25 * * *",
        "maintenance.schedule: \"25\" does not fit the field hour (0–23); allowed: five cron fields (minute hour day-of-month month day-of-week), or @daily, @weekly, @monthly, …"
      ),
    ])
  func refused(path: String, text: String, message: String) throws {
    let key = try #require(PolicyKey.named(path))
    var policy = Policy()
    let error = #expect(throws: PolicyValueError.self) { try key.set(text, in: &policy) }
    #expect(error?.description == message)
    #expect(policy == Policy())
  }

  @Test("A literal secret is never shown, a reference is; the mask is not taken for a secret")
  func secrets() throws {
    let key = try #require(PolicyKey.named("notifications.slack"))
    var policy = Policy()
    try key.set("https://hooks.slack.com/services/T0/B0/xyzzy", in: &policy)
    #expect(policy.notifications.slack == "https://hooks.slack.com/services/T0/B0/xyzzy")
    #expect(key.text(of: policy) == "••••")
    #expect(throws: PolicyValueError.self) { try key.set("••••", in: &policy) }
    let error = #expect(throws: PolicyValueError.self) { try key.set("xoxb-azlinplanted", in: &policy) }
    #expect(error?.description.contains("xoxb") == false)
    try key.set("env:SLACK_URL", in: &policy)
    #expect(key.text(of: policy) == "env:SLACK_URL")
  }

  @Test("Only what is built is in force")
  func inForce() {
    let inForce = Set(PolicyKey.all.filter(\.isInForce).map(\.path))
    #expect(
      inForce.isSuperset(of: [
        "health_monitoring.interval", "thresholds.iowait_critical", "self_healing.mode",
        "self_healing.temp_age", "self_healing.actions.auto_cleanup", "hooks.on_failure", "access.port", "access.proxy",
        "watch", "self_healing.allow.redeploy", "budgets.storm_percent", "monitor.canaries",
        "self_healing.only_in_window", "maintenance.window_start",
      ]))
    #expect(
      inForce.isDisjoint(with: [
        "thresholds.cleanup", "notifications.slack", "maintenance.schedule", "debug_logging",
      ]))
    // Each entry of the list names something that exists.
    for entry in PolicyKey.notInForce { #expect(PolicyKey.index(of: entry) != nil, "\(entry)") }
  }

  @Test(
    "A wrong path leads to the right one",
    arguments: [
      ("health_monitoring.intervall", "health_monitoring.interval"), ("disk_warning", "thresholds.disk_warning"),
      ("self_healing.auto_restart", "self_healing.actions.auto_restart"),
      ("thresholds.diskwarning", "thresholds.disk_warning"),
      ("selfhealing.mode", "self_healing.mode"), ("zzzz.qqqq", nil),
    ])
  func nearest(path: String, expected: String?) { #expect(PolicyKey.nearest(to: path) == expected) }

  @Test("Branches know what hangs below them")
  func branches() {
    #expect(
      PolicyKey.children(of: "") == [
        "health_monitoring", "thresholds", "self_healing", "notifications", "hooks",
        "maintenance", "access", "debug_logging", "watch", "monitor", "budgets", "retention", "metrics",
      ])
    #expect(
      PolicyKey.children(of: "self_healing.allow") == ["redeploy", "restart_for_ssh", "config_reset", "start_evicted"])
    #expect(PolicyKey.isBranch("health_monitoring.checks") && !PolicyKey.isBranch("debug_logging"))
    #expect(PolicySection.allCases.flatMap(\.keys).count == PolicyKey.all.count)
  }
}
