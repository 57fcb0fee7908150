import CLinux
import Glibc

/// A known_hosts file that is replaced as a whole or not at all.
struct KnownHostsFile: Sendable {
  let path: String

  /// The file, made where there is none, open under the lock that everybody of azlin takes who writes to it.
  /// - Parameters:
  ///   - flags: of open(2), beside O_CREAT and O_CLOEXEC.
  ///   - doing: what an operator reads of a failure.
  /// - Throws: `MonitorFailure`.
  func locked(_ flags: Int32, while doing: String) throws(MonitorFailure) -> Descriptor {
    while true {
      let number = open(path, flags | O_CREAT | O_CLOEXEC, 0o600)
      guard number >= 0 else { throw MonitorFailure(errno, while: doing) }
      let descriptor = Descriptor(number)
      guard clinux_lock_file(number) == 0 else { throw MonitorFailure(errno, while: doing) }
      // Who waited for the lock may hold a file that was replaced meanwhile.
      var (mine, there) = (stat(), stat())
      if fstat(number, &mine) == 0, stat(path, &there) == 0, mine.st_dev == there.st_dev, mine.st_ino == there.st_ino {
        return descriptor
      }
    }
  }

  /// Changes the file's text under the lock that everybody of azlin takes who adds to it: a new file beside it, synced,
  /// then renamed over it. A symbolic link stays one; mode and owner stay.
  /// - Parameter change: the new text; nil: leave it as it is.
  /// - Returns: whether it was changed.
  /// - Throws: `MonitorFailure`, where the file is as it was.
  @discardableResult
  func replace(_ change: ([UInt8]) -> [UInt8]?) throws(MonitorFailure) -> Bool {
    let doing = "replacing a host key in \(path)"
    let target = Self.resolved(path)
    let descriptor = try KnownHostsFile(path: target).locked(O_RDWR, while: doing)
    defer { descriptor.close() }
    let number = descriptor.value
    var status = stat()
    guard fstat(number, &status) == 0 else { throw MonitorFailure(errno, while: doing) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw MonitorFailure("\(doing): it is not a regular file") }
    guard let old = Self.bytes(of: number) else { throw MonitorFailure(errno, while: doing) }
    guard let new = change(old) else { return false }
    let temporary = "\(target).azlin-\(getpid())"
    unlink(temporary)
    let made = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard made >= 0 else { throw MonitorFailure(errno, while: doing) }
    let other = Descriptor(made)
    let isSwapped =
      Self.write(new, to: made)
      && ((status.st_uid == geteuid() && status.st_gid == getegid()) || fchown(made, status.st_uid, status.st_gid) == 0)
      && fchmod(made, status.st_mode & 0o7777) == 0 && fsync(made) == 0 && rename(temporary, target) == 0
    guard isSwapped else {
      let reason = errno
      unlink(temporary)
      throw MonitorFailure(reason, while: doing)
    }
    other.close()
    return true
  }

  /// The text of a file, without a lock; nil: it cannot be read.
  static func text(of path: String) -> String? {
    let number = open(path, O_RDONLY | O_CLOEXEC)
    guard number >= 0 else { return nil }
    let descriptor = Descriptor(number)
    defer { descriptor.close() }
    return bytes(of: number).map { String(decoding: $0, as: UTF8.self) }
  }

  /// What is left to read; nil: it cannot be.
  static func bytes(of number: Int32) -> [UInt8]? {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = read(number, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { return nil }
      guard count > 0 else { return bytes }
      bytes += buffer.prefix(count)
    }
  }

  private static func write(_ bytes: [UInt8], to number: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(number, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  private static func resolved(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }
}
