import FleetModel
import Autopilot

/// A script that a simulated guest knows by its marker line.
enum ScriptKind: Hashable {
  case probe(disk: Bool, logs: Bool, twoSamples: Bool, cursor: String)
  case look(port: Int)
  /// - mount: empty: the guest chooses.
  case remedy(Remedy, mount: String, bootID: String, notAfter: Instant?)

  init?(_ script: String) {
    func setting(_ name: String) -> String {
      guard let start = script.firstRange(of: name + "=") else { return "" }
      let line = script[start.upperBound...].prefix { $0 != "\n" }
      return String(line.replacing("'\\''", with: "").replacing("'", with: ""))
    }
    if script.contains("azlin-probe 1") {
      self = .probe(
        disk: setting("azlin_disk") == "1", logs: setting("azlin_logs") == "1",
        twoSamples: setting("azlin_two") == "1", cursor: setting("azlin_cursor"))
    } else if script.contains("azlin-look 1") {
      self = .look(port: Int(setting("azlin_port")) ?? 22)
    } else if script.contains("azlin-remedy 1") {
      let remedy: Remedy =
        script.contains("azlin_mount=")
        ? .cleanDisk : script.contains("azlin_patience=") ? .restartNetwork : .restartSSH
      self = .remedy(
        remedy, mount: setting("azlin_mount"), bootID: setting("azlin_boot"),
        notAfter: Int64(setting("azlin_not_after")).map { Instant(milliseconds: $0 * 1000) })
    } else {
      return nil
    }
  }
}
