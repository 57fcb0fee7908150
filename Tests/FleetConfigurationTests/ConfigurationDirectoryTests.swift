import FleetConfiguration
import Foundation
import Testing

@Suite("The configuration directory")
struct ConfigurationDirectoryTests {
  @Test("The option wins over AZLIN_CONFIG_DIR, that over ~/.azlin")
  func order() throws {
    let environment = ["HOME": "/home/ops", "AZLIN_CONFIG_DIR": "/srv/azlin/"]
    #expect(try ConfigurationDirectory.find(environment: environment).path == "/srv/azlin")
    #expect(try ConfigurationDirectory.find(option: "/x", environment: environment).path == "/x")
    #expect(try ConfigurationDirectory.find(option: "~/y", environment: environment).path == "/home/ops/y")
    #expect(try ConfigurationDirectory.find(environment: ["HOME": "/home/ops"]).path == "/home/ops/.azlin")
    #expect(try ConfigurationDirectory.find(environment: ["HOME": "/h", "AZLIN_CONFIG_DIR": ""]).path == "/h/.azlin")
    #expect(try ConfigurationDirectory.find(option: "rel", environment: environment).path.hasSuffix("/rel"))
  }

  @Test("A relative AZLIN_CONFIG_DIR is refused: it would mean another place in every directory")
  func relative() {
    let error = #expect(throws: ConfigurationError.self) {
      try ConfigurationDirectory.find(environment: ["HOME": "/h", "AZLIN_CONFIG_DIR": "rel"])
    }
    #expect(
      error?.description
        == "rel cannot hold azlin's configuration: it is not an absolute path; set AZLIN_CONFIG_DIR to a directory that azlin may write to"
    )
  }

  @Test("Every file has its place, and is shown as the operator knows it")
  func paths() {
    let directory = ConfigurationDirectory(path: "/home/ops/.azlin", home: "/home/ops")
    #expect(directory.defaults == "/home/ops/.azlin/autopilot/defaults.yaml")
    #expect(directory.shown(directory.journal) == "~/.azlin/journal.sqlite")
    #expect(directory.expanded("~/.azlin/hooks/a.sh") == directory.hooks + "/a.sh")
    #expect(directory.shown("/srv/x") == "/srv/x")
  }

  @Test("A file in the way is named, with what to do")
  func fileInTheWay() throws {
    let place = try Workplace()
    try place.write("", to: "autopilot")
    let error = #expect(throws: ConfigurationError.self) { try place.directory.create() }
    #expect(
      error?.description
        == "\(place.path("autopilot")) cannot hold azlin's configuration: it is not a directory; set AZLIN_CONFIG_DIR to a directory that azlin may write to"
    )
    let below = ConfigurationDirectory(path: place.path("autopilot/x"))
    #expect(throws: ConfigurationError.self) { try below.create() }
  }

  @Test(
    "A read-only file system is named, and nothing is lost",
    .enabled(if: ReadOnlyMount.isPossible, "needs root and mount(8)"))
  func readOnly() throws {
    let mount = try ReadOnlyMount()
    let directory = ConfigurationDirectory(path: mount.path + "/azlin")
    let error = #expect(throws: ConfigurationError.self) { try directory.create() }
    #expect(
      error?.description
        == "\(mount.path)/azlin cannot hold azlin's configuration: Read-only file system; set AZLIN_CONFIG_DIR to a directory that azlin may write to"
    )
    let write = #expect(throws: ConfigurationError.self) { try FileAccess.write([0x61], to: mount.path + "/f.yaml") }
    #expect(
      write?.description
        == "\(mount.path)/f.yaml cannot be written: Read-only file system; mount it writable, or set AZLIN_CONFIG_DIR to another directory"
    )
  }

  @Test("A directory without write permission is named", .enabled(if: geteuid() != 0, "root passes over permissions"))
  func unwritable() throws {
    let place = try Workplace()
    try FileManager.default.createDirectory(
      atPath: place.directory.path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o500])
    #expect(throws: ConfigurationError.self) { try place.directory.create() }
  }

  @Test("What exists keeps its permissions; what is made is 0700")
  func modes() throws {
    let place = try Workplace()
    try FileManager.default.createDirectory(
      atPath: place.directory.path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o750])
    try place.directory.create()
    try place.directory.create()
    #expect(try place.mode("") == 0o750 && place.mode("hooks") == 0o700)
  }
}

/// An empty read-only file system of one test's own.
private final class ReadOnlyMount {
  let path: String

  static let isPossible = geteuid() == 0 && (try? ReadOnlyMount()) != nil

  struct Failure: Error {}

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("azlin-ro-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    guard try Self.run("mount", "-t", "tmpfs", "-o", "ro,size=64k", "tmpfs", path) == 0 else {
      try? FileManager.default.removeItem(atPath: path)
      throw Failure()
    }
  }

  deinit {
    _ = try? Self.run("umount", path)
    try? FileManager.default.removeItem(atPath: path)
  }

  private static func run(_ arguments: String...) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
  }
}
