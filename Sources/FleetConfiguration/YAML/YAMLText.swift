import FleetModel
import Yams

/// YAML text into a tree, with errors in an operator's words.
enum YAMLText {
  /// The tree of the only document of a text; nil where it is empty.
  static func root(of text: String, file: String) -> Result<Node?, PolicyProblem> {
    do {
      // `basic` resolves nothing by itself: the table of keys knows what each value is.
      return .success(try Parser(yaml: text, resolver: .basic, encoding: .utf8).singleRoot())
    } catch let error as YamlError {
      return .failure(problem(error, in: text, file: file))
    } catch {
      return .failure(PolicyProblem(at: PolicyPlace(file: file), "not YAML: \(SafeText.line("\(error)"))"))
    }
  }

  /// Whether a scalar says nothing: empty, `~` or `null`, without quotes.
  static func isNull(_ scalar: Node.Scalar) -> Bool {
    scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
  }

  private static func problem(_ error: YamlError, in text: String, file: String) -> PolicyProblem {
    switch error {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      let place = PolicyPlace(file: file, line: mark.line, column: mark.column)
      if line(mark.line, of: text).prefix(while: { $0 == " " || $0 == "\t" }).contains("\t") {
        return PolicyProblem(at: place, "not YAML: a tab is used for indentation; use spaces")
      }
      // libyaml's context says what it was reading, and from where on.
      let since = context.map { " (\($0.text) that begins in line \($0.mark.line))" } ?? ""
      return PolicyProblem(at: place, "not YAML: \(problem)\(since)")
    case .reader(let problem, let offset, _, _):
      var before = text.utf8.prefix(offset ?? 0)
      let line = before.count { $0 == 0x0a } + 1
      if let newline = before.lastIndex(of: 0x0a) { before = before[before.index(after: newline)...] }
      let column = String(decoding: before, as: UTF8.self).unicodeScalars.count + 1
      return PolicyProblem(at: PolicyPlace(file: file, line: line, column: column), "not YAML: \(problem)")
    case .duplicatedKeysInMapping(let duplicates, let context):
      let key = duplicates.first ?? ""
      let first = context.mark
      let second = occurrence(of: key, after: first, in: text) ?? (first.line, first.column)
      return PolicyProblem(
        at: PolicyPlace(file: file, line: second.line, column: second.column),
        "the key \"\(SafeText.line(key))\" is given twice, first in line \(first.line): keep one of them")
    default:
      return PolicyProblem(at: PolicyPlace(file: file), "not YAML: \(SafeText.line("\(error)"))")
    }
  }

  private static func line(_ number: Int, of text: String) -> Substring {
    var rest = text.unicodeScalars[...]
    for _ in 1..<max(1, number) {
      guard let newline = rest.firstIndex(of: "\n") else { return "" }
      rest = rest[rest.index(after: newline)...]
    }
    return Substring(rest.prefix { $0 != "\n" })
  }

  /// Yams tells the place of a doubled key's first occurrence only; the second stands below it at the same depth.
  private static func occurrence(of key: String, after first: Mark, in text: String) -> (line: Int, column: Int)? {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() where index >= first.line {
      let indent = line.prefix { $0 == " " }.count
      let name = line.dropFirst(indent).split(separator: ":", maxSplits: 1).first.map(String.init) ?? ""
      if indent == first.column - 1, name.trimmingQuotes == key { return (index + 1, indent + 1) }
    }
    return nil
  }
}

extension String {
  /// The text without blanks at its end and one pair of quotes around it.
  fileprivate var trimmingQuotes: String {
    let text = String(reversed().drop { $0 == " " || $0 == "\r" }.reversed())
    guard text.count >= 2, let quote = text.first, quote == text.last, quote == "\"" || quote == "'" else {
      return text
    }
    return String(text.dropFirst().dropLast())
  }
}
