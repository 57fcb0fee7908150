import Glibc

/// Questions about processes of this machine.
enum ProcessTable {
  /// Whether a process of this id exists, ours or not.
  static func contains(_ id: Int32) -> Bool {
    guard id > 0 else { return false }
    return kill(id, 0) == 0 || errno == EPERM
  }

  /// Whether a process of this id exists and runs this very program: an id may have been given to another since.
  static func isOneOfUs(_ id: Int32) -> Bool {
    guard contains(id) else { return false }
    guard let own = program(of: "self"), let other = program(of: "\(id)") else { return true }
    return own == other
  }

  /// What `/proc/ID/comm` says: the name survives an upgrade of the file, which `exe` does not.
  private static func program(of id: String) -> String? {
    guard let file = fopen("/proc/\(id)/comm", "r") else { return nil }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 64)
    guard fgets(&line, Int32(line.count), file) != nil else { return nil }
    return String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
