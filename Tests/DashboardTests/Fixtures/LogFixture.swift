import FleetModel

extension FleetFixture {
  static let recoveries: [RecoveryRecord] = [
    record(
      1, "vm-web-03", .diskFull, .cleanDisk, .hours(22), .held(after: .seconds(41)), issue: "disk / 96 % ≥ 95 %",
      action: "removed 1,204 files of /tmp, /var/tmp; apt cache; journal to 7 d",
      detail: "disk usage reduced to 72 %, 15.3 GiB freed"),
    record(
      2, "vm-db-01", .sshDown, .restartSSH, .hours(9), .held(after: .seconds(5)),
      issue: "connection refused (port 22)", action: "systemctl restart ssh"),
    record(
      3, "vm-db-03", .diskFull, .cleanDisk, .hours(5), .relapsed, issue: "disk /var/lib/postgresql 96 % ≥ 95 %",
      action: "journal to 7 d", detail: "freed 1.2 points"),
    record(
      4, "vm-web-05", .hung, .restart, .hours(4), .failed("the VM did not come back within 10 min"),
      issue: "no witness for 6 min", action: "POST …/restart"),
    record(
      5, "vm-web-05", .hung, .powerCycle, .hours(4) - .minutes(12), .held(after: .seconds(94)),
      issue: "no witness for 18 min", action: "POST …/powerOff, POST …/start"),
    record(
      6, "vm-queue-01", .stopped, .start, .hours(3), .held(after: .seconds(38)), issue: "stopped, nobody asked for it",
      action: "POST …/start"),
    record(
      7, "vm-web-02", .sshDown, .restartSSH, .minutes(88), .recoveredByItself, issue: "connection refused (port 22)",
      action: ""),
    record(
      8, "vm-web-08", .overloaded, .restart, .minutes(52), .verified(after: .seconds(71)), issue: "asked by hand",
      action: "POST …/restart", initiator: .operator),
    record(
      9, "vm-db-03", .diskFull, .cleanDisk, .minutes(30), .unknown("the time-out passed"),
      issue: "disk /var/lib/postgresql 97 % ≥ 95 %", action: "clean-up script"),
    record(
      10, "vm-build-02", .sshDown, .restartSSH, .seconds(8), .running, issue: "port open, but no SSH banner",
      action: "systemctl restart ssh"),
  ]

  static func record(
    _ number: Int, _ name: String, _ diagnosis: Diagnosis, _ remedy: Remedy, _ ago: Duration,
    _ outcome: RecoveryOutcome, issue: String, action: String, detail: String = "",
    initiator: Initiator = .autopilot
  ) -> RecoveryRecord {
    let started = self.ago(ago)
    return RecoveryRecord(
      id: IntentID("intent-\(number)"), machine: id(name), machineName: name, incarnation: "1",
      incident: "i-\(number)", diagnosis: diagnosis, remedy: remedy, initiator: initiator, issue: issue,
      action: action, detail: detail, startedAt: started,
      endedAt: outcome.isSettled ? started + .seconds(90) : nil, outcome: outcome, attempt: 1)
  }

  static let events: [FleetEvent] = [
    event(.hours(5), "vm-db-03", .critical, "disk /var/lib/postgresql 96 % ≥ 95 %"),
    event(.hours(4), "vm-web-05", .critical, "no witness for 6 min: hung"),
    event(.minutes(228), "vm-web-05", .healthy, "healthy again after power off and start"),
    event(.hours(2), "vm-build-03", .critical, "host key changed"),
    event(.minutes(41), "vm-db-03", .critical, "disk /var/lib/postgresql 97 % ≥ 95 %"),
    event(.minutes(6), "vm-web-08", .warning, "cpu 93 % ≥ 90 % for 6 min"),
    event(.minutes(3), "vm-build-01", .critical, "connection refused (port 22)"),
  ]

  static func event(_ ago: Duration, _ name: String, _ severity: Severity, _ text: String) -> FleetEvent {
    FleetEvent(at: self.ago(ago), machine: id(name), machineName: name, severity: severity, text: text)
  }

  /// The ladder of `vm-build-01` as its engine would tell it.
  static let plan = RecoveryPlan(
    machine: id("vm-build-01"), diagnosis: .sshDown, reason: "connection refused (port 22); the look shows no listener",
    rungs: [
      RecoveryPlan.Rung(
        remedy: .restartSSH, isAutomatic: true,
        effect: "runs in the guest through its run command: systemctl restart ssh",
        holds: [], blocked: []),
      RecoveryPlan.Rung(
        remedy: .cleanDisk, isAutomatic: false, effect: "removes old temporary files, package caches and rotated logs",
        holds: [], blocked: [Hold(by: .notPossible, why: "no shell and no full disk")]),
      RecoveryPlan.Rung(
        remedy: .restart, isAutomatic: false,
        effect: "POST /subscriptions/…/virtualMachines/vm-build-01/restart: the VM reboots, memory is lost",
        holds: [
          Hold(by: .powerBudget, why: "2 VMs power-acted within the hour, 2 are allowed", until: now + .minutes(38)),
          Hold(by: .noIndependentWitness, why: "only SSH says that it is broken"),
        ], blocked: []),
      RecoveryPlan.Rung(
        remedy: .redeploy, isAutomatic: false, effect: "moves the VM to another host",
        holds: [], blocked: [Hold(by: .notPossible, why: "its control plane cannot redeploy")]),
    ])
}
