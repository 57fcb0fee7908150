import FleetModel

/// One file system of a simulated guest: how full it is at any instant, faults apart.
struct GuestDisk: Sendable {
  var path: String
  var type: String
  /// Bytes for ordinary users.
  var capacity: UInt64
  /// Share in use just after the last big tidying, 0–1.
  var base: Double
  /// What grows until somebody archives it: its share at the end of `growthDays`.
  var growth: Double
  var growthDays: Double
  /// What logs add in a day before they are rotated (Debian's cron.daily: 06:25).
  var dailyLogs: Double
  /// Inodes in use, percent; nil: none reported.
  var inodes: Double?
  var seed: UInt64

  /// Rotation, seconds after midnight UTC.
  private static let rotation = 6.0 * 3600 + 25 * 60

  /// Bytes in use without faults and without what a clean-up took away.
  func ordinaryUse(at seconds: Double) -> Double {
    let period = growthDays * 86400
    let phase = Noise.unit(seed, 5) * period
    let grown = growth * (seconds + phase).wrapped(by: period) / period
    let day = (seconds - Self.rotation).wrapped(by: 86400) / 86400
    let wander = 0.002 * Noise.smooth(seed, at: seconds, cell: 5400)
    return Double(capacity) * (base + grown + dailyLogs * day + wander)
  }

  func usage(used: Double) -> MountUsage {
    let bytes = UInt64(min(max(used, 0), Double(capacity)))
    return MountUsage(path: path, type: type, used: bytes, available: capacity - bytes, inodePercent: inodes)
  }

  /// The file systems a machine of a role has; the root comes first.
  static func layout(for role: MachineRole, seed: UInt64, _ draw: inout Draw) -> [GuestDisk] {
    func disk(
      _ path: String, _ type: String, gibibytes: Double, base: ClosedRange<Double>, growth: Double, logs: Double,
      inodes: Bool = true
    ) -> GuestDisk {
      GuestDisk(
        path: path, type: type,
        // ext4 keeps 5 % for root, xfs about 0.5 % for itself.
        capacity: UInt64(gibibytes * (type == "ext4" ? 0.935 : 0.993) * 1_073_741_824),
        base: draw.between(base.lowerBound, base.upperBound), growth: growth * draw.between(0.6, 1),
        growthDays: draw.between(14, 45), dailyLogs: logs * draw.between(0.5, 1),
        inodes: inodes ? draw.between(3, 17).rounded() : nil, seed: Noise.hash(seed, TextHash.of(path)))
    }
    let root = disk("/", "ext4", gibibytes: role == .build ? 64 : 30, base: 0.28...0.50, growth: 0.14, logs: 0.03)
    let boot = disk("/boot", "ext4", gibibytes: 0.94, base: 0.16...0.24, growth: 0.08, logs: 0)
    let resource = disk("/mnt", "ext4", gibibytes: 75, base: 0.01...0.04, growth: 0.03, logs: 0.001)
    switch role {
    case .db:
      return [
        root, boot,
        disk("/var/lib/postgresql", "xfs", gibibytes: 512, base: 0.46...0.62, growth: 0.10, logs: 0.004),
        disk("/backup", "xfs", gibibytes: 1024, base: 0.40...0.55, growth: 0.16, logs: 0.012),
      ]
    case .build:
      return [root, boot, disk("/var/lib/docker", "xfs", gibibytes: 256, base: 0.30...0.45, growth: 0.28, logs: 0.01)]
    case .mail:
      return [root, boot, disk("/var/mail", "ext4", gibibytes: 128, base: 0.35...0.6, growth: 0.1, logs: 0.006)]
    case .queue:
      return [root, boot, disk("/var/lib/rabbitmq", "xfs", gibibytes: 64, base: 0.08...0.2, growth: 0.1, logs: 0.01)]
    case .batch, .worker: return [root, boot, resource]
    case .web, .api, .cache, .proxy: return [root, boot]
    }
  }
}
