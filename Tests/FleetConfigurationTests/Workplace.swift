import FleetConfiguration
import FleetModel
import Foundation
import Synchronization

/// A configuration directory of one test's own, gone with it.
final class Workplace: Sendable {
  let directory: ConfigurationDirectory

  init() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("azlin-\(UUID().uuidString)").path
    directory = ConfigurationDirectory(path: path + "/.azlin", home: path)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: directory.home) }

  func path(_ name: String) -> String { directory.path + "/" + name }

  /// Writes a file below the directory, and the folders above it.
  func write(_ text: String, to name: String, mode: Int = 0o600) throws {
    let path = path(name)
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    // A new file each time, so that its stamp differs whatever the clock's grain.
    try? FileManager.default.removeItem(atPath: path)
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
  }

  func read(_ name: String) throws -> String { try String(contentsOfFile: path(name), encoding: .utf8) }

  func mode(_ name: String) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: path(name))
    return (attributes[.posixPermissions] as? NSNumber)?.intValue ?? -1
  }

  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }
}

func machine(_ name: String, group: String = "", provider: ProviderKind = .azure) -> VirtualMachine {
  VirtualMachine(id: MachineID("\(provider)/\(group)/\(name)"), name: name, group: group, provider: provider)
}

/// A clock that moves only when told to.
final class TestClock: Sendable {
  private let instant = Mutex(Instant(milliseconds: 1_764_757_815_000))
  var now: @Sendable () -> Instant { { [self] in instant.withLock { $0 } } }
  func advance(by duration: Duration) { instant.withLock { $0 = $0 + duration } }
}
