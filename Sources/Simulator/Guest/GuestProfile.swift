import FleetModel

/// What never changes in a simulated machine: who it is, and the curves it lives by.
struct GuestProfile: Sendable {
  var seed: UInt64
  var role: MachineRole
  var size: MachineSize
  var region: Region
  var distribution: Distribution
  var load: LoadCurve
  /// Which subnet of the fleet: its machines lose their network together.
  var subnet: Int
  var disks: [GuestDisk]

  init(seed: UInt64, role: MachineRole, region: Region, distribution: Distribution, subnet: Int) {
    var draw = Draw(seed, 1)
    self.seed = seed
    self.role = role
    self.region = region
    self.distribution = distribution
    self.subnet = subnet
    size = draw.pick(role.sizes)
    load = LoadCurve(seed: seed, life: role.life, scale: draw.between(0.75, 1.15), zone: region.zone * 3600)
    disks = GuestDisk.layout(for: role, seed: seed, &draw)
  }

  var life: RoleLife { load.life }

  /// Memory in use without any fault, 0–1.
  /// - Parameters:
  ///   - seconds: since 1970.
  ///   - uptime: seconds since boot: caches fill, and a leak starts anew.
  ///   - busy: the processors' busy share now.
  func memoryShare(at seconds: Double, uptime: Double, busy: Double) -> Double {
    let period = life.leakDays * 86400
    let phase = Noise.unit(seed, 77) * period
    let sinceRestart = (seconds + phase).wrapped(by: period)
    let leak = life.leak * min(sinceRestart, uptime) / period
    let wander = 0.02 * Noise.smooth(seed ^ 0x51, at: seconds, cell: 1900)
    let demand = load.demand(at: seconds)
    let warm = uptime >= 1200 ? 1 : 0.45 + 0.55 * uptime / 1200
    let share = (life.memory + life.memorySpan * (0.8 * demand + 0.2 * busy) + wander) * warm + leak
    return min(max(share, 0.05), 0.84)
  }

  /// The round trip of an echo now, milliseconds; rare spikes are what a busy path does.
  func latency(at seconds: Double, _ draw: inout Draw) -> Double {
    let slow = 1 + 0.06 * Noise.smooth(seed ^ 0x61, at: seconds, cell: 2700)
    let jitter = -0.5 + draw.unit() + draw.unit()
    var latency = (region.latency + 0.4) * (slow + 0.03 * jitter) + 0.15 * draw.unit()
    if draw.chance(0.004) { latency += draw.between(20, 180) }
    return max(latency, 0.2)
  }
}
