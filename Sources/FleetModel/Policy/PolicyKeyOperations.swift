// Maintenance, access, tracing, and what only defaults.yaml says (semantics 1.3, 6.1, 6.2, 7).
extension PolicyKey {
  static let maintenanceKeys: [PolicyKey] = [
    .text(
      "maintenance.schedule", \.maintenance.schedule, .cron, flag: "maintenance-schedule", "When maintenance starts"),
    .timeOfDay(
      "maintenance.window_start", \.maintenance.windowStart, flag: "maintenance-window-start",
      "Start of the maintenance window, UTC"),
    .timeOfDay(
      "maintenance.window_end", \.maintenance.windowEnd, flag: "maintenance-window-end",
      "End of the maintenance window, UTC; no step starts after it"),
    PolicyKey(
      path: "maintenance.time_zone", flag: "maintenance-time-zone", kind: .text(.timeZone),
      summary: "Time zone of the schedule", isFleetOnly: false, defaultNote: nil,
      read: { .text($0.maintenance.timeZone) },
      write: { value, policy in if case .text(let zone) = value { policy.maintenance.timeZone = zone } }),
    .flag("maintenance.cleanup", \.maintenance.cleanup, flag: "maintenance-cleanup", "Clean up during maintenance"),
    .flag(
      "maintenance.updates", \.maintenance.updates, flag: "maintenance-updates", "Install updates during maintenance"),
    .flag(
      "maintenance.restart", \.maintenance.restart, flag: "maintenance-restart",
      "Restart after maintenance where updates need it"),
    .choice(
      "maintenance.update_scope", \.maintenance.updateScope, flag: "maintenance-update-scope",
      "Which updates maintenance installs"),
    .flag(
      "maintenance.preventive.log_rotation", \.maintenance.logRotation, flag: "auto-log-rotation",
      "Rotate logs when the disk fills"),
    .flag(
      "maintenance.preventive.package_cleanup", \.maintenance.packageCleanup, flag: "auto-package-cleanup",
      "Clear package caches when the disk fills"),
    .flag(
      "maintenance.preventive.temp_cleanup", \.maintenance.temporaryCleanup, flag: "auto-temp-cleanup",
      "Remove old temporary files when the disk fills"),
  ]

  static let accessKeys: [PolicyKey] = [
    .text(
      "access.user", \.access.user, .text(.userName), flag: "ssh-user", default: "the provider's, ssh -G",
      "User to log in as"),
    PolicyKey(
      path: "access.port", flag: "ssh-port", kind: .integer(1...65535), summary: "SSH port", isFleetOnly: false,
      defaultNote: "the provider's, ssh -G",
      read: { $0.access.port.map { .integer($0) } ?? .unset },
      write: { value, policy in
        switch value {
        case .integer(let port): policy.access.port = port
        case .unset: policy.access.port = nil
        default: break
        }
      }),
    .text(
      "access.identity", \.access.identity, .text(.path), flag: "ssh-identity", default: "agent, ssh -G",
      "Private key to log in with"),
    .text(
      "access.address", \.access.address, .text(.address), flag: "address", default: "the provider's",
      "Address to reach the VM at"),
    .text(
      "access.proxy", \.access.proxy, .text(.proxy), flag: "proxy", default: "none", "Way to VMs without a direct path"),
    .flag(
      "debug_logging", \.debugLogging, flag: "debug-logging",
      "Write a trace of this VM below ~/.azlin/logs, secrets removed"),
  ]

  static let fleetKeys: [PolicyKey] = [
    .text("watch", \.fleet.watch, .text(.query), fleetOnly: true, "Machines that are watched without being enabled"),
    .list(
      "monitor.canaries", \.fleet.canaries, .host, fleetOnly: true,
      "Addresses whose silence says that the monitor's own path is down"),
    budget(
      "power_at_once_percent", \.powerAtOncePercent, .percent, "Power remedies at once, percent of fleet and group"),
    budget("power_per_minute", \.powerPerMinute, .integer(1...1000), "Power remedies a minute"),
    budget("power_hourly_percent", \.powerHourlyPercent, .percent, "VMs power-acted in an hour, percent of the fleet"),
    budget("power_hourly_minimum", \.powerHourlyMinimum, .integer(1...10_000), "VMs that may always be, in an hour"),
    budget("power_daily_percent", \.powerDailyPercent, .percent, "VMs power-acted in a day, percent of the fleet"),
    budget("power_daily_minimum", \.powerDailyMinimum, .integer(1...10_000), "VMs that may always be, in a day"),
    budget("storm_percent", \.stormPercent, .percent, "Share of running VMs newly critical that is a storm"),
    budget("storm_minimum", \.stormMinimum, .integer(1...10_000), "VMs newly critical without which there is no storm"),
    budget("storm_onsets", \.stormOnsets, .integer(1...10_000), "VMs newly critical in 10 minutes that are a storm"),
    .duration(
      "retention", \.fleet.retention, .days(1) ... .days(365), fleetOnly: true, "How long history is kept"),
    .text(
      "metrics.listen", \.fleet.metricsListen, .text(.listen), fleetOnly: true, "Where Prometheus metrics are served"),
  ]

  private static func budget(
    _ name: String, _ field: WritableKeyPath<FleetSettings.Budgets, Int> & Sendable, _ kind: PolicyValueKind,
    _ summary: String
  ) -> PolicyKey {
    PolicyKey(
      path: "budgets." + name, flag: nil, kind: kind, summary: summary, isFleetOnly: true, defaultNote: nil,
      read: { .integer($0.fleet.budgets[keyPath: field]) },
      write: { value, policy in if case .integer(let number) = value { policy.fleet.budgets[keyPath: field] = number } }
    )
  }
}
