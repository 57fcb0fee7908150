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

  /// - Parameter pace: how many times faster than a real machine's, above 0.
  init(number: UInt64, orderedAt: Instant, allocates: Bool, pace: Double = 1, _ draw: inout Draw) {
    func span(_ low: Double, _ high: Double) -> Duration { draw.seconds(low / pace, high / pace) }
    self.number = number
    poweredAt = orderedAt + span(7, 18) + (allocates ? span(12, 30) : .zero)
    echoAt = poweredAt + span(5, 13)
    portAt = echoAt + span(3, 10)
    bannerAt = portAt + span(0.5, 2)
    shellAt = bannerAt + span(4, 14)
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
