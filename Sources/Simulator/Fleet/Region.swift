/// An Azure region as seen from a monitor in western Europe.
struct Region: Hashable, Sendable {
  var name: String
  /// Round trip of an echo, milliseconds (Azure's published medians between regions, rounded).
  var latency: Double
  /// Local time minus UTC, hours: where the day's peak falls.
  var zone: Double

  /// The region of a fleet's production first, then the others.
  static let all = [
    Region(name: "westeurope", latency: 4.5, zone: 1),
    Region(name: "northeurope", latency: 18, zone: 0),
    Region(name: "germanywestcentral", latency: 9, zone: 1),
    Region(name: "eastus2", latency: 84, zone: -5),
    Region(name: "uksouth", latency: 11, zone: 0),
    Region(name: "southeastasia", latency: 158, zone: 8),
    Region(name: "westus3", latency: 141, zone: -7),
  ]
}

/// What a guest runs: decides its paths, its package manager and its banner.
struct Distribution: Hashable, Sendable {
  /// `PRETTY_NAME` of os-release.
  var name: String
  /// The server's identification line.
  var banner: String
  /// Where the package manager keeps what it has downloaded.
  var packageCache: String
  /// How the ssh service is restarted there.
  var restartSSH: String
  var restartNetwork: String

  static let debian = Distribution(
    name: "Debian GNU/Linux 12 (bookworm)", banner: "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u7",
    packageCache: "/var/cache/apt", restartSSH: "systemctl restart ssh",
    restartNetwork: "systemctl restart systemd-networkd")
  static let ubuntu = Distribution(
    name: "Ubuntu 24.04.3 LTS", banner: "SSH-2.0-OpenSSH_9.6p1 Ubuntu-3ubuntu13.14",
    packageCache: "/var/cache/apt", restartSSH: "systemctl restart ssh",
    restartNetwork: "systemctl restart systemd-networkd")
  static let alma = Distribution(
    name: "AlmaLinux 9.6 (Sage Margay)", banner: "SSH-2.0-OpenSSH_8.7", packageCache: "/var/cache/dnf",
    restartSSH: "systemctl restart sshd", restartNetwork: "systemctl restart NetworkManager")
  static let alpine = Distribution(
    name: "Alpine Linux v3.22", banner: "SSH-2.0-OpenSSH_10.0", packageCache: "/var/cache/apk",
    restartSSH: "rc-service sshd restart", restartNetwork: "rc-service networking restart")

  /// Share of each in a fleet, tenths.
  static let mix = [ubuntu, ubuntu, ubuntu, ubuntu, debian, debian, debian, alma, alma, alpine]
}
