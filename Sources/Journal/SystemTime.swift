import FleetModel
import Glibc

/// The wall clock of this machine: the default where a journal is given no other.
package enum SystemTime {
  /// Now, from `CLOCK_REALTIME`.
  package static func now() -> Instant {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Instant(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
  }
}

/// Questions about processes of this machine.
enum ProcessTable {
  /// Whether a process of this id exists, ours or not.
  static func contains(_ id: Int32) -> Bool {
    guard id > 0 else { return false }
    return kill(id, 0) == 0 || errno == EPERM
  }
}
