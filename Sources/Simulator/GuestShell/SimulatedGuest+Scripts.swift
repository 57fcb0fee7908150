import FleetModel
import Autopilot

/// What azlin's own scripts print in a simulated guest: the grammar of `GuestAccess`, the figures of this guest.
extension SimulatedGuest {
  /// - Parameter throughAgent: false: by a login, which does without the guest agent.
  mutating func run(
    _ script: String, throughAgent: Bool, at start: Instant
  ) -> (result: GuestShellResult, action: ScriptAction?) {
    advance(to: start)
    if let problem = throughAgent ? agentProblem(at: start) : shellProblem {
      return (
        GuestShellResult(
          stdout: "", stderr: problem.text + "\n", exitCode: 255,
          finishedAt: start + (problem.isSilence ? .minutes(90) : .seconds(1))), nil
      )
    }
    let facts = facts(user: throughAgent ? "root" : machine.address?.user ?? "azureuser", at: start)
    guard let kind = ScriptKind(script) else {
      let outcome = GuestShell.run(script: script, in: facts)
      return (
        GuestShellResult(
          stdout: outcome.stdout, stderr: outcome.stderr, exitCode: outcome.exitCode,
          finishedAt: start + .milliseconds(200)), nil
      )
    }
    var result: GuestShellResult
    var action: ScriptAction?
    switch kind {
    case .probe(let disk, let logs, let two, let cursor):
      result = answer(probeLines(disk: disk, logs: logs, two: two, cursor: cursor, at: start), "azlin-probe", start)
      result.finishedAt = start + (two ? .milliseconds(1040) : .milliseconds(40))
    case .look(let port):
      let report = look(LookOrder(sshPort: port, timeout: .seconds(60)), at: start)
      result = answer(lookLines(report.outcome), "azlin-look", report.finishedAt)
    case .remedy(_, _, _, .some(let notAfter), let sentAt) where start > notAfter:
      let skew = ((start - (sentAt ?? notAfter)).milliseconds + 500) / 1000
      result = answer(
        [
          ("outcome", "refused"),
          (
            "detail",
            "too late by the guest's clock, which is \(skew) s past the time of sending; nothing was done"
          ),
        ], "azlin-remedy", start)
    case .remedy(let remedy, let mount, let bootID, let notAfter, _):
      let order = RemedyOrder(
        intent: IntentID("script"), machine: machine, remedy: remedy, bootID: bootID.isEmpty ? nil : bootID,
        notAfter: notAfter ?? start + .hours(1),
        request: ProbeRequest(depth: .full, checks: [], connectivityTimeout: .seconds(5), sshTimeout: .seconds(10)),
        mount: mount.isEmpty ? nil : mount)
      let report = perform(order, temper: .perfect, at: start)
      action = ScriptAction(remedy: remedy, outcome: report.outcome)
      result = answer(remedyLines(order, report, at: start), "azlin-remedy", report.finishedAt)
    }
    // What stands after the group that holds the script still runs: markers of exit codes.
    if let end = script.ranges(of: "\n)\n").last?.upperBound {
      let after = GuestShell.run(script: String(script[end...]), in: facts, status: result.exitCode)
      result.stdout += after.stdout
      result.stderr += after.stderr
      result.exitCode = after.exitCode
    }
    return (result, action)
  }

  /// A remedy that a script was.
  struct ScriptAction: Hashable {
    var remedy: Remedy
    var outcome: RemedyReport.Outcome
  }

  private func answer(_ lines: [(String, String)], _ name: String, _ end: Instant) -> GuestShellResult {
    let body = lines.map { "\($0.0)=\($0.1)\n" }.joined()
    return GuestShellResult(stdout: "\(name) 1\n\(body)end\n", stderr: "", exitCode: 0, finishedAt: end)
  }

  private mutating func probeLines(
    disk: Bool, logs wantsLogs: Bool, two: Bool, cursor: String, at now: Instant
  ) -> [(String, String)] {
    guard let boot else { return [] }
    let shares = shares()
    let uptime = (now - boot.poweredAt).inSeconds
    let memory = memory(at: now, uptime: uptime, busy: shares.busy)
    let pressure = pressure(shares, memoryPercent: memory.percent)
    let processors = profile.size.processors
    func ticks(_ counters: CPUCounters) -> String {
      let busy = counters.total - counters.idle - counters.ioWait
      return "\(busy) 0 0 \(counters.idle) \(counters.ioWait) 0 0 0 0 0"
    }
    var lines: [(String, String)] = []
    if two, let earlier = account.counters(processors: processors, before: 1, shares) {
      lines.append(("cpu.earlier", ticks(earlier)))
    }
    lines += [
      ("cpu", ticks(account.counters(processors: processors))), ("boot", bootID),
      ("uptime", "\(Int64(uptime)).\(Int64(uptime * 10) % 10)0"), ("clock", "\(now.milliseconds / 1000)"),
      ("load", "\(loadAverage(shares))"), ("online", processors == 1 ? "0" : "0-\(processors - 1)"),
      ("memory.total", "\(memory.total / 1024)"), ("memory.available", "\(memory.available / 1024)"),
      ("pressure.cpu", "\(pressure.cpu)"), ("pressure.memory", "\(pressure.memory)"),
      ("pressure.io", "\(pressure.io)"), ("os", "\"\(profile.distribution.name)\""),
    ]
    if disk { for mount in mounts(at: now) { lines.append(("mount", "\(mount.type) \(sizes(mount)) \(mount.path)")) } }
    if wantsLogs {
      let counts = logs(since: cursor, at: now)
      lines.append(("logs", "\(counts.errors) \(counts.outOfMemoryKills) \(counts.readOnlyRemounts) \(counts.cursor)"))
    }
    return lines
  }

  /// `stat -f -c '%S %b %f %a %c %d'`.
  private func sizes(_ mount: MountUsage) -> String {
    let (used, available) = (mount.used / 4096, mount.available / 4096)
    let inodes: UInt64 = mount.inodePercent == nil ? 0 : 1_966_080
    let free = mount.inodePercent.map { UInt64((Double(inodes) * (1 - $0 / 100)).rounded()) } ?? 0
    return "4096 \(used + available) \(available) \(available) \(inodes) \(free)"
  }

  private func lookLines(_ outcome: LookReport.Outcome) -> [(String, String)] {
    guard case .done(let found) = outcome else { return [] }
    var lines = [("boot", found.bootID)]
    func flag(_ key: String, _ value: Bool?) { if let value { lines.append((key, value ? "yes" : "no")) } }
    flag("link", found.linkUp)
    flag("address", found.hasAddress)
    flag("route", found.hasDefaultRoute)
    flag("gateway", found.gatewayAnswers)
    flag("listening", found.sshListening)
    flag("banner", found.localBanner)
    flag("configuration", found.sshConfigurationValid)
    if let complaint = found.sshConfigurationError { lines.append(("complaint", complaint)) }
    return lines
  }

  private func remedyLines(_ order: RemedyOrder, _ report: RemedyReport, at start: Instant) -> [(String, String)] {
    var lines: [(String, String)] = []
    switch report.outcome {
    case .done:
      if order.remedy == .cleanDisk {
        let path = order.mount ?? "/"
        var later = self
        later.advance(to: report.finishedAt)
        let before = mounts(at: start).first { $0.path == path }
        let after = later.mounts(at: report.finishedAt).first { $0.path == path }
        if let before, let after {
          let freed = before.used > after.used ? before.used - after.used : 0
          lines += [
            ("removed", "\(freed / 1_048_576) \(freed / 1024) /var/tmp"), ("mount", "\(before.type) \(path)"),
            ("before", sizes(before)), ("after", sizes(after)),
          ]
        }
      } else {
        lines.append(("action", report.action))
      }
      lines += [("outcome", "done"), ("detail", order.remedy == .cleanDisk ? "" : report.detail)]
    case .failed(let why), .unknown(let why):
      if !report.action.isEmpty { lines.append(("action", report.action)) }
      lines += [("outcome", "failed"), ("detail", why)]
    case .refused(let why), .busy(let why): lines += [("outcome", "refused"), ("detail", why)]
    }
    return lines
  }
}
