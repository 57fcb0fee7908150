import FleetModel

/// Reads what `autopilot config` was given: VM names, and one flag for each key of the policy table.
struct PolicyFlags: Equatable {
  var names: [String] = []
  var edits: [PolicyEdit] = []

  /// - Throws: `ExitStatus` 64, naming the nearest flag where one is unknown.
  init(_ words: [String]) throws {
    var rest = words[...]
    var lists: [String: [String]] = [:]
    while let word = rest.popFirst() {
      guard word.hasPrefix("--"), word.count > 2 else {
        if word.hasPrefix("-"), word.count > 1 { throw Self.unknown(word) }
        names.append(word)
        continue
      }
      let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
        String.init)
      let keys = try Self.keys(of: parts[0])
      let value: String
      if parts.count == 2 {
        value = parts[1]
      } else if let next = rest.first, !next.hasPrefix("--") {
        value = next
        rest.removeFirst()
      } else {
        throw ExitStatus(ExitStatus.usage, "--\(parts[0]) needs a value, as in --\(parts[0]) \(Self.example(keys[0]))")
      }
      for key in keys {
        if case .list = key.kind {
          lists[key.path, default: []].append(value)
          edits.removeAll { $0.key == key.path }
          edits.append(PolicyEdit(key: key.path, value: (lists[key.path] ?? []).joined(separator: ", ")))
        } else {
          edits.append(PolicyEdit(key: key.path, value: value))
        }
      }
    }
    for edit in edits { try Self.check(edit) }
  }

  /// The keys a flag sets; `--resource-check` is the one shorthand without a key of its own.
  private static func keys(of flag: String) throws -> [PolicyKey] {
    if flag == "resource-check" {
      return ["disk", "memory", "cpu"].compactMap { PolicyKey.named("health_monitoring.checks.\($0)") }
    }
    guard let key = PolicyKey.flagged(flag) else { throw unknown("--\(flag)") }
    return [key]
  }

  private static func unknown(_ flag: String) -> ExitStatus {
    let flags =
      PolicyKey.all.compactMap(\.flag) + ["resource-check", "from-file", "show", "reset", "edit", "schema", "dry-run"]
    let bare = String(flag.drop { $0 == "-" })
    let nearest = NearestName.nearest(to: bare, in: flags).map { "; did you mean --\($0)?" } ?? ""
    return ExitStatus(ExitStatus.usage, "unknown flag \(flag)\(nearest)")
  }

  private static func example(_ key: PolicyKey) -> String {
    key.defaultText.isEmpty ? "VALUE" : key.defaultText
  }

  private static func check(_ edit: PolicyEdit) throws {
    guard let key = PolicyKey.named(edit.key), let value = edit.value else { return }
    var scratch = Policy()
    do { try key.set(value, in: &scratch) } catch {
      throw ExitStatus(ExitStatus.usage, "--\(key.flag ?? key.path): \(error)")
    }
  }
}
