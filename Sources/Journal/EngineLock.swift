import Glibc

/// Only one engine heals (semantics 1.4): the one that holds this lock, a file beside the journal. The kernel lets
/// go of it with the process, however that ends.
package final class EngineLock: Sendable {
  /// Why the lock could not be had.
  package enum Refusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// Another engine holds it; its process id where it could be read.
    case held(by: Int32?, path: String)
    case unusable(path: String, why: String)

    package var description: String {
      switch self {
      case .held(let process, let path):
        "another azlin engine heals here already"
          + (process.map { " (process \($0))" } ?? "")
          + ": stop it first, or start this one without --heal (lock: \(path))"
      case .unusable(let path, let why):
        "the engine's lock \(path) cannot be used (\(why)): give the user who runs azlin write access to its directory"
      }
    }
  }

  /// The file's name inside the configuration directory.
  package static let fileName = "engine.lock"

  private let descriptor: Int32

  private init(descriptor: Int32) { self.descriptor = descriptor }

  // The lock goes with the descriptor; the file stays, for one that is removed can be locked twice.
  deinit { close(descriptor) }

  /// Takes the lock of a configuration directory (made, 0700, if it is missing), and holds it as long as the value
  /// lives.
  /// - Throws: `Refusal`, with the process id of the holder.
  package static func acquire(in directory: String) throws(Refusal) -> EngineLock {
    let path = directory + "/" + fileName
    mkdir(directory, 0o700)
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw .unusable(path: path, why: String(cString: strerror(errno))) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let code = errno
      let holder = holder(descriptor)
      close(descriptor)
      if code == EWOULDBLOCK { throw .held(by: holder, path: path) }
      throw .unusable(path: path, why: String(cString: strerror(code)))
    }
    let text = Array("\(getpid())\n".utf8)
    ftruncate(descriptor, 0)
    pwrite(descriptor, text, text.count, 0)
    return EngineLock(descriptor: descriptor)
  }

  /// Waits until the lock can be had.
  /// - Parameter pause: between tries.
  /// - Returns: nil when the task is cancelled, or the lock's file cannot be used.
  package static func wait(in directory: String, pause: Duration = .seconds(1)) async -> EngineLock? {
    while !Task.isCancelled {
      do { return try acquire(in: directory) } catch {
        guard case .held = error else { return nil }
        try? await Task.sleep(for: pause)
      }
    }
    return nil
  }

  private static func holder(_ descriptor: Int32) -> Int32? {
    var bytes = [UInt8](repeating: 0, count: 16)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    guard count > 0 else { return nil }
    return Int32(String(decoding: bytes[..<count].prefix { $0 != 10 }, as: UTF8.self))
  }
}
