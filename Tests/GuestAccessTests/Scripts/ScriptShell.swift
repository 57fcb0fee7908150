import Foundation
import Subprocess
import Testing

/// The shells a guest may have, as far as this machine has them too.
enum ScriptShell: String, CaseIterable, CustomTestStringConvertible {
  case dash
  case bash
  case busybox

  var words: [String] {
    switch self {
    case .dash: ["/bin/dash", "-s"]
    case .bash: ["/bin/bash", "--posix", "-s"]
    case .busybox: ["/bin/busybox", "sh", "-s"]
    }
  }

  var testDescription: String { rawValue }

  static let available = allCases.filter { FileManager.default.isExecutableFile(atPath: $0.words[0]) }

  /// Runs a script as a guest would: on standard input.
  func run(_ script: String) async throws -> String { try await Self.run(words, input: script) }

  /// Runs any program to its end.
  static func run(_ words: [String], input: String = "") async throws -> String {
    let result = try await Subprocess.run(
      .path(.init(words[0])), arguments: Arguments(Array(words.dropFirst())), input: .string(input),
      output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
    guard case .exited(0) = result.terminationStatus else {
      throw ScriptShellFailure(
        description:
          "\(words) ended with \(result.terminationStatus): \(result.standardError)\n\(result.standardOutput)")
    }
    return result.standardOutput
  }
}

struct ScriptShellFailure: Error, CustomStringConvertible {
  let description: String
}

/// A place of its own for one test, where root may mount and kill without harm: new mount and process namespaces.
enum PrivateNamespace {
  /// Whether this machine lets us have one, and has the tools to fill it.
  static let isAvailable: Bool = {
    let needs = "command -v mkfs.ext4 && command -v debugfs && [ -e /dev/loop-control ]"
    return geteuid() == 0 && system("{ \(needs) && unshare -m -p -f --mount-proc true; } >/dev/null 2>&1") == 0
  }()

  static let reason = "needs root, loop devices, mkfs.ext4 and debugfs"

  /// Runs a bash scenario in it, with a folder of its own as `$D`; `files` are put there first.
  static func run(_ scenario: String, files: [String: String] = [:], network: Bool = false) async throws -> String {
    let folder = FileManager.default.temporaryDirectory.appending(path: "azlin-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, text) in files { try Data(text.utf8).write(to: folder.appending(path: name)) }
    let text = "set -eu\nD=\(folder.path)\ncd $D\n\(scenario)"
    return try await ScriptShell.run(
      ["/usr/bin/unshare", "-m", "-p", "-f", "--mount-proc"] + (network ? ["-n"] : [])
        + ["/bin/bash", "-c", text])
  }
}
