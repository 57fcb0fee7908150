/// A colour as a theme names it; `Screen` turns it into what the terminal can show.
package enum Color: Hashable, Sendable {
  /// The terminal's own foreground or background.
  case terminalDefault
  /// One of the terminal's own 16 colours, 0–15 (8–15 are the bright ones); higher numbers are taken modulo 16.
  case ansi(UInt8)
  /// A colour of xterm's table of 256.
  case indexed(UInt8)
  /// Red, green, blue, 0–255 each.
  case rgb(UInt8, UInt8, UInt8)

  /// Two bits of kind above 24 bits of value, so that a whole style fits one word.
  var packed: UInt64 {
    switch self {
    case .terminalDefault: 0
    case .ansi(let number): 1 << 24 | UInt64(number & 15)
    case .indexed(let number): 2 << 24 | UInt64(number)
    case .rgb(let red, let green, let blue): 3 << 24 | UInt64(red) << 16 | UInt64(green) << 8 | UInt64(blue)
    }
  }

  init(packed: UInt64) {
    let value = UInt32(truncatingIfNeeded: packed & 0xFF_FFFF)
    switch packed >> 24 & 3 {
    case 0: self = .terminalDefault
    case 1: self = .ansi(UInt8(truncatingIfNeeded: value))
    case 2: self = .indexed(UInt8(truncatingIfNeeded: value))
    default:
      self = .rgb(
        UInt8(truncatingIfNeeded: value >> 16), UInt8(truncatingIfNeeded: value >> 8),
        UInt8(truncatingIfNeeded: value))
    }
  }
}
