import Autopilot
import FleetModel
import Foundation
import GRDB
import Testing

@testable import Journal

@Suite("The journal's file")
struct FileTests {
  let directory = TemporaryDirectory()

  func permissions(_ path: String) throws -> Int {
    try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
  }

  @Test("is made private, with the directories it needs")
  func privateFile() async throws {
    let path = directory.path + "/new/deep/journal.db"
    let store = try JournalStore(path: path, healing: true)
    try await store.append([.fleet(FleetMemory())])
    #expect(try permissions(path) == 0o600)
    #expect(try permissions(path + "-wal") == 0o600)
    #expect(try permissions(directory.path + "/new") == 0o700)
    #expect(try permissions(directory.path + "/new/deep") == 0o700)
  }

  @Test("loses the read permission of others where it has one")
  func tightened() async throws {
    _ = try JournalStore(path: directory.journal, healing: true)
    #expect(chmod(directory.journal, 0o644) == 0)
    _ = try JournalStore(path: directory.journal, healing: true)
    #expect(try permissions(directory.journal) == 0o600)
  }

  @Test("of another program is named and left as it is")
  func foreign() throws {
    let other = try DatabaseQueue(path: directory.journal)
    try other.write { try $0.execute(sql: "CREATE TABLE shopping (item TEXT)") }
    try other.close()
    try expectUntouched { error in
      guard case .foreign(directory.journal, _) = error else { return false }
      return error.description.contains(directory.journal) && error.description.contains("move it aside")
    }
  }

  @Test("that is no database is named and left as it is")
  func noDatabase() throws {
    try Data("name,address\nweb-1,10.0.0.4\n".utf8).write(to: URL(fileURLWithPath: directory.journal))
    try expectUntouched { if case .foreign = $0 { true } else { false } }
  }

  @Test("of a newer azlin is named and left as it is")
  func newer() async throws {
    do {
      let store = try JournalStore(path: directory.journal, healing: true)
      try await store.writer.write { try $0.execute(sql: "PRAGMA user_version = 99") }
    }
    try expectUntouched { error in
      error == .newer(path: directory.journal, found: 99, known: JournalSchema.version)
        && error.description.contains("newer azlin")
    }
    #expect(throws: JournalError.newer(path: directory.journal, found: 99, known: JournalSchema.version)) {
      try JournalReader(path: directory.journal)
    }
  }

  @Test("that is damaged inside says so when the damage is met, and is not replaced")
  func damaged() async throws {
    do {
      let store = try JournalStore(path: directory.journal, healing: true)
      try await store.append((0..<2_000).map { .recovery(record("r\($0)", outcome: .relapsed)) })
      try await store.writer.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
    }
    var bytes = try Data(contentsOf: URL(fileURLWithPath: directory.journal))
    // All pages but the first three, which hold the schema.
    for index in (3 * 4096)..<bytes.count { bytes[index] = 0x5A }
    try bytes.write(to: URL(fileURLWithPath: directory.journal))
    let error = await #expect(throws: JournalError.self) {
      try await JournalStore(path: directory.journal, healing: true).restore()
    }
    guard case .damaged(directory.journal, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    let after = try Data(contentsOf: URL(fileURLWithPath: directory.journal))
    #expect(after.count == bytes.count)
    #expect(after.dropFirst(4096) == bytes.dropFirst(4096))
  }

  @Test("that is a directory is refused")
  func aDirectory() throws {
    try FileManager.default.createDirectory(atPath: directory.journal, withIntermediateDirectories: false)
    #expect(throws: JournalError.foreign(path: directory.journal, why: "it is not a regular file")) {
      try JournalStore(path: directory.journal, healing: true)
    }
  }

  @Test("that does not exist is 'missing' to a reader, and is not made by it")
  func missing() {
    #expect(throws: JournalError.missing(path: directory.journal)) { try JournalReader(path: directory.journal) }
    #expect(!FileManager.default.fileExists(atPath: directory.journal))
    #expect(throws: JournalError.missing(path: "/nonexistent/journal.db")) {
      try JournalReader(path: "/nonexistent/journal.db")
    }
  }

  @Test("in a directory that cannot be made is refused, with what to do")
  func directoryThatCannotBeMade() {
    let error = #expect(throws: JournalError.self) {
      try JournalStore(path: "/proc/azlin/journal.db", healing: true)
    }
    guard case .notPermitted = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(error?.description.contains("AZLIN_CONFIG_DIR") == true)
  }

  @Test("in a directory that cannot be written is refused, to an engine and to a reader, and is left as it is")
  func readOnlyDirectory() async throws {
    let place = directory.path + "/sealed"
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
    // Permissions do not bind root: it gets a read-only file system instead.
    let isRoot = getuid() == 0
    if isRoot { try #require(run("/bin/mount", "-t", "tmpfs", "tmpfs", place) == 0) }
    defer { if isRoot { _ = run("/bin/umount", "-l", place) } else { chmod(place, 0o700) } }
    try await JournalStore(path: place + "/journal.db", healing: true).write(intent: record("a"))
    if isRoot { try #require(run("/bin/mount", "-o", "remount,ro", place) == 0) } else { chmod(place, 0o500) }
    let engine = #expect(throws: JournalError.self) { try JournalStore(path: place + "/journal.db", healing: true) }
    let reader = #expect(throws: JournalError.self) { try JournalReader(path: place + "/journal.db") }
    for error in [engine, reader] {
      guard case .notPermitted = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
    }
  }

  @Test("on a full disk says so, and goes on when there is room", .enabled(if: getuid() == 0, "mounts a small tmpfs"))
  func fullDisk() async throws {
    let place = directory.path + "/small"
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
    try #require(run("/bin/mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place) == 0)
    defer { _ = run("/bin/umount", "-l", place) }
    let store = try JournalStore(path: place + "/journal.db", healing: true)
    try await store.append([.recovery(record("first", outcome: .relapsed))])
    try Data(repeating: 1, count: 700_000).write(to: URL(fileURLWithPath: place + "/ballast"))
    let text = String(repeating: "x", count: 10_000)
    await #expect(throws: JournalError.diskFull(path: place + "/journal.db")) {
      for _ in 0..<100 { try await store.append([.event(FleetEvent(at: noon, severity: .healthy, text: text))]) }
    }
    try FileManager.default.removeItem(atPath: place + "/ballast")
    try await store.write(intent: record("second"))
    #expect(try await store.restore().recoveries.map(\.id.rawValue).sorted() == ["first", "second"])
  }

  // MARK: -

  /// Opens the file in vain, and compares it byte by byte with what it was.
  func expectUntouched(_ isExpected: (JournalError) -> Bool) throws {
    let before = try Data(contentsOf: URL(fileURLWithPath: directory.journal))
    let error = #expect(throws: JournalError.self) { try JournalStore(path: directory.journal, healing: true) }
    #expect(error.map(isExpected) == true, "\(String(describing: error))")
    #expect(try Data(contentsOf: URL(fileURLWithPath: directory.journal)) == before)
  }
}
