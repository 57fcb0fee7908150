import Dashboard
import Terminal

extension Key {
  private static let named: [Key] = [
    .enter, .escape, .tab, .backTab, .backspace, .delete, .insert, .up, .down, .left, .right, .home, .end, .pageUp,
    .pageDown, .character(" "),
  ]

  /// A key by the name that help and hints give it (`Enter`, `Ctrl-D`), or by its one character.
  init?(name: String) {
    if let key = Self.named.first(where: { $0.label.lowercased() == name.lowercased() }) {
      self = key
    } else if name.count == 1, let character = name.first {
      self = .character(character)
    } else if name.lowercased().hasPrefix("ctrl-"), let character = name.last {
      self = .control(Character(character.lowercased()))
    } else {
      return nil
    }
  }
}
