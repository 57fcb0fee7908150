import FleetModel
import Autopilot

/// What a probe from outside finds: exactly what would be found of a real machine in the same state.
extension SimulatedGuest {
  /// - Parameter subnetDown: the guest's subnet has lost its way out.
  mutating func probe(_ request: ProbeRequest, subnetDown: Bool, at start: Instant) -> ProbeReport {
    advance(to: start)
    var draw = Draw(profile.seed, at: start.milliseconds, .probe)
    let reach = reach(at: start, subnetDown: subnetDown)
    let latency = profile.latency(at: start.seconds, &draw)
    var report = ProbeReport(startedAt: start, finishedAt: start, path: machine.address?.host ?? "")
    var elapsed = 0.0  // milliseconds

    if request.depth != .witnesses {
      if request.checks.contains(.power) {
        report.power = .value(power)
        elapsed = draw.between(40, 160)
      } else {
        report.power = .notMeasured(.switchedOff)
      }
    }
    elapsed = max(elapsed, witnesses(request, reach, latency, &draw, &report))
    if request.depth != .witnesses { elapsed += shell(request, reach, latency, &draw, &report) }
    report.finishedAt = start + .milliseconds(Int64(elapsed.rounded(.up)))
    return report
  }

  /// How far into the guest a packet comes.
  private enum Reach {
    /// Nobody answers, or nobody can be heard.
    case dark
    /// The kernel answers echoes, but the port is closed.
    case closed
    /// Handshakes succeed; nothing follows.
    case mute
    /// sshd speaks; `since` its shells are to be had.
    case open(shellFrom: Instant)
  }

  private func reach(at now: Instant, subnetDown: Bool) -> Reach {
    guard let boot, now >= boot.echoAt, !subnetDown else { return .dark }
    if let networkGap, networkGap.contains(now) { return .dark }
    var answer = Reach.open(shellFrom: boot.shellAt)
    if now < boot.portAt { answer = .closed } else if now < boot.bannerAt { answer = .mute }
    if let sshGap, sshGap.contains(now) { answer = .closed }
    for fault in faults {
      switch fault.kind {
      case .networkDown, .pathBlocked, .platformUnavailable: return .dark
      case .hung: answer = .mute
      case .sshDown, .sshConfigBroken: answer = .closed
      case .sshHung: if case .open = answer { answer = .mute }
      default: break
      }
    }
    if let hung = fault(.hung), now >= hung.echoUntil { return .dark }
    return answer
  }

  /// Fills in echo and handshake.
  /// - Returns: milliseconds until both were known.
  private func witnesses(
    _ request: ProbeRequest, _ reach: Reach, _ latency: Double, _ draw: inout Draw, _ report: inout ProbeReport
  ) -> Double {
    guard request.depth == .witnesses || request.checks.contains(.connectivity) || wantsSSH(request) else {
      report.echo = .notMeasured(.switchedOff)
      report.tcp = .notMeasured(.switchedOff)
      return 0
    }
    let timeout = Double(request.connectivityTimeout.milliseconds)
    if case .dark = reach {
      report.echo = .value(.silent)
      report.tcp = .value(.silent)
      return timeout
    }
    // One echo in 400 is lost on the way; the handshake is repeated by the kernel and is not.
    let isLost = draw.chance(0.0025)
    report.echo = .value(isLost ? .silent : .answered(latency: milliseconds(latency)))
    let handshake = milliseconds(latency + draw.between(0.1, 0.5))
    if case .closed = reach {
      report.tcp = .value(.refused(latency: handshake))
    } else {
      report.tcp = .value(.answered(latency: handshake))
    }
    return isLost ? timeout : latency + 0.5
  }

  /// Whether the probe needs a connection to sshd at all.
  private func wantsSSH(_ request: ProbeRequest) -> Bool {
    if request.checks.contains(.ssh) { return true }
    return request.depth == .full && !request.checks.isDisjoint(with: Self.insideChecks)
  }

  static let insideChecks: Set<CheckKind> = [.disk, .memory, .cpu, .iowait, .logs]

  /// Climbs the SSH rungs and runs the script.
  /// - Returns: milliseconds it took.
  private mutating func shell(
    _ request: ProbeRequest, _ reach: Reach, _ latency: Double, _ draw: inout Draw, _ report: inout ProbeReport
  ) -> Double {
    let start = report.startedAt
    let checksSSH = request.checks.contains(.ssh)
    guard wantsSSH(request) else {
      report.ssh = .notMeasured(.switchedOff)
      report.guest = .notMeasured(.switchedOff)
      return 0
    }
    let rungs: SSHRungs
    switch reach {
    case .dark:
      report.ssh = .notMeasured(checksSSH ? .lowerRungFailed("no answer from the SSH port") : .switchedOff)
      report.guest = .notMeasured(.lowerRungFailed("no answer from the SSH port"))
      return 0
    case .closed:
      rungs = SSHRungs(reached: nil, failure: .portRefused, elapsed: milliseconds(latency))
    case .mute:
      rungs = SSHRungs(reached: .port, failure: .noBanner, elapsed: request.sshTimeout)
    case .open(let shellFrom):
      rungs = login(request, shellFrom: shellFrom, latency, at: start)
    }
    report.ssh = checksSSH ? .value(rungs) : .notMeasured(.switchedOff)
    var elapsed = Double(rungs.elapsed.milliseconds)
    if request.depth == .full, rungs.reached == .shell, let boot {
      report.guest = .value(figures(request, boot, at: start))
      elapsed += latency + draw.between(18, 45) + (request.wantsTwoCPUSamples ? 1000 : 0)
    } else if request.depth == .full {
      report.guest = .notMeasured(.lowerRungFailed(rungs.failure?.explanation ?? "no shell"))
    }
    return elapsed
  }

  private mutating func login(
    _ request: ProbeRequest, shellFrom: Instant, _ latency: Double, at now: Instant
  ) -> SSHRungs {
    let banner = profile.distribution.banner
    // A guest that has no processor or no memory left takes its time.
    let shares = shares()
    let drag = shares.busy > 0.95 || shares.wait > 0.15 ? 6.0 : 1
    let greeting = 2 * latency + 6 * drag
    let authenticated = greeting + 4 * latency + 12 * drag
    if let fault = fault(.hostKeyChanged) {
      return SSHRungs(
        reached: .banner,
        failure: .hostKeyChanged(known: fingerprint(0), offered: fingerprint(fault.number)), banner: banner,
        elapsed: milliseconds(greeting + latency))
    }
    if request.depth == .recheck {
      return SSHRungs(reached: .banner, banner: banner, elapsed: milliseconds(greeting))
    }
    if fault(.authRefused) != nil {
      return SSHRungs(
        reached: .banner, failure: .authenticationRefused(methods: "publickey"), banner: banner,
        elapsed: milliseconds(authenticated))
    }
    if now < shellFrom {
      return SSHRungs(
        reached: .authentication,
        failure: .shellFailed("the system is booting up; logins are not permitted yet (pam_nologin)"),
        banner: banner, elapsed: milliseconds(authenticated))
    }
    return SSHRungs(reached: .shell, banner: banner, elapsed: milliseconds(authenticated + 2 * latency + 3 * drag))
  }

  private mutating func figures(_ request: ProbeRequest, _ boot: BootTimes, at now: Instant) -> GuestReport {
    let checks = request.checks
    let shares = shares()
    let processors = profile.size.processors
    let uptime = (now - boot.poweredAt).inSeconds
    let memory = memory(at: now, uptime: uptime, busy: shares.busy)
    let wantsCPU = checks.contains(.cpu) || checks.contains(.iowait)
    let unwanted = Unmeasured.switchedOff
    return GuestReport(
      bootID: bootID, uptime: now - boot.poweredAt, clock: now + .milliseconds(Int64(profile.seed % 40)),
      distribution: profile.distribution.name,
      cpu: wantsCPU ? .value(account.counters(processors: processors)) : .notMeasured(unwanted),
      earlierCPU: wantsCPU && request.wantsTwoCPUSamples
        ? account.counters(processors: processors, before: 1, shares) : nil,
      memory: checks.contains(.memory) ? .value(memory) : .notMeasured(unwanted),
      mounts: checks.contains(.disk) ? .value(mounts(at: now)) : .notMeasured(unwanted),
      pressure: wantsCPU || checks.contains(.memory)
        ? .value(pressure(shares, memoryPercent: memory.percent)) : .notMeasured(unwanted),
      logs: checks.contains(.logs) ? .value(logs(since: request.logCursor, at: now)) : .notMeasured(unwanted),
      load: loadAverage(shares), processors: processors, packageManagerRuns: false)
  }

  /// A host key's fingerprint as OpenSSH prints it (`SHA256:` and 43 characters); 0 is the one first seen.
  private func fingerprint(_ generation: UInt64) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    let seed = Noise.hash(profile.seed ^ 0xF1, generation)
    return "SHA256:" + String((0..<43).map { alphabet[Int(Noise.hash(seed, $0) % 64)] })
  }

  private func milliseconds(_ value: Double) -> Duration { .microseconds(Int64(value * 1000)) }
}
