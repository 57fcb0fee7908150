import Glibc

/// All processes of one hook: those of its process group, and those that have made a group of their own inside its
/// session (`set -m` in a shell does).
struct HookSession: Sendable {
  /// The leader's process id is the id of the group and of the session. It must not have been waited for yet: until
  /// then the id cannot be another's.
  let leader: pid_t

  /// Sends a signal to the group.
  func signal(_ signal: Int32) { _ = kill(-leader, signal) }

  /// Sends a signal to every process of the session.
  func signalAll(_ signal: Int32) {
    self.signal(signal)
    for process in members() where process != leader { _ = kill(process, signal) }
  }

  /// Kills what is left besides the leader.
  /// - Parameter limit: after it what cannot die yet (in an uninterruptible wait) is left to the kernel, which holds
  ///   the signal ready for it.
  func killRest(within limit: Duration) {
    let end = ContinuousClock.now + limit
    repeat {
      signalAll(SIGKILL)
      if !hasOthers { return }
      // Processes need a moment to die; one that forks meanwhile is caught by the next round.
      usleep(2_000)
    } while ContinuousClock.now < end
  }

  /// Whether a process other than the leader lives.
  var hasOthers: Bool { members().contains { $0 != leader } }

  /// Living processes of the session, from /proc; the dead that nobody has waited for are none.
  private func members() -> [pid_t] {
    guard let directory = opendir("/proc") else { return [] }
    defer { closedir(directory) }
    var members: [pid_t] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard let process = pid_t(name) else { continue }
      // pid (name) state parent group session …; a name may hold anything, so the last parenthesis counts.
      let text = SmallFile.bytes("/proc/\(name)/stat", limit: 4_096)
      guard let close = text.lastIndex(of: UInt8(ascii: ")")) else { continue }
      let fields = text[(close + 1)...].split(separator: UInt8(ascii: " "), maxSplits: 4)
      guard fields.count > 3, fields[0].first != UInt8(ascii: "Z"), fields[0].first != UInt8(ascii: "X"),
        pid_t(String(decoding: fields[3], as: UTF8.self)) == leader
      else { continue }
      members.append(process)
    }
    return members
  }
}
