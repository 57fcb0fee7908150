// What may be done about a finding (semantics 5 and 6).
extension PolicyKey {
  static let healingKeys: [PolicyKey] = [
    .flag("self_healing.enabled", \.healing.enabled, flag: "self-healing", "Heal this VM once it is watched"),
    .choice("self_healing.mode", \.healing.mode, flag: "mode", "Heal, or only write down what would have been done"),
    .integer(
      "self_healing.max_attempts", \.healing.maxAttempts, kind: .integer(1...10), flag: "max-recovery-attempts",
      "Remedies tried in one incident before a human is called"),
    .duration(
      "self_healing.recovery_delay", \.healing.recoveryDelay, .seconds(1) ... .days(1), flag: "recovery-delay",
      "Wait before the first remedy; doubles from one remedy to the next"),
    .duration(
      "self_healing.restart_delay", \.healing.restartDelay, .seconds(1) ... .days(1), flag: "restart-delay",
      "Wait after a power action before the VM is judged"),
    .duration(
      "self_healing.power_after", \.healing.powerAfter, .seconds(10) ... .days(1), flag: "power-after",
      "Age of an outage before a restart is considered"),
    .duration(
      "self_healing.boot_timeout", \.healing.bootTimeout, .seconds(10) ... .days(1), flag: "boot-timeout",
      "How long a boot may take before another power action"),
    .flag(
      "self_healing.actions.auto_restart", \.healing.autoRestart, flag: "auto-restart",
      "Allow start, restart and power-off of the VM"),
    .flag(
      "self_healing.actions.auto_cleanup", \.healing.autoCleanup, flag: "auto-cleanup",
      "Allow clean-up of old temporary files, caches and logs"),
    .flag(
      "self_healing.actions.network_reset", \.healing.networkReset, flag: "network-reset",
      "Allow restart of the guest's network service"),
    .choice(
      "self_healing.start_stopped", \.healing.startStopped, flag: "start-stopped",
      "Start a stopped VM: only when nobody stopped it on purpose, always, or never"),
    .flag(
      "self_healing.allow.redeploy", \.healing.allowRedeploy, flag: "allow-redeploy",
      "Allow redeploy to another Azure host"),
    .flag(
      "self_healing.allow.restart_for_ssh", \.healing.allowRestartForSSH, flag: "allow-restart-for-ssh",
      "Allow a VM restart when only SSH is down"),
    .flag(
      "self_healing.allow.config_reset", \.healing.allowConfigReset, flag: "allow-config-reset",
      "Allow sshd_config to be overwritten by the Azure reset"),
    .flag(
      "self_healing.allow.start_evicted", \.healing.startEvicted, flag: "start-evicted",
      "Allow hourly starts of an evicted Spot VM"),
    .flag(
      "self_healing.only_in_window", \.healing.onlyInWindow, flag: "only-in-window",
      "Heal inside the maintenance window only"),
    .duration(
      "self_healing.temp_age", \.healing.temporaryFileAge, .days(1) ... .days(365), flag: "temp-age",
      "Age of files in /tmp that clean-up may remove (/var/tmp: at least 30 days)"),
  ]
}
