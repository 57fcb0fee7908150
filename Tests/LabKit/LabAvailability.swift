import Glibc
import Testing

extension Lab {
  /// Why guests cannot be booted on this machine; nil: they can.
  package static let unavailableReason: String? = {
    if geteuid() != 0 { return "guests need root for their namespaces: run the tests as root" }
    let missing = programs.filter { !LabCommand.isInstalled($0) }
    if !missing.isEmpty { return "not installed: \(missing.joined(separator: ", ")) (see .ci/packages-test)" }
    guard succeeds("/usr/bin/unshare", "--net", "--mount", "--pid", "--fork", "true") else {
      return "this kernel or container allows no network, mount and process namespaces"
    }
    guard access("/dev/loop-control", F_OK) == 0 else {
      return "there are no loop devices (/dev/loop-control) for the guests' disks"
    }
    return nil
  }()

  private static let programs = [
    "systemd-nspawn", "debootstrap", "ip", "nsenter", "unshare", "flock", "pgrep", "setsid", "mkfs.ext4", "debugfs",
    "fallocate", "ssh", "ssh-keygen", "timeout",
  ]

  private static func succeeds(_ program: String, _ arguments: String...) -> Bool {
    var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
    defer { for word in words { free(word) } }
    words.append(nil)
    var pid: pid_t = 0
    var status: Int32 = 0
    guard posix_spawn(&pid, program, nil, nil, words, environ) == 0 else { return false }
    while waitpid(pid, &status, 0) < 0 { guard errno == EINTR else { return false } }
    return status == 0
  }
}

extension Trait where Self == ConditionTrait {
  /// Runs the test or suite only where guests can be booted, and says why where not.
  package static var requiresLab: Self {
    .enabled(if: Lab.unavailableReason == nil, Comment(rawValue: Lab.unavailableReason ?? "guests can be booted"))
  }
}
