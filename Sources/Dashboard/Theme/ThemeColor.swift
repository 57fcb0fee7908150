import Terminal

/// Colours as theme files write them.
enum ThemeColor {
  private static let ansiNames = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"]

  /// Reads a colour: a name of the palette, `default`, one of the terminal's 16 (`red`, `bright-red`), `#rrggbb`, or
  /// a number of the 256.
  /// - Returns: nil: it is no colour.
  static func parse(_ text: String, palette: [String: String]) -> Color? {
    literal(palette[text] ?? text)
  }

  private static func literal(_ text: String) -> Color? {
    if text == "default" { return .terminalDefault }
    if let number = ansiNames.firstIndex(of: text) { return .ansi(UInt8(number)) }
    if text.hasPrefix("bright-"), let number = ansiNames.firstIndex(of: String(text.dropFirst(7))) {
      return .ansi(UInt8(number + 8))
    }
    if text.hasPrefix("#"), text.utf8.count == 7, let value = UInt32(text.dropFirst(), radix: 16) {
      return .rgb(UInt8(value >> 16), UInt8(value >> 8 & 255), UInt8(value & 255))
    }
    // 0–15 are the terminal's own colours, which its user may have chosen.
    if let number = UInt8(text) { return number < 16 ? .ansi(number) : .indexed(number) }
    return nil
  }
}
