import FleetModel

/// What one clean-up of one file system frees, and how the script tells it.
struct DiskSweep: Sendable {
  /// Bytes of caches and rotated logs, which every machine has.
  private(set) var ordinary: Double
  /// Bytes of the old files that filled the disk; 0 where there are none.
  private(set) var hoard: Double
  /// `freed 3.1 GiB from /var/tmp, /var/cache/apt: 96 % → 71 %`.
  private(set) var text: String
  /// Percentage points that it frees.
  private(set) var points = 0.0

  init(guest: SimulatedGuest, disk index: Int, at instant: Instant, _ draw: inout Draw) {
    let disk = guest.profile.disks[index]
    let capacity = Double(disk.capacity)
    let used = guest.used(of: index, at: instant)
    let holder = guest.fault(.diskFullLiveLog)
    let before = Self.percent(used, capacity)
    guard index == 0 else {
      (ordinary, hoard) = (0, 0)
      text = "freed 0 B: none of the places that may be cleaned is on \(disk.path): \(before) % → \(before) %"
      if holder?.disk == index { text += Self.holderText(guest, disk, used) }
      return
    }
    let fresh = capacity * draw.between(0.004, 0.013)
    let standing = guest.regrowing(at: instant)
    ordinary = max(fresh - standing, 0).rounded()
    hoard = 0
    if let fault = guest.fault(.diskFull) {
      let bare = disk.ordinaryUse(at: instant.seconds) - standing
      hoard = max(capacity * fault.level / 100 - bare, 0) * fault.progress(at: instant)
      if holder != nil { hoard = min(hoard, max(used - bare, 0)) }
    }
    let freed = min(ordinary + hoard, used)
    let after = Self.percent(used - freed, capacity)
    points = 100 * freed / capacity
    var places = ["/var/log"]
    if ordinary > capacity * 0.002 || hoard > 0 { places.insert(guest.profile.distribution.packageCache, at: 0) }
    if hoard > 0 { places.insert("/var/tmp", at: 0) }
    text = "freed \(Self.size(freed)) from \(places.joined(separator: ", ")): \(before) % → \(after) %"
    if holder?.disk == 0 { text += Self.holderText(guest, disk, used) }
  }

  private static func holderText(_ guest: SimulatedGuest, _ disk: GuestDisk, _ used: Double) -> String {
    let service = guest.profile.role.service
    let file = disk.path == "/" ? "/var/log/\(service)/\(service).log" : "\(disk.path)/\(service).data"
    let excess = max(used - disk.ordinaryUse(at: 0), used * 0.1)
    let process = 900 + guest.profile.seed % 3000
    return "; largest: \(file) \(size(excess)), held open by \(service) (pid \(process))"
  }

  private static func percent(_ used: Double, _ capacity: Double) -> Int { Int(100 * used / capacity) }

  /// Bytes in binary units, two figures (`3.1 GiB`, `118 MiB`).
  static func size(_ bytes: Double) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"]
    var value = max(bytes, 0)
    var unit = 0
    while value >= 1024, unit < units.count - 1 {
      value /= 1024
      unit += 1
    }
    let tenths = Int((value * 10).rounded())
    return value >= 10 || unit == 0
      ? "\(Int(value.rounded())) \(units[unit])" : "\(tenths / 10).\(tenths % 10) \(units[unit])"
  }
}
