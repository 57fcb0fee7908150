import FleetModel

/// A command of the inventory: words, in which `{name}` and `{address}` stand for the host's. No shell ever sees it.
package struct HostCommand: Hashable, Sendable {
  /// Why a command cannot be used.
  package struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String
  }

  /// At least one; the first is the program.
  package let words: [String]

  /// Splits a line at blanks. Single quotes keep everything, double quotes everything but `\"` and `\\`; outside of
  /// quotes a backslash keeps the next character. Nothing else is special: no variables, no globs, no pipes.
  package init(_ line: String) throws(Problem) {
    try self.init(words: try Self.split(line))
  }

  /// Takes words as they are.
  package init(words: [String]) throws(Problem) {
    guard let program = words.first, !program.isEmpty else { throw Problem(description: "the command is empty") }
    for word in words {
      if word.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) {
        throw Problem(description: "the command holds a control character")
      }
      if let stranger = Self.placeholders(word).first(where: { $0 != "name" && $0 != "address" }) {
        throw Problem(description: "unknown placeholder {\(stranger)}: only {name} and {address} are replaced")
      }
    }
    self.words = words
  }

  /// The words with the host's name and address in place; a value never becomes more than one word.
  /// - Parameter home: where `~/` at the start of the program's name leads.
  package func arguments(name: String, address: String, home: String) -> [String] {
    var result = words.map { Self.filled($0, name: name, address: address) }
    if result[0].hasPrefix("~/") { result[0] = home + result[0].dropFirst() }
    return result
  }

  /// The command as one line an operator can read.
  package func text(name: String, address: String) -> String {
    words.map { word in
      let filled = Self.filled(word, name: name, address: address)
      return filled.isEmpty || filled.contains(" ") ? "'\(filled)'" : filled
    }
    .joined(separator: " ")
  }

  private static func split(_ line: String) throws(Problem) -> [String] {
    var words: [String] = []
    var word: String?
    var quote: Character?
    var characters = line.makeIterator()
    while let character = characters.next() {
      switch (quote, character) {
      case (nil, " "), (nil, "\t"):
        if let done = word { words.append(done) }
        word = nil
      case (nil, "'"), (nil, "\""):
        quote = character
        word = word ?? ""
      case (.some(let open), _) where character == open: quote = nil
      case (nil, "\\"), (.some("\""), "\\"):
        guard let next = characters.next() else {
          throw Problem(description: "the command ends in a backslash")
        }
        if quote != nil, next != "\"", next != "\\" { word = (word ?? "") + "\\" }
        word = (word ?? "") + String(next)
      default: word = (word ?? "") + String(character)
      }
    }
    if let quote { throw Problem(description: "the command has no closing \(quote)") }
    if let word { words.append(word) }
    return words
  }

  private static func placeholders(_ word: String) -> [String] {
    var names: [String] = []
    var rest = word[...]
    while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
      let name = rest[rest.index(after: open)..<close]
      if !name.isEmpty, name.allSatisfy({ $0.isASCII && $0.isLetter }) { names.append(String(name)) }
      rest = rest[rest.index(after: open)...]
    }
    return names
  }

  /// One pass, so that a name that looks like a placeholder is not filled in again.
  private static func filled(_ word: String, name: String, address: String) -> String {
    var result = ""
    var rest = word[...]
    while let open = rest.firstIndex(of: "{") {
      result += rest[..<open]
      rest = rest[open...]
      if rest.hasPrefix("{name}") {
        result += name
        rest = rest.dropFirst("{name}".count)
      } else if rest.hasPrefix("{address}") {
        result += address
        rest = rest.dropFirst("{address}".count)
      } else {
        result.append("{")
        rest = rest.dropFirst()
      }
    }
    return result + rest
  }
}

/// The control plane of one host; each command is optional.
package struct HostCommands: Hashable, Sendable {
  package var status: HostCommand?
  package var start: HostCommand?
  package var stop: HostCommand?
  package var restart: HostCommand?
  package var run: HostCommand?

  package init() {}

  /// The keys of the inventory, in the order of the manual.
  static let keys = ["status", "start", "stop", "restart", "run"]

  subscript(key: String) -> HostCommand? {
    get {
      switch key {
      case "status": status
      case "start": start
      case "stop": stop
      case "restart": restart
      case "run": run
      default: nil
      }
    }
    set {
      switch key {
      case "status": status = newValue
      case "start": start = newValue
      case "stop": stop = newValue
      case "restart": restart = newValue
      case "run": run = newValue
      default: break
      }
    }
  }

  /// What the commands give a machine.
  package var abilities: ControlAbilities {
    var abilities: ControlAbilities = []
    if status != nil { abilities.insert(.power) }
    if start != nil { abilities.insert(.start) }
    if stop != nil { abilities.insert(.stop) }
    if restart != nil { abilities.insert(.restart) }
    if run != nil { abilities.insert(.run) }
    return abilities
  }
}
