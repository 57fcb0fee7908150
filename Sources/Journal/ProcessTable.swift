import Glibc

/// Questions about processes of this machine.
enum ProcessTable {
  /// Whether a process of this id exists, ours or not.
  static func contains(_ id: Int32) -> Bool {
    guard id > 0 else { return false }
    return kill(id, 0) == 0 || errno == EPERM
  }
}
