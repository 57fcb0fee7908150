import FleetModel

/// The files of one simulated guest that a clean-up could reach: those that may go, and beside each the one that must
/// stay. What the real script makes of real file systems is shown by its own tests; here is judged what azlin asks for:
/// which mount, which age, and when.
struct GuestFiles: Sendable {
  struct File: Hashable, Sendable {
    enum Kind: Hashable, Sendable { case regular, link, socket }
    var path: String
    var mount = "/"
    var age: Duration
    var kind = Kind.regular
    var links = 1
    var isOpen = false
  }

  private(set) var files: [File]

  /// - Parameter mounts: of the guest's real file systems.
  init(mounts: [String]) {
    files = [
      File(path: "/tmp/build-4711/core", age: .days(9)), File(path: "/tmp/upload.part", age: .days(8)),
      File(path: "/tmp/report-of-yesterday.csv", age: .days(1)), File(path: "/tmp/session-of-this-week", age: .days(6)),
      File(path: "/tmp/precious", age: .days(40), kind: .link),
      File(path: "/tmp/agent.sock", age: .days(50), kind: .socket),
      File(path: "/tmp/shared-with-home", age: .days(60), links: 2),
      File(path: "/tmp/being-written", age: .days(11), isOpen: true),
      File(path: "/var/tmp/old-dump", age: .days(45)), File(path: "/var/tmp/dump-of-last-week", age: .days(8)),
      File(path: "/var/cache/apt/archives/libc6.deb", age: .days(3)), File(path: "/var/log/syslog.2.gz", age: .days(2)),
      File(path: "/var/log/journal/archived", age: .days(12)), File(path: "/var/log/journal/of-today", age: .hours(5)),
      File(path: "/var/log/syslog", age: .zero, isOpen: true), File(path: "/var/log/wtmp", age: .days(30)),
      File(path: "/home/azureuser/thesis.tex", age: .days(400)), File(path: "/etc/passwd", age: .days(200)),
      File(path: "/var/lib/dpkg/status", age: .days(20)),
    ]
    for mount in mounts where mount != "/" {
      files.append(File(path: mount + "/data.db", mount: mount, age: .days(90)))
      files.append(File(path: mount + "/tmp/scratch", mount: mount, age: .days(90)))
    }
  }

  private enum Place { case temporary, variable, cache, rotated, journal }

  private static func place(of path: String) -> Place? {
    if path.hasPrefix("/tmp/") { return .temporary }
    if path.hasPrefix("/var/tmp/") { return .variable }
    if path.hasPrefix("/var/cache/apt/archives/") { return .cache }
    if path.hasPrefix("/var/log/journal/") { return .journal }
    if path.hasPrefix("/var/log/"), path.hasSuffix(".gz") { return .rotated }
    return nil
  }

  /// Whether a clean-up of a mount may take a file (semantics 5.9).
  /// - Parameter temporaryAge: in /tmp; in /var/tmp it is at least 30 days.
  static func mayGo(_ file: File, from mount: String, temporaryAge: Duration) -> Bool {
    guard file.mount == mount, file.kind == .regular, file.links == 1, !file.isOpen, let place = place(of: file.path)
    else { return false }
    return switch place {
    case .temporary: file.age >= max(temporaryAge, .days(1))
    case .variable: file.age >= max(temporaryAge, .days(30))
    case .cache, .rotated: true
    case .journal: file.age >= .days(7)
    }
  }

  /// Does what a clean-up with these words does.
  /// - Parameter mount: nil: the script finds one by itself.
  /// - Returns: what is gone.
  mutating func clean(_ mount: String?, temporaryAge: Duration) -> [File] {
    let gone = files.filter { Self.mayGo($0, from: mount ?? "/", temporaryAge: temporaryAge) }
    files.removeAll { gone.contains($0) }
    return gone
  }
}
