import CNcurses
import Glibc

/// Stopping the program as the shell knows it.
enum JobControl {
  /// Whether somebody is there to let the program go on: a parent in another process group of the same session.
  static var canStop: Bool {
    let parent = getppid()
    return getsid(parent) == getsid(0) && getpgid(parent) != getpgrp() || hasStoppableAncestor(parent)
  }

  /// A shell script between us and the shell shares our group, and is stopped along with us.
  private static func hasStoppableAncestor(_ parent: pid_t) -> Bool {
    guard parent > 1, getpgid(parent) == getpgrp() else { return false }
    // The leader of the group was started by the shell, unless it leads the session, too.
    return getpgrp() != getsid(0)
  }

  /// Stops the process group; returns when this process runs again.
  static func stop() { cnc_stop_process_group() }
}
