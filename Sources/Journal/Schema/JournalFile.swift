import GRDB
import Glibc

/// The journal's file: made private, checked before anything is written to it, opened.
enum JournalFile {
  /// Waiting for another process' write, at most.
  static let busyTimeout = 5.0

  /// Opens the journal for an engine; makes the directory (0700) and the file (0600) where they are missing, and
  /// brings older schemas up to date.
  /// - Throws: `JournalError`; a file that is not ours, damaged or newer is not touched.
  static func openForEngine(_ path: String) throws(JournalError) -> any DatabaseWriter {
    try makeDirectory(of: path)
    // Two that make the same file at once would meet locks for which SQLite does not wait (the change to WAL).
    let turn = DirectoryTurn(directory(of: path), patience: busyTimeout)
    defer { turn.end() }
    let isNew = try makeFile(path)
    try checkAccess(path)
    if !isNew { _ = try examine(path) }
    do {
      let pool = try DatabasePool(path: path, configuration: configuration())
      try pool.writeWithoutTransaction { db in
        try JournalSchema.migrate(db)
        // The header of the main file is then current, and the first look at it needs no -wal file.
        if isNew { _ = try? db.checkpoint(.truncate) }
      }
      if isNew { syncDirectory(of: path) }
      return pool
    } catch {
      throw JournalError(error, path: path)
    }
  }

  /// Opens an existing journal for a command: one connection, no migration.
  /// - Throws: `JournalError`, also where there is none or its schema is older.
  static func openForReader(_ path: String) throws(JournalError) -> DatabaseQueue {
    guard access(path, F_OK) == 0 else {
      if errno == ENOENT || errno == ENOTDIR { throw .missing(path: path) }
      throw .notPermitted(path: path, why: message(errno))
    }
    try checkAccess(path)
    let version = try examine(path)
    guard version > 0 else { throw .missing(path: path) }
    guard version == JournalSchema.version else {
      throw .older(path: path, found: version, known: JournalSchema.version)
    }
    do {
      return try DatabaseQueue(path: path, configuration: configuration())
    } catch {
      throw JournalError(error, path: path)
    }
  }

  /// A journal that lives as long as the process: for a demo.
  static func openInMemory() throws(JournalError) -> any DatabaseWriter {
    do {
      let queue = try DatabaseQueue(configuration: configuration())
      try queue.writeWithoutTransaction { try JournalSchema.migrate($0) }
      return queue
    } catch {
      throw JournalError(error, path: "in memory")
    }
  }

  // MARK: - Steps

  private static func configuration() -> Configuration {
    var configuration = Configuration()
    configuration.label = "azlin.journal"
    configuration.busyMode = .timeout(busyTimeout)
    configuration.maximumReaderCount = 2
    configuration.foreignKeysEnabled = false
    configuration.prepareDatabase { db in
      try db.execute(sql: "PRAGMA cache_size = -512")
      guard !db.configuration.readonly else { return }
      // Both stand in the first page and can only be set before there is one.
      if try Int.fetchOne(db, sql: "PRAGMA page_count") == 0 {
        try db.execute(
          sql: "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA application_id = \(JournalSchema.applicationID)")
      }
      try db.execute(sql: "PRAGMA journal_size_limit = 8388608")
    }
    return configuration
  }

  /// Looks at the file without writing.
  /// - Returns: the schema's version; 0: an empty file.
  private static func examine(_ path: String) throws(JournalError) -> Int {
    var reading = Configuration()
    reading.readonly = true
    reading.busyMode = .timeout(busyTimeout)
    let facts: (application: Int32, version: Int, tables: Int)
    do {
      facts = try DatabaseQueue(path: path, configuration: reading).read { db in
        (
          try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0,
          try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0,
          try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") ?? 0
        )
      }
    } catch {
      throw JournalError(error, path: path)
    }
    if facts.application != JournalSchema.applicationID {
      guard facts.application == 0, facts.tables == 0 else {
        throw .foreign(path: path, why: "it is the SQLite database of another program")
      }
      return 0
    }
    guard facts.version <= JournalSchema.version else {
      throw .newer(path: path, found: facts.version, known: JournalSchema.version)
    }
    return facts.version
  }

  private static func directory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func makeDirectory(of path: String) throws(JournalError) {
    var made = path.hasPrefix("/") ? "/" : ""
    for part in directory(of: path).split(separator: "/") {
      made += part
      if access(made, F_OK) != 0, mkdir(made, 0o700) != 0, errno != EEXIST {
        throw .notPermitted(path: path, why: "its directory \(made) cannot be made (\(message(errno)))")
      }
      made += "/"
    }
  }

  /// An existing file is never opened here but by SQLite: closing any other descriptor of it would drop the locks
  /// that this process holds.
  private static func makeFile(_ path: String) throws(JournalError) -> Bool {
    var facts = stat()
    if stat(path, &facts) == 0 {
      guard facts.st_mode & S_IFMT == S_IFREG else {
        throw .foreign(path: path, why: "it is not a regular file")
      }
      if facts.st_mode & 0o077 != 0 { chmod(path, 0o600) }
      return facts.st_size == 0
    }
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      if errno == EEXIST { return false }
      if errno == ENOSPC || errno == EDQUOT { throw .diskFull(path: path) }
      throw .notPermitted(path: path, why: "it cannot be made (\(message(errno)))")
    }
    close(descriptor)
    return true
  }

  private static func checkAccess(_ path: String) throws(JournalError) {
    guard access(path, R_OK | W_OK) == 0 else {
      throw .notPermitted(path: path, why: "the file is not readable and writable (\(message(errno)))")
    }
    // SQLite keeps its -wal and -shm files beside it.
    guard access(directory(of: path), W_OK | X_OK) == 0 else {
      throw .notPermitted(path: path, why: "its directory is not writable (\(message(errno)))")
    }
  }

  /// A new file survives a power cut only when its directory's entry is on disk too.
  private static func syncDirectory(of path: String) {
    let descriptor = open(directory(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  private static func message(_ code: Int32) -> String { String(cString: strerror(code)) }
}

/// Lets one process after the other open a journal in a directory. A lock that cannot be had, or that the file
/// system does not know, holds nobody up: SQLite's own locks still keep the file whole.
private struct DirectoryTurn {
  private let descriptor: Int32

  /// - Parameter patience: seconds to wait for the others, at most.
  init(_ directory: String, patience: Double) {
    descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    let end = ContinuousClock.now + .seconds(patience)
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK || errno == EINTR, ContinuousClock.now < end {
      usleep(5_000)
    }
  }

  func end() { if descriptor >= 0 { close(descriptor) } }
}

extension JournalError {
  /// What an error of SQLite means to an operator.
  init(_ error: any Error, path: String) {
    if let error = error as? JournalError {
      self = error
      return
    }
    if let error = error as? JournalSchema.UnknownVersion {
      self = .newer(path: path, found: error.found, known: JournalSchema.version)
      return
    }
    guard let error = error as? DatabaseError else {
      self = .failed(path: path, why: "\(error)")
      return
    }
    let why = error.message ?? "\(error.extendedResultCode)"
    switch error.resultCode {
    case .SQLITE_NOTADB: self = .foreign(path: path, why: "it is not an SQLite database")
    case .SQLITE_CORRUPT: self = .damaged(path: path, why: why)
    case .SQLITE_FULL: self = .diskFull(path: path)
    case .SQLITE_BUSY, .SQLITE_LOCKED: self = .busy(path: path)
    case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH: self = .notPermitted(path: path, why: why)
    default: self = .failed(path: path, why: why)
    }
  }
}
