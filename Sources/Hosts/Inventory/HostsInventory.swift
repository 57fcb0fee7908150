import Autopilot
import FleetModel
import Glibc
import Synchronization

/// The hosts of an inventory file and of `--hosts`; the file is read again whenever the engine asks for machines.
package final class HostsInventory: Inventory {
  /// Where hosts are described.
  package struct Source: Hashable, Sendable {
    /// The inventory file; nil: there is none.
    package var file: String?
    /// Whether it is an error if the file is missing: it was named on the command line.
    package var fileMustExist: Bool
    /// From `--hosts`.
    package var hosts: [HostEntry]

    package init(file: String?, fileMustExist: Bool = false, hosts: [HostEntry] = []) {
      self.file = file
      self.fileMustExist = fileMustExist
      self.hosts = hosts
    }
  }

  private let source: Source
  private let home: String
  /// What was read last, by machine.
  private let entries: Mutex<[MachineID: HostEntry]>

  package init(_ source: Source, home: String) {
    self.source = source
    self.home = home
    entries = Mutex([:])
  }

  /// - Throws: `InventoryError`; the commands of the last good reading stay in force.
  package func machines() async throws -> [VirtualMachine] {
    let list = try load()
    entries.withLock { $0 = Dictionary(uniqueKeysWithValues: list.map { ($0.machine.id, $0) }) }
    return list.map(\.machine)
  }

  /// A host as it was read last; nil: it is not in the inventory any more.
  package func entry(_ machine: MachineID) -> HostEntry? { entries.withLock { $0[machine] } }

  /// Reads everything once, without remembering it: for checking an inventory.
  package func load() throws(InventoryError) -> [HostEntry] {
    var list: [HostEntry] = []
    if let file = source.file, let text = try Self.text(of: file, mustExist: source.fileMustExist) {
      list = try InventoryFile.parse(text, file: file, home: home)
    }
    var problems: [String] = []
    for host in source.hosts {
      if let other = list.first(where: { $0.machine.id == host.machine.id }) {
        let name = SafeText.line(host.machine.name)
        problems.append("\(host.origin): '\(name)' stands already at \(other.origin); leave it out of --hosts")
      } else {
        list.append(host)
      }
    }
    guard problems.isEmpty else { throw InventoryError(problems: problems) }
    return list
  }

  /// 4 MiB: some 20,000 hosts.
  private static let sizeLimit = 4 << 20

  private static func text(of file: String, mustExist: Bool) throws(InventoryError) -> String? {
    let name = SafeText.line(file)
    let descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    if descriptor < 0 {
      if errno == ENOENT, !mustExist { return nil }
      throw InventoryError(problems: ["\(name): cannot be opened: \(String(cString: strerror(errno)))"])
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw InventoryError(problems: ["\(name): not a regular file"])
    }
    // Its commands run as the operator.
    guard status.st_mode & S_IWOTH == 0 else {
      throw InventoryError(problems: ["\(name): anybody may write this file, and it names commands: chmod o-w it"])
    }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count == 0 { break }
      if count < 0 {
        if errno == EINTR { continue }
        throw InventoryError(problems: ["\(name): cannot be read: \(String(cString: strerror(errno)))"])
      }
      bytes.append(contentsOf: buffer.prefix(count))
      guard bytes.count <= sizeLimit else { throw InventoryError(problems: ["\(name): larger than 4 MiB"]) }
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw InventoryError(problems: ["\(name): not UTF-8 text"])
    }
    return text
  }
}
