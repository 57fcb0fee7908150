/// The Debian tree all guests boot from.
enum LabRoot {
  /// Its path; builds it first where it is not there.
  static func path() async throws -> String {
    // Longer than a slow mirror needs; a second test process waits here for the first.
    try await LabCommand.succeed(["bash", "-c", LabScripts.root, "root.sh", cache], seconds: 900).text
  }

  private static let cache: String =
    LabCommand.inherited("AZLIN_LAB_CACHE")
    ?? LabCommand.inherited("XDG_CACHE_HOME").map { "\($0)/azlin-lab" }
    ?? "\(LabCommand.inherited("HOME") ?? "/root")/.cache/azlin-lab"
}

/// The scripts beside this file, which are carried inside the program.
enum LabScripts {
  static let root = String(decoding: PackageResources.root_sh, as: UTF8.self)
  static let hold = String(decoding: PackageResources.hold_sh, as: UTF8.self)
  static let guest = String(decoding: PackageResources.guest_sh, as: UTF8.self)
}
