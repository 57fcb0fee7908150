import FleetConfiguration
import FleetModel
import Foundation
import Testing

@Suite("Editing any policy file")
struct PolicyEditorPropertyTests {
  /// One file, some edits, and what came of them.
  struct Run {
    var file: RandomPolicyFile
    var edits: [PolicyEdit]
    var after: String
  }

  static func run(seed: UInt64) throws -> Run {
    let file = RandomPolicyFile(seed: seed)
    var random = SeededNumbers(seed ^ 0xabcdef)
    var edits: [PolicyEdit] = []
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let present = random.chance(60) ? file.keys.randomElement(using: &random) : nil
      let path = present ?? PolicyKey.all.randomElement(using: &random)?.path ?? ""
      guard let key = PolicyKey.named(path), !edits.contains(where: { $0.key == path }) else { continue }
      edits.append(PolicyEdit(key: path, value: random.chance(35) ? nil : RandomPolicyFile.value(key, &random)))
    }
    let changes = try PolicyEditor.changes(edits, scope: .fleet)
    return Run(
      file: file, edits: edits,
      after: try PolicyEditor.apply(changes, to: file.text, file: "seed \(seed)", scope: .fleet))
  }

  @Test(
    "Any edits of any file change the asked keys, keep every comment line and every other line, in order",
    arguments: 0..<20)
  func keeps(block: Int) throws {
    for seed in UInt64(block * 50)..<UInt64(block * 50 + 50) {
      let run = try Self.run(seed: seed)
      let before = PolicyReader.read(run.file.text, file: "f", scope: .fleet)
      #expect(before.problems.isEmpty, "seed \(seed)")
      let after = PolicyReader.read(run.after, file: "f", scope: .fleet)
      #expect(after.problems.isEmpty, "seed \(seed)")
      var wanted = before.document.entries.mapValues(\.value)
      for edit in run.edits {
        wanted[edit.key] = try edit.value.flatMap { text in try PolicyKey.named(edit.key)?.parse(text) }
      }
      #expect(after.document.entries.mapValues(\.value) == wanted, "seed \(seed)")
      let edited = Set(run.edits.map(\.key))
      let kept = run.file.lines.filter {
        !$0.text.isEmpty && !$0.keys.contains("*") && edited.isDisjoint(with: $0.keys)
      }
      var rest = run.after.split(whereSeparator: \.isNewline).map(String.init)[...]
      for line in kept {
        guard let index = rest.firstIndex(of: line.text) else {
          Issue.record(
            "seed \(seed): lost or moved: \(line.text)\n\(run.file.text)\n=====\n\(run.edits)\n=====\n\(run.after)")
          return
        }
        rest = rest[(index + 1)...]
      }
    }
  }

  @Test("Setting a key and removing it again leaves a file as it was", arguments: 0..<10)
  func inverse(block: Int) throws {
    for seed in UInt64(block * 30)..<UInt64(block * 30 + 30) {
      let file = RandomPolicyFile(seed: seed)
      var random = SeededNumbers(seed)
      guard !file.text.isEmpty,
        let key = PolicyKey.all.filter({ !file.keys.contains($0.path) }).randomElement(using: &random)
      else { continue }
      let set = try PolicyEditor.changes(
        [PolicyEdit(key: key.path, value: RandomPolicyFile.value(key, &random))], scope: .fleet)
      let removed = try PolicyEditor.changes([PolicyEdit(key: key.path, value: nil)], scope: .fleet)
      let once = try PolicyEditor.apply(set, to: file.text, file: "f", scope: .fleet)
      let again = try PolicyEditor.apply(removed, to: once, file: "f", scope: .fleet)
      // A line between sections and a last line's end are all that may differ.
      let lines = { (text: String) in text.split(whereSeparator: \.isNewline).map(String.init) }
      let emptied = lines(file.text).filter { line in !lines(again).contains(line) }
      #expect(emptied.allSatisfy { $0.hasSuffix(":") }, "seed \(seed)")
      #expect(lines(again) == lines(file.text).filter { !emptied.contains($0) }, "seed \(seed)")
    }
  }

  @Test(
    "PyYAML reads the same before and after, but for the asked keys",
    .enabled(if: PyYAML.isThere, "python3-yaml is not installed"))
  func oracle() throws {
    let runs = try (2000..<2300).map { try Self.run(seed: $0) }
    let cases = runs.map { run in
      [
        "before": run.file.text, "after": run.after, "keys": run.edits.map(\.key),
        "removed": run.edits.filter { $0.value == nil }.map(\.key),
      ] as [String: Any]
    }
    #expect(try PyYAML.judge(cases) == "300 alike")
  }

  @Test(
    "PyYAML reads what is written as the texts that were meant",
    .enabled(if: PyYAML.isThere, "python3-yaml is not installed"))
  func values() throws {
    var cases: [[String: Any]] = []
    for key in PolicyKey.all {
      var random = SeededNumbers(7)
      for _ in 0..<12 {
        let value = RandomPolicyFile.value(key, &random)
        let changes = try PolicyEditor.changes([PolicyEdit(key: key.path, value: value)], scope: .fleet)
        let text = try PolicyEditor.apply(changes, to: "", file: "f", scope: .fleet)
        // Lists and hooks are compared by the first test.
        if !key.kind.isList { cases.append(["text": text, "key": key.path, "value": value]) }
      }
    }
    #expect(try PyYAML.judge(cases) == "\(cases.count) alike")
  }
}

/// The reference reader of YAML.
enum PyYAML {
  static let isThere = (try? run("import yaml; print('ok')", input: Data())) == "ok"

  /// Judges cases; says how many are alike, or the first that is not.
  static func judge(_ cases: [[String: Any]]) throws -> String {
    try run(script, input: JSONSerialization.data(withJSONObject: cases))
  }

  private static let script = """
    import json, sys, yaml
    def leaves(node, path=''):
        if isinstance(node, dict) and 'path' not in node:
            found = {}
            for key, value in node.items():
                found.update(leaves(value, path + '.' + key if path else key))
            return found
        return {} if node is None else {path: node}
    def text(value):
        return {True: 'true', False: 'false'}.get(value, value) if isinstance(value, bool) else str(value)
    cases = json.load(sys.stdin)
    for number, case in enumerate(cases):
        if 'text' in case:
            found = leaves(yaml.safe_load(case['text']))
            if {key: text(value) for key, value in found.items()} != {case['key']: case['value']}:
                print(number, case, found); sys.exit()
            continue
        before, after = leaves(yaml.safe_load(case['before'])), leaves(yaml.safe_load(case['after']))
        if any(key in after for key in case['removed']) or any(
                key not in after for key in case['keys'] if key not in case['removed']):
            print(number, case); sys.exit()
        for key in case['keys']:
            before.pop(key, None); after.pop(key, None)
        if before != after:
            print(number, case); sys.exit()
    print(len(cases), 'alike')
    """

  private static func run(_ script: String, input: Data) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", script]
    let (stdin, stdout) = (Pipe(), Pipe())
    process.standardInput = stdin
    process.standardOutput = stdout
    process.standardError = FileHandle.nullDevice
    try process.run()
    try stdin.fileHandleForWriting.write(contentsOf: input)
    try stdin.fileHandleForWriting.close()
    let output = try stdout.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return String(decoding: output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
