import FleetModel
import Foundation
import Testing

@testable import Hosts

@Suite("Where hosts come from")
struct HostsInventoryTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "azlin-hosts-\(UUID().uuidString)")

  private func file(_ text: String, mode: Int = 0o600) throws -> String {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let path = folder.appending(path: "inventory.yaml").path
    try Data(text.utf8).write(to: URL(filePath: path))
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    return path
  }

  @Test("An edit of the file is seen at the next look; a broken edit leaves the last commands in force")
  func edits() async throws {
    let path = try file("hosts: [{name: a, commands: {start: one}}]")
    defer { try? FileManager.default.removeItem(at: folder) }
    let inventory = HostsInventory(.init(file: path, hosts: try HostList.parse("b")), home: "/")
    #expect(try await inventory.machines().map(\.name) == ["a", "b"])
    let id = MachineID("hosts//a")
    #expect(inventory.entry(id)?.commands.start?.words == ["one"])
    _ = try file("hosts: [{name: a, commands: {start: two}}]")
    _ = try await inventory.machines()
    #expect(inventory.entry(id)?.commands.start?.words == ["two"])
    _ = try file("hosts: [{")
    await #expect(throws: InventoryError.self) { try await inventory.machines() }
    #expect(inventory.entry(id)?.commands.start?.words == ["two"])
    _ = try file("hosts: []")
    #expect(try await inventory.machines().map(\.name) == ["b"])
    #expect(inventory.entry(id) == nil)
  }

  @Test("A missing file is no hosts, unless it was named")
  func missing() async throws {
    let path = folder.appending(path: "none.yaml").path
    #expect(try await HostsInventory(.init(file: path), home: "/").machines().isEmpty)
    let error = await #expect(throws: InventoryError.self) {
      try await HostsInventory(.init(file: path, fileMustExist: true), home: "/").machines()
    }
    #expect(error?.description.contains("No such file") == true)
  }

  @Test("A file that anybody may write names no commands of ours")
  func writable() async throws {
    let path = try file("hosts: []", mode: 0o666)
    defer { try? FileManager.default.removeItem(at: folder) }
    let error = await #expect(throws: InventoryError.self) {
      try await HostsInventory(.init(file: path), home: "/").machines()
    }
    #expect(error?.description.contains("chmod o-w") == true)
  }

  @Test("A folder, a pipe or bytes that are no text are refused, not waited for")
  func notAFile() async throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let pipe = folder.appending(path: "pipe").path
    #expect(mkfifo(pipe, 0o600) == 0)
    let binary = folder.appending(path: "binary").path
    try Data([0xff, 0xfe]).write(to: URL(filePath: binary))
    for path in [folder.path, pipe, binary] {
      await #expect(throws: InventoryError.self) {
        try await HostsInventory(.init(file: path), home: "/").machines()
      }
    }
  }

  @Test("A host that stands in the file and in --hosts is an error that says where")
  func twice() async throws {
    let path = try file("hosts: [{name: a}]")
    defer { try? FileManager.default.removeItem(at: folder) }
    let error = await #expect(throws: InventoryError.self) {
      try await HostsInventory(.init(file: path, hosts: try HostList.parse("a")), home: "/").machines()
    }
    #expect(error?.description.contains("inventory.yaml:1:9") == true)
  }
}
