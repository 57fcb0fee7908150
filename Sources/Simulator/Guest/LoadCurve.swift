/// How busy a machine is at any instant: the role's day, the week, and noise that remembers.
struct LoadCurve: Sendable {
  var seed: UInt64
  var life: RoleLife
  /// How much more or less than its role's average the machine is asked for, 0.75–1.15.
  var scale: Double
  /// Local time minus UTC, seconds.
  var zone: Double

  /// The busy share and the share waiting for I/O, each 0–1 of all processors; together below 0.95.
  struct Shares: Sendable, Hashable {
    var busy: Double
    var wait: Double
  }

  /// A burst begins at most once in this many seconds.
  private static let burstCell = 900.0

  /// What the machine is asked for, 0–1: the shape of the day and the week with slow noise, without bursts.
  func demand(at seconds: Double) -> Double {
    let local = seconds + zone
    let day = (local / 86400).rounded(.down)
    let hour = (local - day * 86400) / 3600
    let index = min(Int(hour), 23)
    let next = index == 23 ? 0 : index + 1
    let shape = life.hours[index] + (life.hours[next] - life.hours[index]) * (hour - Double(index))
    // 1970-01-01 was a Thursday: 0 is Sunday.
    let weekday = (Int(day) + 4) % 7
    let week = weekday == 0 || weekday == 6 ? life.weekend : 1
    let slow = Noise.smooth(seed ^ 0x11, at: seconds, cell: 3600)
    return min(shape * week * scale * (1 + life.restless * slow), 1)
  }

  func shares(at seconds: Double) -> Shares {
    let demand = demand(at: seconds)
    let middle = Noise.smooth(seed ^ 0x12, at: seconds, cell: 420)
    let fast = Noise.smooth(seed ^ 0x13, at: seconds, cell: 60)
    var busy = life.floor + life.span * demand * (1 + 0.6 * life.restless * middle)
    busy += (0.012 + 0.1 * life.span * demand) * fast
    busy += burst(at: seconds, demand: demand)
    busy = min(max(busy, 0.004), 0.87)

    var wait = life.waitFloor + life.waitSpan * busy * (1 + 0.5 * middle) + life.dump * dump(at: seconds)
    wait = min(max(wait, 0), min(0.26, (1 - busy) * 0.8))
    return Shares(busy: busy, wait: wait)
  }

  private func burst(at seconds: Double, demand: Double) -> Double {
    let place = seconds / Self.burstCell
    let floor = place.rounded(.down)
    let cell = UInt64(bitPattern: Int64(floor))
    guard Noise.unit(seed ^ 0x14, cell) < life.burstChance * (0.15 + demand) else { return 0 }
    // Up within a minute, down as fast, over 40–95 % of its cell.
    let end = 0.4 + 0.55 * Noise.unit(seed ^ 0x15, cell)
    let edge = 60 / Self.burstCell
    let part = place - floor
    let height = life.burst * (0.6 + 0.4 * Noise.unit(seed ^ 0x16, cell))
    return height * min(max(min(part / edge, (end - part) / edge), 0), 1)
  }

  /// 1 between 02:02 and 02:38 local time, with edges of two minutes.
  private func dump(at seconds: Double) -> Double {
    guard life.dump > 0 else { return 0 }
    let local = seconds + zone
    let minute = (local - (local / 86400).rounded(.down) * 86400) / 60
    return min(max(min((minute - 120) / 2, (160 - minute) / 2), 0), 1)
  }
}
