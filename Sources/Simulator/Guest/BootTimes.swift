import FleetModel

/// One boot, from the order to a working shell: 20–90 s in all.
struct BootTimes: Hashable, Sendable, Codable {
  /// Counts the machine's boots.
  var number: UInt64
  /// The control plane says `running`, and the kernel's clock starts.
  var poweredAt: Instant
  var echoAt: Instant
  /// sshd listens.
  var portAt: Instant
  var bannerAt: Instant
  /// pam_nologin is gone: logins get a shell.
  var shellAt: Instant

  init(number: UInt64, orderedAt: Instant, allocates: Bool, _ draw: inout Draw) {
    self.number = number
    poweredAt = orderedAt + draw.seconds(7, 18) + (allocates ? draw.seconds(12, 30) : .zero)
    echoAt = poweredAt + draw.seconds(5, 13)
    portAt = echoAt + draw.seconds(3, 10)
    bannerAt = portAt + draw.seconds(0.5, 2)
    shellAt = bannerAt + draw.seconds(4, 14)
  }

  /// A boot long ago.
  init(number: UInt64, poweredAt: Instant) {
    self.number = number
    self.poweredAt = poweredAt
    let up = poweredAt + .seconds(30)
    (echoAt, portAt, bannerAt, shellAt) = (up, up, up, up)
  }

  func bootID(seed: UInt64) -> String {
    TextHash.uuid(Noise.hash(seed ^ 0xB007, 2 &* number), Noise.hash(seed ^ 0xB007, 2 &* number &+ 1))
  }
}
