import Terminal

/// A line of text being typed. It takes every key that types or edits; text entry never sees bindings.
package struct TextField: Hashable, Sendable {
  private var characters: [Character]
  /// Where the next character goes: 0 … count.
  package private(set) var cursor: Int
  /// The longest text taken; more is dropped.
  private static let limit = 4096

  package init(_ text: String = "") {
    characters = Array(text)
    cursor = characters.count
  }

  package var text: String { String(characters) }

  /// Handles a key that edits.
  /// - Returns: false: the key is not for a text field.
  package mutating func handle(_ key: Key) -> Bool {
    switch key {
    case .character(let character): insert(String(character))
    case .backspace:
      if cursor > 0 {
        cursor -= 1
        characters.remove(at: cursor)
      }
    case .delete, .control("d"): if cursor < characters.count { characters.remove(at: cursor) }
    case .left, .control("b"): cursor = max(0, cursor - 1)
    case .right, .control("f"): cursor = min(characters.count, cursor + 1)
    case .home, .control("a"): cursor = 0
    case .end, .control("e"): cursor = characters.count
    case .control("u"):
      characters.removeFirst(cursor)
      cursor = 0
    case .control("k"): characters.removeLast(characters.count - cursor)
    case .control("w"): removeWord()
    default: return false
    }
    return true
  }

  /// Inserts text at the cursor; line breaks and tabs become spaces, other control characters are dropped.
  package mutating func insert(_ text: String) {
    for character in text where characters.count < Self.limit {
      if character.isNewline || character == "\t" {
        place(" ")
      } else if !character.unicodeScalars.contains(where: { $0.value < 32 || (127..<160).contains($0.value) }) {
        place(character)
      }
    }
  }

  private mutating func place(_ character: Character) {
    characters.insert(character, at: cursor)
    cursor += 1
  }

  private mutating func removeWord() {
    var start = cursor
    while start > 0, characters[start - 1] == " " { start -= 1 }
    while start > 0, characters[start - 1] != " " { start -= 1 }
    characters.removeSubrange(start..<cursor)
    cursor = start
  }
}
