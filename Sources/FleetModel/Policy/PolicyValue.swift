/// One value of one policy key, typed but not yet placed in a `Policy`.
public enum PolicyValue: Hashable, Sendable {
  /// Nothing is set, and nothing is what the key then means (no schedule, no address of its own).
  case unset
  case flag(Bool)
  case integer(Int)
  case duration(Duration)
  /// A choice, a text, a cron expression or a secret reference.
  case text(String)
  case list([String])
  /// Minutes after midnight, 0–1439.
  case timeOfDay(Int)
  case hooks([HookRegistration])
}

/// Why a text is no value of a key, and what is.
public struct PolicyValueError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Dotted.
  public var key: String
  /// What is wrong, a clause; never holds a secret.
  public var problem: String
  /// What is allowed, a clause (`a whole number from 1 to 100`).
  public var allowed: String

  public init(key: String, problem: String, allowed: String) {
    self.key = key
    self.problem = problem
    self.allowed = allowed
  }

  /// The clauses as one sentence: `thresholds.disk_warning: "high" is not a percentage; allowed: …`.
  public var description: String { "\(key): \(sentence)" }

  /// The same without the key, for a form that shows it beside the field.
  public var sentence: String { allowed.isEmpty ? problem : "\(problem); allowed: \(allowed)" }
}

/// Lists as one line of text: items parted by commas, a backslash before a comma or backslash that belongs to an item.
enum PolicyListText {
  static func join(_ items: [String]) -> String {
    items.map { escape($0, ",") }.joined(separator: ", ")
  }

  static func split(_ text: String) -> [String] {
    split(text, at: ",").map(unescape)
  }

  /// The parts of `text` between separators that no backslash stands before, without blanks around; still escaped.
  static func split(_ text: String, at separator: Character) -> [String] {
    var parts = [""]
    var isEscaped = false
    for character in text {
      if !isEscaped, character == separator {
        parts.append("")
      } else {
        parts[parts.count - 1].append(character)
      }
      isEscaped = !isEscaped && character == "\\"
    }
    return parts.map(trim).filter { !$0.isEmpty }
  }

  static func escape(_ item: String, _ separators: String) -> String {
    String(item.flatMap { $0 == "\\" || separators.contains($0) ? ["\\", $0] : [$0] })
  }

  static func unescape(_ item: String) -> String {
    var result = ""
    var isEscaped = false
    for character in item {
      if !isEscaped, character == "\\" {
        isEscaped = true
      } else {
        result.append(character)
        isEscaped = false
      }
    }
    return result
  }

  static func trim(_ text: some StringProtocol) -> String {
    let blank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\n" }
    return String(text.drop(while: blank).reversed().drop(while: blank).reversed())
  }
}
