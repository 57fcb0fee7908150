import FleetModel

/// What edits make of one policy file.
package struct PolicyChange: Sendable {
  /// Of the file, absolute.
  package let path: String
  /// As messages name it (`autopilot/web-1.yaml`).
  package let name: String
  package let before: String
  package let after: String
  package let edits: [PolicyEditor.Change]

  /// What was done, for an operator: `thresholds.disk_warning is 70 (autopilot/web-1.yaml)`.
  package var sentence: String {
    if before == after { return "nothing changed: \(name) says so already" }
    if edits.isEmpty { return "\(name) is replaced" }
    let changes = edits.map { edit in
      guard let value = edit.value else { return "\(edit.key.path) is no longer set" }
      return "\(edit.key.path) is \(edit.key.kind.text(value))" + (edit.key.isInForce ? "" : " (not in force yet)")
    }
    return changes.joined(separator: ", ") + " (\(name))"
  }

  /// The change as a unified diff with three lines around each place; empty: nothing changes. Secrets are masked.
  package var difference: String {
    let secrets = secrets(in: before).union(secrets(in: after))
    return LineDifference.unified(masked(before, secrets), masked(after, secrets), name: name)
  }

  /// The literal secrets a text holds.
  private func secrets(in text: String) -> Set<String> {
    let entries = PolicyReader.read(text, file: name, scope: .fleet).document.entries
    return Set(
      entries.compactMap { path, entry in
        guard case .text(let text) = entry.value, PolicyKey.named(path)?.kind.isSecret == true else { return nil }
        return SecretReference.isReference(text) ? nil : text
      })
  }

  private func masked(_ text: String, _ secrets: Set<String>) -> String {
    // The longest first: one secret may begin like another.
    secrets.sorted { $0.count > $1.count }.reduce(text) { text, secret in
      text.split(separator: secret, omittingEmptySubsequences: false).joined(separator: PolicyValueKind.mask)
    }
  }
}

/// Two texts compared line by line.
package enum LineDifference {
  /// A unified diff with `context` lines around each change; empty where the texts are alike.
  package static func unified(_ before: String, _ after: String, name: String, context: Int = 3) -> String {
    let old = lines(before), new = lines(after)
    let rows = rows(old, new)
    let changed = rows.indices.filter { rows[$0].mark != " " }
    guard let first = changed.first else { return "" }
    var hunks = [first...first]
    for index in changed.dropFirst() {
      if index - hunks[hunks.count - 1].upperBound <= 2 * context {
        hunks[hunks.count - 1] = hunks[hunks.count - 1].lowerBound...index
      } else {
        hunks.append(index...index)
      }
    }
    var result = "--- \(name)\n+++ \(name)\n"
    for hunk in hunks {
      let range = max(0, hunk.lowerBound - context)...min(rows.count - 1, hunk.upperBound + context)
      let from = rows[..<range.lowerBound], here = rows[range]
      let start = (old: from.count { $0.mark != "+" }, new: from.count { $0.mark != "-" })
      let size = (old: here.count { $0.mark != "+" }, new: here.count { $0.mark != "-" })
      result += "@@ -\(span(start.old, size.old)) +\(span(start.new, size.new)) @@\n"
      for row in here { result += "\(row.mark)\(row.text)\n" }
    }
    return result
  }

  private static func span(_ before: Int, _ size: Int) -> String { "\(size == 0 ? before : before + 1),\(size)" }

  private static func lines(_ text: String) -> [String] {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if lines.last == "" { lines.removeLast() }
    return lines
  }

  private static func rows(_ old: [String], _ new: [String]) -> [(mark: String, text: String)] {
    let difference = new.difference(from: old)
    var gone: Set<Int> = [], come: Set<Int> = []
    for change in difference {
      switch change {
      case .remove(let offset, _, _): gone.insert(offset)
      case .insert(let offset, _, _): come.insert(offset)
      }
    }
    var rows: [(String, String)] = []
    var (i, j) = (0, 0)
    while i < old.count || j < new.count {
      if i < old.count, gone.contains(i) {
        rows.append(("-", old[i]))
        i += 1
      } else if j < new.count, come.contains(j) {
        rows.append(("+", new[j]))
        j += 1
      } else {
        rows.append((" ", i < old.count ? old[i] : new[j]))
        i += 1
        j += 1
      }
    }
    return rows
  }
}
