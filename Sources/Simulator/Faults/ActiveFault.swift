import FleetModel

/// One fault that is in a guest now.
struct ActiveFault: Hashable, Sendable {
  /// Counts the guest's faults.
  var number: UInt64
  var kind: SimulatedFault
  var since: Instant
  /// Percent; of the disk, the memory or the processors.
  var level: Double
  var isGradual: Bool
  /// Index of the file system that fills.
  var disk: Int
  /// The kernel is stuck: until then its network card still answers echoes and handshakes.
  var echoUntil: Instant
  /// Decides between forms of one fault (which part of the network is lost).
  var variant: UInt64

  init(_ occurrence: FaultOccurrence, number: UInt64, profile: GuestProfile) {
    var draw = Draw(profile.seed, at: occurrence.at.milliseconds, .fault)
    self.number = number
    kind = occurrence.fault
    since = occurrence.at
    isGradual = occurrence.onset == .gradual
    variant = draw.next()
    echoUntil = occurrence.at + (draw.chance(0.5) ? draw.seconds(20, 100) : .zero)
    let isData = kind == .diskFullLiveLog && profile.disks.count > 2 && draw.chance(0.6)
    disk = isData ? 2 : 0
    switch kind {
    case .diskFull, .diskFullLiveLog: level = occurrence.level ?? 97
    case .memoryHigh: level = occurrence.level ?? 97
    case .cpuHigh: level = occurrence.level ?? 99.4
    default: level = 0
    }
  }

  /// How far a gradual fault has come, 0–1: disks fill in 12 minutes, leaks eat the memory in 10.
  func progress(at now: Instant) -> Double {
    guard isGradual else { return 1 }
    let minutes = kind == .memoryHigh ? 10.0 : 12.0
    return min(max((now - since).inSeconds / (60 * minutes), 0), 1)
  }

  /// What it adds to the guest's load.
  var strain: LoadStrain {
    switch kind {
    case .cpuHigh: LoadStrain(busyFloor: level / 100)
    // The kernel writes pages out and reads them back.
    case .memoryHigh: LoadStrain(busyFloor: 0.25, waitFloor: level >= 95 ? 0.17 : 0.05)
    case .hung: LoadStrain(busyFloor: 0.999)
    default: .none
    }
  }
}
