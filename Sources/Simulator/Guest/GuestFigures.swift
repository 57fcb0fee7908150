import FleetModel

/// What the kernel of a running guest would tell a probe script.
extension SimulatedGuest {
  /// The file systems as `df` shows them.
  func mounts(at now: Instant) -> [MountUsage] {
    let seconds = now.seconds
    var mounts: [MountUsage] = []
    mounts.reserveCapacity(profile.disks.count)
    for index in profile.disks.indices {
      mounts.append(profile.disks[index].usage(used: used(of: index, seconds, now)))
    }
    return mounts
  }

  /// Bytes in use on one file system.
  func used(of index: Int, at now: Instant) -> Double { used(of: index, now.seconds, now) }

  private func used(of index: Int, _ seconds: Double, _ now: Instant) -> Double {
    let capacity = Double(profile.disks[index].capacity)
    var used = profile.disks[index].ordinaryUse(at: seconds)
    for fault in faults where fault.disk == index && (fault.kind == .diskFull || fault.kind == .diskFullLiveLog) {
      used += max(capacity * fault.level / 100 - used, 0) * fault.progress(at: now)
    }
    if index == 0, reclaimed > 0 { used -= regrowing(at: now) }
    return max(used, 0.02 * capacity)
  }

  func memory(at now: Instant, uptime: Double, busy: Double) -> MemoryUsage {
    var share = profile.memoryShare(at: now.seconds, uptime: uptime, busy: busy)
    if let fault = fault(.memoryHigh) {
      let level = fault.level / 100 + 0.002 * Noise.smooth(profile.seed ^ 0x52, at: now.seconds, cell: 45)
      share += max(level - share, 0) * fault.progress(at: now)
    }
    let total = profile.size.memory / 100 * 97  // the kernel keeps some
    return MemoryUsage(total: total, available: UInt64(Double(total) * (1 - share)))
  }

  /// PSI follows load, swapping and waiting.
  func pressure(_ shares: LoadCurve.Shares, memoryPercent: Double) -> Pressure {
    let crowd = max(shares.busy - 0.6, 0) / 0.4
    return Pressure(
      cpu: tenths(min(100 * crowd * crowd * 0.8, 95)), memory: tenths(max(memoryPercent - 90, 0) * 4.5),
      io: tenths(min(shares.wait * 130, 95)))
  }

  /// The 1-minute load average: runners, waiters, and a queue when the processors are all taken.
  func loadAverage(_ shares: LoadCurve.Shares) -> Double {
    let processors = Double(profile.size.processors)
    let queue = max(shares.busy - 0.9, 0) * 14
    return ((shares.busy * (1.05 + queue) + shares.wait * 0.8) * processors * 100).rounded() / 100
  }

  /// What the journal holds since `cursor`.
  func logs(since cursor: String, at now: Instant) -> LogCounts {
    let next = "t=\(now.milliseconds);b=\(bootID.prefix(8))"
    guard let from = LogCursor.instant(of: cursor) else {
      return LogCounts(errors: 0, outOfMemoryKills: 0, readOnlyRemounts: 0, cursor: next)
    }
    let (start, end) = (from.seconds, now.seconds)
    var errors = LogLife.errors(
      seed: profile.seed, ratePerHour: profile.load.life.errorsPerHour, from: start, to: end)
    var kills = 0
    for fault in faults {
      let since = max(start, fault.since.seconds)
      switch fault.kind {
      case .diskFull where fault.level >= 96, .diskFullLiveLog where fault.level >= 96:
        errors += LogLife.errors(seed: profile.seed ^ 0x81, ratePerHour: 60, from: since, to: end)
      case .memoryHigh where fault.level >= 95:
        kills += LogLife.errors(seed: profile.seed ^ 0x82, ratePerHour: 5, from: since, to: end)
      case .authRefused, .sshHung:
        errors += LogLife.errors(
          seed: profile.seed ^ 0x83, ratePerHour: 8, from: since, to: end)
      default: break
      }
    }
    return LogCounts(errors: errors + kills, outOfMemoryKills: kills, readOnlyRemounts: 0, cursor: next)
  }

  private func tenths(_ value: Double) -> Double { (value * 10).rounded() / 10 }
}

/// The simulated journal's cursor: `t=<milliseconds>;b=<boot>`.
enum LogCursor {
  static func instant(of cursor: String) -> Instant? {
    guard cursor.utf8.starts(with: "t=".utf8) else { return nil }
    var value: Int64 = 0
    var digits = 0
    for byte in cursor.utf8.dropFirst(2) {
      guard byte >= 48, byte <= 57, digits < 17 else { break }
      value = value * 10 + Int64(byte - 48)
      digits += 1
    }
    return digits > 0 ? Instant(milliseconds: value) : nil
  }
}
