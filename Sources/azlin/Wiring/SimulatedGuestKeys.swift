import FleetConfiguration
import GuestAccess
import Glibc

/// How azlin logs in to simulated guests without touching the operator's own SSH files: a key and a known_hosts of
/// their own, in a private folder that goes with the simulator.
struct SimulatedGuestKeys: Sendable {
  private let folder: String
  /// For `AZLIN_SSH_CONFIG`.
  var configuration: String { folder + "/ssh_config" }
  private var key: String { folder + "/id_ed25519" }

  /// - Throws: `ExitStatus` where the folder cannot be made; without ssh-keygen there is no key of its own, and the
  ///   operator's is used.
  static func make() async throws -> SimulatedGuestKeys {
    let set = getenv("TMPDIR").map { String(cString: $0) } ?? ""
    var template = Array(((set.isEmpty ? "/tmp" : set) + "/azlin-simulator-XXXXXX").utf8CString)
    guard mkdtemp(&template) != nil else {
      throw ExitStatus(ExitStatus.unavailable, "no temporary folder can be made: \(String(cString: strerror(errno)))")
    }
    let keys = SimulatedGuestKeys(
      folder: String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
    if let loop = try? NetworkLoops() {
      _ = await LocalCommand("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "azlin", "-f", keys.key])
        .run(until: .now + .seconds(10), on: loop.network)
    }
    var lines = [
      "UserKnownHostsFile \(keys.folder)/known_hosts", "GlobalKnownHostsFile /dev/null",
      "StrictHostKeyChecking accept-new", "User azureuser",
    ]
    if access(keys.key, R_OK) == 0 { lines.append("IdentityFile \(keys.key)") }
    do { try FileAccess.write(Array((lines.joined(separator: "\n") + "\n").utf8), to: keys.configuration) } catch {
      keys.remove()
      throw ExitStatus(ExitStatus.unavailable, "\(error)")
    }
    return keys
  }

  func remove() {
    for name in ["ssh_config", "id_ed25519", "id_ed25519.pub", "known_hosts", "known_hosts.old"] {
      unlink(folder + "/" + name)
    }
    rmdir(folder)
  }
}
