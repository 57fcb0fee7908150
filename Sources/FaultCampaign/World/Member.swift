import Autopilot
import FleetModel

/// One machine of a campaign's fleet with what the world around its guest knows of it.
struct Member: Sendable {
  var machine: VirtualMachine
  var policy: Policy
  /// Troubles that are upon it now, how many of each: those of its guest excepted.
  var upon: [TroubleKind: Int] = [:]
  var isPurposelyOff = false
  var isEvicted = false
  /// Who turned it off by the control plane.
  var stop: (at: Instant, who: String, isVisibleFrom: Instant)?
  /// When the control plane's last operation on it ended, and whether it was azlin's.
  var operated: (at: Instant, isOurs: Bool)?
  /// An operation is under way until then; a hidden one does not show.
  var busy: (until: Instant, isHidden: Bool)?
  /// When others are going to mend its last hang or death.
  var mendedAt: Instant?
  var stalledSince: Instant?
  /// What the list of the cloud says of its power.
  var listed: (power: PowerState, at: Instant)?
  /// As they are until a clean-up takes some; each guest has them anew after it was made again.
  var files = Self.freshFiles
  static let freshFiles = GuestFiles(
    mounts: ["/", "/backup", "/mnt", "/var/lib/postgresql", "/var/lib/docker", "/var/lib/rabbitmq", "/var/mail"])
  var isListed = true
  var recreatedAt: Instant?
  /// A power-off of azlin's landed, and no start after it.
  var owesStartSince: Instant?
  /// From each such power-off until the end of the start that followed.
  var owed: [ClosedRange<Instant>] = []

  // What was seen of it.
  var probed: (at: Instant, truth: Truth)?
  var badSince: Instant?
  var darkSince: Instant?
  /// Since when it has been in trouble, with no quarter of an hour of good probes in between.
  var troubledSince: Instant?
  var goodSince: Instant?
  /// Since when every whole probe could see that nothing at all is wrong with it.
  var soundSince: Instant?
  var inspectedAt: Instant?
  var lastBootAt: Instant?
  var hooks: (at: Instant, agreed: Bool)?

  func has(_ kind: TroubleKind) -> Bool { upon[kind, default: 0] > 0 }
}
