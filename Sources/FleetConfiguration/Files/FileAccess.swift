import FleetModel

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The few file operations configuration needs, straight on the system: no call here follows a half-written file.
package enum FileAccess {
  /// Files larger than this are no configuration.
  package static let largest = 256 * 1024

  /// The system's word for the last error.
  static var lastError: String { String(cString: strerror(errno)) }

  /// The time of day.
  package static let now: @Sendable () -> Instant = {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Instant(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
  }

  /// The bytes of a regular file; nil where there is none.
  /// - Throws: `ConfigurationError.unreadable`; also for other kinds of file and above `largest`.
  package static func read(_ path: String) throws(ConfigurationError) -> [UInt8]? {
    // Non-blocking, so that a named pipe in the folder cannot hold the monitor.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    if descriptor < 0 {
      if errno == ENOENT { return nil }
      throw .unreadable(path, why: lastError)
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .unreadable(path, why: lastError) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .unreadable(path, why: "it is not a regular file") }
    guard status.st_size <= largest else { throw .unreadable(path, why: "it is larger than \(largest / 1024) KiB") }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = buffer.withUnsafeMutableBytes { Self.readOnce(descriptor, $0) }
      if count < 0 { throw .unreadable(path, why: lastError) }
      if count == 0 { return bytes }
      bytes += buffer[..<count]
      guard bytes.count <= largest else { throw .unreadable(path, why: "it is larger than \(largest / 1024) KiB") }
    }
  }

  private static func readOnce(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    while true {
      #if canImport(Glibc)
        let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      #else
        let count = Musl.read(descriptor, buffer.baseAddress, buffer.count)
      #endif
      if count >= 0 || errno != EINTR { return count }
    }
  }

  /// Replaces a file as a whole, or not at all: a new file beside it, synced, then renamed over it. The target of a
  /// symbolic link is replaced, not the link. Mode 0600; the owner stays.
  /// - Throws: `ConfigurationError.unwritable`.
  package static func write(_ bytes: [UInt8], to path: String) throws(ConfigurationError) {
    let target = resolvingLinks(path)
    var existing = stat()
    let exists = stat(target, &existing) == 0
    if exists, existing.st_mode & S_IFMT != S_IFREG { throw .unwritable(path, why: "it is not a regular file") }
    // A file its owner locked against writing is not to be replaced through the directory.
    if exists, access(target, W_OK) != 0 { throw .unwritable(path, why: lastError) }
    let temporary = "\(parent(of: target))/.\(name(of: target)).\(getpid()).tmp"
    unlink(temporary)
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw .unwritable(path, why: lastError) }
    var isOpen = true
    func fail() -> ConfigurationError {
      let why = lastError
      if isOpen { close(descriptor) }
      unlink(temporary)
      return .unwritable(path, why: why)
    }
    guard writeAll(bytes, to: descriptor) else { throw fail() }
    if exists, existing.st_uid != geteuid() || existing.st_gid != getegid() {
      _ = fchown(descriptor, existing.st_uid, existing.st_gid)  // allowed to root only; else the file is ours now
    }
    guard fchmod(descriptor, 0o600) == 0, fsync(descriptor) == 0 else { throw fail() }
    isOpen = false
    guard close(descriptor) == 0, rename(temporary, target) == 0 else { throw fail() }
    syncDirectory(parent(of: target))
  }

  private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { pointer in
        #if canImport(Glibc)
          Glibc.write(descriptor, pointer.baseAddress, pointer.count)
        #else
          Musl.write(descriptor, pointer.baseAddress, pointer.count)
        #endif
      }
      if count < 0, errno == EINTR { continue }
      if count <= 0 { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  /// Makes a rename survive a crash of the machine; where that cannot be, the rename has still happened.
  private static func syncDirectory(_ path: String) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  /// The path a chain of symbolic links ends at; the path itself where it is none, or leads in a circle.
  private static func resolvingLinks(_ path: String) -> String {
    var path = path
    for _ in 0..<16 {
      var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
      let count = readlink(path, &buffer, buffer.count)
      guard count > 0 else { return path }
      let target = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
      path = target.hasPrefix("/") ? target : parent(of: path) + "/" + target
    }
    return path
  }

  /// The directory a path lies in.
  static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// The last part of a path.
  static func name(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
  }

  /// Creates a directory and those above it, 0700; one that exists is left as it is.
  /// - Throws: `ConfigurationError.unwritable`, also where a file stands in the way.
  package static func makeDirectory(_ path: String) throws(ConfigurationError) {
    var status = stat()
    if stat(path, &status) == 0 {
      guard status.st_mode & S_IFMT == S_IFDIR else { throw .unwritable(path, why: "it is not a directory") }
      return
    }
    if errno == ENOENT, path != "/", path != "." { try makeDirectory(parent(of: path)) }
    if mkdir(path, 0o700) != 0, errno != EEXIST { throw .unwritable(path, why: lastError) }
  }

  /// Names in a directory but `.` and `..`, sorted; empty where there is none.
  /// - Throws: `ConfigurationError.unreadable`.
  static func names(in path: String) throws(ConfigurationError) -> [String] {
    guard let directory = opendir(path) else {
      if errno == ENOENT { return [] }
      throw .unreadable(path, why: lastError)
    }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Renames a file; nothing happens where there is none.
  /// - Throws: `ConfigurationError.unwritable`.
  static func move(_ path: String, to other: String) throws(ConfigurationError) {
    if rename(path, other) != 0, errno != ENOENT { throw .unwritable(path, why: lastError) }
  }
}

/// What tells one state of a file from another without reading it.
struct FileStamp: Hashable, Sendable {
  var device: UInt64
  var inode: UInt64
  var size: Int64
  var modified: Int64
  var changed: Int64
  /// Permission bits.
  var mode: UInt32
  var owner: UInt32

  /// The stamp of a file or directory; nil where there is none.
  init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    size = Int64(status.st_size)
    modified = Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec)
    changed = Int64(status.st_ctim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_ctim.tv_nsec)
    mode = UInt32(status.st_mode & 0o7777)
    owner = UInt32(status.st_uid)
  }

  /// The same for the same state in every process: FNV-1a over the fields, 64 bit.
  var digest: UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    let times = [UInt64(bitPattern: size), UInt64(bitPattern: modified), UInt64(bitPattern: changed)]
    for field in [device, inode, UInt64(mode)] + times {
      for shift in stride(from: 0, to: UInt64(64), by: 8) {
        hash = (hash ^ (field >> shift & 0xff)) &* 0x100_0000_01b3
      }
    }
    return hash
  }
}

/// Keeps other azlin processes from writing into a directory meanwhile.
struct DirectoryLock: ~Copyable {
  private let descriptor: Int32

  /// Waits for the lock.
  /// - Throws: `ConfigurationError.unreadable` where the directory cannot be opened.
  init(_ path: String) throws(ConfigurationError) {
    descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unreadable(path, why: FileAccess.lastError) }
    while flock(descriptor, LOCK_EX) != 0, errno == EINTR {}
  }

  deinit { close(descriptor) }  // releases the lock
}
