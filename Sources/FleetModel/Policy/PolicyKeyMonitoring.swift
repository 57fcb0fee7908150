// What is checked, how often, and from where on a reading is bad (semantics 1.2, 2, 3).
extension PolicyKey {
  static let monitoringKeys: [PolicyKey] = [
    .flag(
      "health_monitoring.enabled", \.monitoring.enabled, flag: "health-checks", "Watch this VM"),
    .choice("health_monitoring.level", \.monitoring.level, flag: "level", "Which checks run, and how often"),
    .duration(
      "health_monitoring.interval", \.monitoring.interval, .seconds(10) ... .days(1), flag: "health-interval",
      default: "by level", "Time from one full check to the next"),
    .check("connectivity", [.connectivity], "Check that the VM answers ICMP or TCP"),
    .check("ssh", [.ssh], "Check port, banner, authentication and shell of SSH"),
    .check("disk", [.disk], "Check space and inodes of every real mount"),
    .check("memory", [.memory], "Check memory in use"),
    .check("cpu", [.cpu, .iowait], "Check CPU use and I/O wait"),
    .check("logs", [.logs], "Check the system log for errors, out-of-memory kills and read-only remounts"),
    .duration(
      "health_monitoring.timeouts.connectivity", \.monitoring.connectivityTimeout, .seconds(1) ... .minutes(10),
      flag: "connectivity-timeout", default: "5s, at most half the interval", "How long an ICMP or TCP answer may take"),
    .duration(
      "health_monitoring.timeouts.ssh", \.monitoring.sshTimeout, .seconds(1) ... .minutes(10), flag: "ssh-timeout",
      default: "15s, at most half the interval", "How long the whole SSH check may take"),
    .integer(
      "health_monitoring.confirm", \.monitoring.confirm, kind: .integer(1...10), flag: "confirm",
      "Bad results in a row that make a finding certain"),
    .flag(
      "health_monitoring.run_command_checks", \.monitoring.runCommandChecks, flag: "run-command-checks",
      "Check VMs without a reachable address by Azure Run Command"),
  ]

  static let thresholdKeys: [PolicyKey] = [
    .integer("thresholds.disk_warning", \.thresholds.disk.warning, flag: "disk-warning", "Disk use that is a warning"),
    .integer(
      "thresholds.disk_critical", \.thresholds.disk.critical, flag: "disk-critical", "Disk use that is critical"),
    .integer(
      "thresholds.memory_warning", \.thresholds.memory.warning, flag: "memory-warning", "Memory use that is a warning"),
    .integer(
      "thresholds.memory_critical", \.thresholds.memory.critical, flag: "memory-critical",
      "Memory use that is critical"),
    .integer("thresholds.cpu_warning", \.thresholds.cpu.warning, flag: "cpu-warning", "CPU use that is a warning"),
    .integer("thresholds.cpu_critical", \.thresholds.cpu.critical, flag: "cpu-critical", "CPU use that is critical"),
    .integer(
      "thresholds.iowait_warning", \.thresholds.ioWait.warning, flag: "iowait-warning", "I/O wait that is a warning"),
    .integer(
      "thresholds.iowait_critical", \.thresholds.ioWait.critical, flag: "iowait-critical", "I/O wait that is critical"),
    .integer(
      "thresholds.cleanup", \.thresholds.cleanup, flag: "cleanup-threshold",
      "Disk use above which preventive clean-up runs"),
  ]
}
