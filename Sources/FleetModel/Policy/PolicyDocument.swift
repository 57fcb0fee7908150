/// What one policy file says: some keys and their values, each with its place.
public struct PolicyDocument: Hashable, Sendable {
  /// One key's value.
  public struct Entry: Hashable, Sendable {
    public var value: PolicyValue
    public var place: PolicyPlace
    public init(value: PolicyValue, place: PolicyPlace) {
      self.value = value
      self.place = place
    }
  }

  /// As shown in messages (`autopilot/web-1.yaml`).
  public var file: String
  /// By dotted path.
  public var entries: [String: Entry]

  public init(file: String, entries: [String: Entry] = [:]) {
    self.file = file
    self.entries = entries
  }

  /// The value of a key, where the file has it.
  public func value(_ path: String) -> PolicyValue? { entries[path]?.value }
}

/// A place in a policy file.
public struct PolicyPlace: Hashable, Sendable, Codable, CustomStringConvertible {
  public var file: String
  /// From 1; 0: the file as a whole.
  public var line: Int
  /// From 1, in characters.
  public var column: Int

  public init(file: String, line: Int = 0, column: Int = 0) {
    self.file = file
    self.line = line
    self.column = column
  }

  /// `autopilot/web-1.yaml:12:5`.
  public var description: String { line == 0 ? file : "\(file):\(line):\(column)" }
}

/// One thing wrong with policy, as an operator can mend it.
public struct PolicyProblem: Error, Hashable, Sendable, Codable, CustomStringConvertible {
  /// nil: no file says it.
  public var place: PolicyPlace?
  /// The key it is about, dotted; empty: none.
  public var key: String
  /// What is wrong and what is allowed.
  public var message: String
  /// Whether it is only worth knowing: the file stays in force.
  public var isWarning: Bool

  public init(at place: PolicyPlace?, key: String = "", _ message: String, isWarning: Bool = false) {
    self.place = place
    self.key = key
    self.message = message
    self.isWarning = isWarning
  }

  /// `autopilot/web-1.yaml:12:5: …`.
  public var description: String {
    (place.map { "\($0): " } ?? "") + (isWarning ? "warning: " : "") + message
  }
}
