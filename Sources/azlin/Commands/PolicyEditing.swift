import FleetConfiguration
import FleetModel
import Glibc

/// A policy file in the operator's editor: what comes back is checked before it is put in force.
struct PolicyEditing {
  let site: Site
  let machine: VirtualMachine
  let editor: String
  let console: Console

  func run() async throws {
    let empty = try await site.policies.preview([], for: machine)
    let copy = empty.path + ".edit-\(getpid())"
    try site.directory.create()
    try FileAccess.makeDirectory(
      String(empty.path.prefix { _ in true }.reversed().drop { $0 != "/" }.dropFirst().reversed()))
    try FileAccess.write(Array(empty.before.utf8), to: copy)
    defer { unlink(copy) }
    // The operator's editor line may hold arguments, as every program that honours $EDITOR allows.
    guard system("\(editor) '\(copy.replacing("'", with: "'\\''"))'") == 0 else {
      throw ExitStatus(ExitStatus.failed, "\(editor) did not end well; nothing was changed")
    }
    guard let bytes = try FileAccess.read(copy), let text = String(validating: bytes, as: UTF8.self) else {
      throw ExitStatus(ExitStatus.configuration, "what the editor left is not UTF-8 text; nothing was changed")
    }
    do {
      console.note(try await site.policies.replace(with: text, of: machine).sentence)
    } catch {
      let kept = empty.path + ".rejected"
      try FileAccess.write(bytes, to: kept)
      throw ExitStatus(ExitStatus.configuration, "\(error)\nnothing was changed; your text is kept in \(kept)")
    }
  }
}
