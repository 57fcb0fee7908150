import FleetModel

/// Who can ask a guest for its own host keys by a way that is not SSH (semantics 2.3).
package protocol HostKeySource: Sendable {
  /// Asks now.
  func hostKeys(of machine: VirtualMachine) async -> HostKeyWord
}

/// What a guest says of its host keys by a way that is not SSH.
package enum HostKeyWord: Hashable, Sendable {
  case told([KnownHosts.Key])
  /// Why nothing is known, for an operator.
  case notTold(String)
}

/// The read-only question for the host keys that a guest's SSH server shows.
package enum HostKeyScript {
  static let name = "azlin-hostkeys"
  static let version = 1
  /// What it begins to print with.
  package static var marker: String { "\(name) \(version)" }

  /// The script's text, to be fed to `/bin/sh` on standard input. The public half is made from the private one where
  /// that can be read: a `.pub` beside it is only what somebody put there.
  package static let text =
    ShellText.prologue + "\n" + #"""
      exec 2>/dev/null
      echo '\#(marker)'
      files=$(sshd -T </dev/null | sed -n 's/^hostkey //p')
      [ -n "$files" ] || files=$(ls -d /etc/ssh/ssh_host_*_key /etc/ssh/ssh_host_*_key.pub | sed 's/\.pub$//' | sort -u)
      printf '%s\n' "$files" | while read -r f; do
        [ -n "$f" ] || continue
        key=$(ssh-keygen -y -P '' -f "$f" </dev/null) || read -r key <"$f.pub" || continue
        set -f
        set -- $key
        [ $# -ge 2 ] && put key "$1 $2"
      done
      echo end

      """#

  /// What a guest says by what the script printed.
  package static func word(_ output: String) -> HostKeyWord {
    do {
      let keys = try parse(output)
      return keys.isEmpty ? .notTold("the guest names no host key") : .told(keys)
    } catch {
      return .notTold(error.description)
    }
  }

  /// Reads what the script printed.
  /// - Throws: `ScriptOutputError`, naming the line.
  package static func parse(_ output: String) throws(ScriptOutputError) -> [KnownHosts.Key] {
    let output = try ScriptOutput(output, name: name, version: version, keys: [], lists: ["key"])
    var keys: [KnownHosts.Key] = []
    for entry in output.list("key").prefix(16) {
      let words = entry.value.split(separator: " ")
      guard words.count == 2 else {
        throw output.error(entry, .badValue("key", entry.value, expected: "a type and a key"))
      }
      let key = KnownHosts.Key(type: String(words[0]), blob: String(words[1]))
      guard key.fingerprint != nil else {
        throw output.error(entry, .badValue("key", entry.value, expected: "a key in base64"))
      }
      keys.append(key)
    }
    return keys
  }
}
