import FleetModel
import Autopilot

/// What remedies do to a guest, and how long they take.
extension SimulatedGuest {
  mutating func perform(_ order: RemedyOrder, temper: RemedyTemper, at start: Instant) -> RemedyReport {
    advance(to: start)
    var draw = Draw(profile.seed, at: start.milliseconds, .remedy)
    guard machine.abilities.isSuperset(of: order.remedy.needs), Self.possible.contains(order.remedy) else {
      return RemedyReport(
        finishedAt: start,
        outcome: .refused("\(order.remedy.title) is not possible here: the simulator has no such call"))
    }
    guard start <= order.notAfter else {
      return RemedyReport(finishedAt: start, outcome: .refused("too late: not done after its time"))
    }
    if let operation, operation.until > start {
      let text = "another operation is in progress on \(machine.name): \(operation.remedy.title)"
      return RemedyReport(finishedAt: start + draw.seconds(0.1, 0.4), outcome: .busy(text))
    }
    var trial = Trial(order: order, start: start, turn: temper.turn(&draw), draw: draw)
    if case .busy = trial.turn {
      return RemedyReport(
        finishedAt: start + trial.draw.seconds(0.1, 0.4),
        outcome: .busy("TooManyRequests: the control plane asks to try again in 30 s"))
    }
    let report = order.remedy.isPower ? power(&trial) : script(&trial)
    operation = (order.remedy, max(report.finishedAt, trial.effectAt))
    return report
  }

  static let possible: Set<Remedy> = [
    .restartSSH, .restartNetwork, .cleanDisk, .start, .restart, .powerCycle, .stop,
  ]

  /// One remedy being tried.
  struct Trial {
    var order: RemedyOrder
    var start: Instant
    var turn: RemedyTemper.Turn
    var draw: Draw
    /// When its effect is complete.
    var effectAt = Instant.distantPast

    /// Whether anything really happens.
    var takesEffect: Bool {
      switch turn {
      case .works: true
      case .silent(let hasEffect): hasEffect
      case .fails, .lies, .busy: false
      }
    }

    /// The report of a remedy that ends at `end`, as this turn lets it appear.
    func report(at end: Instant, action: String, detail: String, failure: String) -> RemedyReport {
      let last = min(order.notAfter, start + order.remedy.deadline)
      switch turn {
      case .silent:
        return RemedyReport(
          finishedAt: last, outcome: .unknown("no word of how it ended until its deadline"), action: action)
      case .fails: return RemedyReport(finishedAt: min(end, last), outcome: .failed(failure), action: action)
      case .works, .lies, .busy:
        guard end <= last else {
          return RemedyReport(
            finishedAt: last, outcome: .unknown("still under way at its deadline"), action: action)
        }
        return RemedyReport(finishedAt: end, outcome: .done, action: action, detail: detail)
      }
    }
  }
}

// Remedies that are scripts run in the guest.
extension SimulatedGuest {
  private mutating func script(_ trial: inout Trial) -> RemedyReport {
    let start = trial.start
    if let problem = agentProblem(at: start) {
      let end =
        problem.isSilence
        ? min(trial.order.notAfter, start + trial.order.remedy.deadline) : start + trial.draw.seconds(0.3, 1.2)
      return RemedyReport(
        finishedAt: end, outcome: problem.isSilence ? .unknown(problem.text) : .failed(problem.text))
    }
    if let expected = trial.order.bootID, expected != bootID {
      return RemedyReport(
        finishedAt: start + trial.draw.seconds(0.3, 0.9),
        outcome: .refused("the guest has booted since the evidence was taken; nothing was done"))
    }
    return switch trial.order.remedy {
    case .restartSSH: restartSSH(&trial)
    case .restartNetwork: restartNetwork(&trial)
    default: cleanDisk(&trial)
    }
  }

  private mutating func restartSSH(_ trial: inout Trial) -> RemedyReport {
    let start = trial.start
    let action = profile.distribution.restartSSH
    if fault(.sshConfigBroken) != nil {
      return RemedyReport(
        finishedAt: start + trial.draw.seconds(0.4, 1.3),
        outcome: .refused("sshd -t: \(brokenConfiguration); mend the file by hand, sshd was not restarted"),
        action: "sshd -t")
    }
    let end = start + trial.draw.seconds(0.9, 3.6)
    let stopped = start + trial.draw.seconds(0.3, 0.6)
    trial.effectAt = end
    if trial.takesEffect {
      agenda.add(.cure([.sshDown, .sshHung]), at: end - .milliseconds(150))
      sshGap = stopped..<max(end - .milliseconds(150), stopped)
    }
    return trial.report(
      at: end, action: action, detail: "sshd is active and listens on port 22",
      failure: "\(action): Job for ssh.service failed because a timeout was exceeded")
  }

  private mutating func restartNetwork(_ trial: inout Trial) -> RemedyReport {
    let start = trial.start
    let action = profile.distribution.restartNetwork
    let end = start + trial.draw.seconds(3, 9)
    trial.effectAt = end
    if trial.takesEffect {
      agenda.add(.cure([.networkDown]), at: end - .milliseconds(400))
      networkGap = (start + .milliseconds(500))..<(end - .milliseconds(400))
    }
    return trial.report(
      at: end, action: action,
      detail: "eth0 is up, \(machine.address?.host ?? "its address") and the default route are back",
      failure: "\(action) failed; the previous configuration was put back")
  }

  private mutating func cleanDisk(_ trial: inout Trial) -> RemedyReport {
    let end = trial.start + trial.draw.seconds(4, 22)
    trial.effectAt = end
    let path = trial.order.mount ?? "/"
    let action = "clean up \(path): temporary files, package cache, rotated logs, journal to 7 d"
    guard let index = profile.disks.firstIndex(where: { $0.path == path }) else {
      return RemedyReport(
        finishedAt: end, outcome: .failed("no file system is mounted on \(path)"), action: action)
    }
    let sweep = DiskSweep(guest: self, disk: index, at: end, &trial.draw)
    if trial.takesEffect, index == 0 {
      agenda.add(.cleaned(reclaimed: sweep.ordinary, cures: true), at: end - .milliseconds(50))
    }
    var report = trial.report(
      at: end, action: action, detail: sweep.text,
      failure: "the clean-up script ended with exit code 1: /var/lib/dpkg/lock-frontend is held by another process")
    // As the script itself judges it (semantics 5.9).
    if report.outcome == .done, sweep.points < 2 { report.outcome = .failed("less than 2 points: \(sweep.text)") }
    return report
  }
}

// Remedies that are calls of the control plane.
extension SimulatedGuest {
  private mutating func power(_ trial: inout Trial) -> RemedyReport {
    if power == .starting || power == .stopping || power == .deallocating {
      return RemedyReport(
        finishedAt: trial.start + .milliseconds(300),
        outcome: .busy("the VM is \(power.rawValue); wait until it is done"))
    }
    return switch trial.order.remedy {
    case .start: start(&trial)
    case .restart: restart(&trial)
    case .powerCycle: powerCycle(&trial)
    default: stop(&trial)
    }
  }

  private mutating func start(_ trial: inout Trial) -> RemedyReport {
    let now = trial.start
    guard power.isOff else {
      return RemedyReport(
        finishedAt: now + .seconds(2), outcome: .done, action: "start", detail: "it was running already")
    }
    let accepted = now + trial.draw.seconds(0.6, 2)
    guard trial.takesEffect else {
      trial.effectAt = accepted + .seconds(15)
      return trial.report(
        at: trial.effectAt, action: "start", detail: "running",
        failure:
          "AllocationFailed: \(profile.region.name) has no capacity for \(profile.size.name) now; try again later")
    }
    let times = orderBoot(at: accepted, allocates: power == .deallocated)
    trial.effectAt = times.poweredAt
    return trial.report(
      at: times.poweredAt + trial.draw.seconds(0.5, 3), action: "start", detail: "power is running", failure: "")
  }

  private mutating func restart(_ trial: inout Trial) -> RemedyReport {
    let now = trial.start
    guard power == .running else {
      return RemedyReport(
        finishedAt: now + .milliseconds(400),
        outcome: .refused("a restart needs a running VM; it is \(power.rawValue)"),
        action: "restart")
    }
    // A stuck kernel ignores the request to shut down; the platform waits before it pulls the plug.
    let off = now + (fault(.hung) != nil ? trial.draw.seconds(45, 100) : trial.draw.seconds(5, 16))
    guard trial.takesEffect else {
      trial.effectAt = off
      return trial.report(
        at: off, action: "restart", detail: "restarted",
        failure: "VMRestartTimedOut: the guest did not shut down, and was left as it was")
    }
    let times = cyclePower(from: now + .milliseconds(500), to: off)
    trial.effectAt = times.poweredAt
    return trial.report(
      at: times.poweredAt + trial.draw.seconds(0.5, 3), action: "restart", detail: "power is running", failure: "")
  }

  private mutating func powerCycle(_ trial: inout Trial) -> RemedyReport {
    if power.isOff { return start(&trial) }
    let now = trial.start
    let off = now + trial.draw.seconds(3, 8)
    guard trial.takesEffect else {
      trial.effectAt = off
      return trial.report(
        at: off, action: "power off, start", detail: "power is running",
        failure: "InternalExecutionError: the host did not carry out the power-off")
    }
    let times = cyclePower(from: now + .milliseconds(500), to: off)
    trial.effectAt = times.poweredAt
    return trial.report(
      at: times.poweredAt + trial.draw.seconds(0.5, 3), action: "power off, start", detail: "power is running",
      failure: "")
  }

  private mutating func stop(_ trial: inout Trial) -> RemedyReport {
    let now = trial.start
    guard power == .running else {
      return RemedyReport(
        finishedAt: now + .milliseconds(400), outcome: .done, action: "stop", detail: "it was \(power.rawValue) already"
      )
    }
    let off = now + trial.draw.seconds(8, 25)
    trial.effectAt = off
    if trial.takesEffect {
      agenda.removeAll { $0.isPower }
      agenda.add(.power(.stopping), at: now + .milliseconds(500))
      agenda.add(.stoppedByOperator, at: off)
    }
    return trial.report(
      at: off + .milliseconds(600), action: "stop", detail: "power is stopped",
      failure: "VMStopTimedOut: the guest did not shut down, and was left running")
  }
}
