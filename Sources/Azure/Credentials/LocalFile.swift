#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A small file of this machine that holds a key or a token.
enum LocalFile {
  /// Why a file could not be read: `no such file or directory`.
  struct Problem: Error { var text: String }

  /// The whole file.
  /// - Parameter limit: the longest in bytes; a longer one is not read at all.
  static func bytes(_ path: String, limit: Int) throws(Problem) -> [UInt8] {
    // A pipe would keep us waiting for its writer.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw problem() }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw problem() }
    guard status.st_mode & S_IFMT == S_IFREG else { throw Problem(text: "it is no file") }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw problem() }
      if count == 0 { return bytes }
      bytes += buffer[..<count]
      guard bytes.count <= limit else { throw Problem(text: "it is longer than \(limit) bytes") }
    }
  }

  private static func problem() -> Problem { Problem(text: String(cString: strerror(errno)).lowercased()) }
}
