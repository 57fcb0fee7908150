import FleetModel
import Autopilot

/// A script that a simulated guest knows by its marker line.
enum ScriptKind: Hashable {
  case probe(disk: Bool, logs: Bool, twoSamples: Bool, cursor: String)
  case look(port: Int)
  /// - mount: empty: the guest chooses.
  /// - sentAt: by the monitor's clock.
  case remedy(Remedy, mount: String, bootID: String, notAfter: Instant?, sentAt: Instant?)

  init?(_ script: String) {
    func setting(_ name: String) -> String {
      guard let start = script.firstRange(of: name + "=") else { return "" }
      let line = script[start.upperBound...].prefix { $0 != "\n" }
      return String(line.replacing("'\\''", with: "").replacing("'", with: ""))
    }
    func time(_ name: String) -> Instant? { Int64(setting(name)).map { Instant(milliseconds: $0 * 1000) } }
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
        notAfter: time("azlin_not_after"), sentAt: time("azlin_sent_at"))
    } else {
      return nil
    }
  }
}
