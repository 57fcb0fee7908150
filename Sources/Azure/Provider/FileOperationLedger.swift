import FleetModel
import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A ledger in a file: one JSON object a line, replaced as a whole, mode 0600 (operation URLs carry signatures).
///
/// What cannot be written is kept in memory: an operation is watched to its end all the same, but would not be found
/// again after a crash; `problem` says so.
package actor FileOperationLedger: OperationLedger {
  private let path: String
  private var entries: [PendingOperation]
  /// Why the file does not hold what it should; nil: it does.
  package private(set) var problem: String?

  /// - Parameter path: the file; it need not exist, its directory must.
  package init(path: String) {
    self.path = path
    var entries: [PendingOperation] = []
    var damaged = 0
    let data = try? Data(contentsOf: URL(filePath: path))
    for line in (data ?? Data()).split(separator: 0x0a) {
      if let entry = try? JSONDecoder().decode(PendingOperation.self, from: Data(line)) {
        entries.append(entry)
      } else {
        damaged += 1
      }
    }
    self.entries = entries
    if damaged > 0 {
      problem =
        "\(SafeText.line(path)): \(damaged) lines about operations under way cannot be understood and were left out"
    }
  }

  package func save(_ entry: PendingOperation) {
    entries.removeAll { $0.intent == entry.intent }
    entries.append(entry)
    write()
  }

  package func pending() -> [PendingOperation] { entries }

  package func remove(_ intent: IntentID) {
    entries.removeAll { $0.intent == intent }
    write()
  }

  private func write() {
    var bytes: [UInt8] = []
    for entry in entries { bytes += JSONText.bytes(entry) + [0x0a] }
    let temporary = path + ".\(getpid()).tmp"
    unlink(temporary)
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { return fail() }
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
      guard count > 0 else {
        fail()
        close(descriptor)
        unlink(temporary)
        return
      }
      rest = rest.dropFirst(count)
    }
    let isSynced = fsync(descriptor) == 0
    guard close(descriptor) == 0, isSynced, rename(temporary, path) == 0 else {
      fail()
      unlink(temporary)
      return
    }
    problem = nil
  }

  private func fail() {
    problem =
      "\(SafeText.line(path)) cannot be written: \(String(cString: strerror(errno))); an operation under way would not "
      + "be found again after a crash: check the directory's owner and free space"
  }
}
