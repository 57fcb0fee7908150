import FleetModel

/// What a remedy's script answered.
package struct RemedyAnswer: Hashable, Sendable {
  package enum Outcome: String, Hashable, Sendable {
    case done
    /// Something may have been done, without success.
    case failed
    /// Nothing was done.
    case refused
  }

  package var outcome: Outcome
  /// What was done, in order (`systemctl restart ssh.service`).
  package var actions: [String]
  /// What came of it, a sentence.
  package var detail: String
  /// Things an operator should know beside it.
  package var notes: [String]
  /// Only of a clean-up.
  package var cleanUp: CleanUp?

  /// The actions as one text.
  package var action: String { actions.joined(separator: ", ") }
  /// The detail and the notes as one text.
  package var fullDetail: String { ([detail] + notes).filter { !$0.isEmpty }.joined(separator: "; ") }

  /// What a clean-up measured.
  package struct CleanUp: Hashable, Sendable {
    /// The mount before and after, as `df` counts.
    package var before: MountUsage
    package var after: MountUsage
    /// Files removed beneath each root.
    package var removed: [Removal]
    /// The largest files left, only where little was freed; at most five.
    package var largest: [Named]
    /// Deleted files that a process still holds open, only where little was freed; at most five.
    package var held: [Named]

    /// Percentage points that make a clean-up a success (semantics 5.9).
    package static let leastPoints = 2.0

    /// Percentage points freed.
    package var pointsFreed: Double { before.percent - after.percent }
    /// Bytes freed; zero where the mount filled up faster.
    package var bytesFreed: UInt64 { before.used > after.used ? before.used - after.used : 0 }

    /// A size and what it belongs to.
    package struct Named: Hashable, Sendable {
      package var bytes: UInt64
      /// A path, or a process (`mysqld (712)`); made safe to show.
      package var name: String
    }

    package struct Removal: Hashable, Sendable {
      package var what: String
      package var files: Int
      package var bytes: UInt64
    }
  }
}

extension RemedyScript {
  private static let keys: Set<String> = ["outcome", "detail", "mount", "before", "after"]
  private static let lists: Set<String> = ["action", "note", "removed", "large", "held"]

  /// Reads what a remedy's script printed.
  /// - Throws: `ScriptOutputError`, naming the line; what the script did is then not known.
  package static func parse(_ output: String) throws(ScriptOutputError) -> RemedyAnswer {
    let output = try ScriptOutput(output, name: name, version: version, keys: keys, lists: lists)
    let word = try output.required("outcome")
    guard let outcome = RemedyAnswer.Outcome(rawValue: word.value) else {
      throw output.error(word, .badValue("outcome", word.value, expected: "done, failed or refused"))
    }
    var answer = RemedyAnswer(
      outcome: outcome, actions: output.list("action").prefix(16).map { shown($0.value) },
      detail: shown(output.entry("detail")?.value ?? ""), notes: output.list("note").prefix(16).map { shown($0.value) })
    guard outcome == .done, let mount = output.entry("mount") else { return answer }
    let cleanUp = try cleanUp(output, mount)
    answer.cleanUp = cleanUp
    let removed = cleanUp.removed.filter { $0.files > 0 }
    answer.actions =
      removed.map { "deleted \($0.files) \($0.files == 1 ? "file" : "files") of \($0.what)" } + answer.actions
    if answer.actions.isEmpty { answer.actions = ["found nothing that may be deleted"] }
    answer.detail =
      "freed \(ByteText.text(cleanUp.bytesFreed)) on \(shown(cleanUp.after.path)): "
      + "\(percent(cleanUp.before.percent)) → \(percent(cleanUp.after.percent))"
    if cleanUp.pointsFreed < RemedyAnswer.CleanUp.leastPoints {
      answer.outcome = .failed
      answer.detail = "less than 2 points: \(answer.detail)"
    }
    if !cleanUp.largest.isEmpty {
      answer.notes.append(
        "largest files: " + cleanUp.largest.map { "\($0.name) \(ByteText.text($0.bytes))" }.joined(separator: ", "))
    }
    if !cleanUp.held.isEmpty {
      answer.notes.append(
        "deleted but held open by "
          + cleanUp.held.map { "\($0.name) \(ByteText.text($0.bytes))" }.joined(separator: ", "))
    }
    return answer
  }

  private static func cleanUp(
    _ output: ScriptOutput, _ mount: ScriptOutput.Entry
  ) throws(ScriptOutputError) -> RemedyAnswer.CleanUp {
    let fields = mount.value.split(separator: " ", maxSplits: 1)
    guard fields.count == 2 else {
      throw output.error(mount, .badValue("mount", mount.value, expected: "a type and a path"))
    }
    func usage(_ key: String) throws(ScriptOutputError) -> MountUsage {
      let entry = try output.required(key)
      return try ProbeScript.usage(
        output, entry, entry.value.split(separator: " "), type: fields[0], path: String(fields[1]))
    }
    func named(_ key: String) throws(ScriptOutputError) -> [RemedyAnswer.CleanUp.Named] {
      var result: [RemedyAnswer.CleanUp.Named] = []
      for entry in output.list(key).prefix(5) {
        let parts = entry.value.split(separator: " ", maxSplits: 1)
        guard parts.count == 2 else {
          throw output.error(entry, .badValue(key, entry.value, expected: "kibibytes and a name"))
        }
        let bytes = try output.integer(entry, parts[0], in: 0...(1 << 53)) * 1024
        result.append(.init(bytes: bytes, name: shown(String(parts[1]))))
      }
      return result
    }
    var removed: [RemedyAnswer.CleanUp.Removal] = []
    for entry in output.list("removed").prefix(32) {
      let parts = entry.value.split(separator: " ", maxSplits: 2)
      guard parts.count == 3 else {
        throw output.error(entry, .badValue("removed", entry.value, expected: "files, kibibytes and a place"))
      }
      removed.append(
        .init(
          what: shown(String(parts[2])), files: Int(try output.integer(entry, parts[0], in: 0...(1 << 53))),
          bytes: try output.integer(entry, parts[1], in: 0...(1 << 53)) * 1024))
    }
    return try RemedyAnswer.CleanUp(
      before: usage("before"), after: usage("after"), removed: removed, largest: named("large"), held: named("held"))
  }

  private static func shown(_ text: String) -> String { SafeText.line(String(text.prefix(500))) }

  private static func percent(_ value: Double) -> String { "\(Int(value.rounded())) %" }
}
