/// A key as the operator pressed it.
package enum Key: Hashable, Sendable {
  /// A printable character, space included.
  case character(Character)
  case enter, escape, tab, backTab, backspace, delete, insert
  case up, down, left, right, home, end, pageUp, pageDown
  /// F1 to F24.
  case function(Int)
  /// Ctrl with a lowercase letter or one of `@ [ \ ] ^ _`.
  case control(Character)
  /// Alt (or Escape shortly before) with a character.
  case alt(Character)
}
