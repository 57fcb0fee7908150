/// The colours a picture has where a grid names the terminal's own.
package struct SVGPalette: Hashable, Sendable {
  package var foreground: Color
  package var background: Color

  /// - Parameters: colours of plain text and of the screen behind it; `terminalDefault` is not allowed to be either and
  ///   counts as light gray on near black.
  package init(foreground: Color = .rgb(212, 212, 212), background: Color = .rgb(24, 24, 27)) {
    self.foreground = foreground
    self.background = background
  }

  static func components(_ color: Color) -> (red: UInt8, green: UInt8, blue: UInt8)? {
    switch color {
    case .terminalDefault: nil
    case .ansi(let number): ColorTable.ansi[Int(number & 15)]
    case .indexed(let number): ColorTable.components(indexed: number)
    case .rgb(let red, let green, let blue): (red, green, blue)
    }
  }

  /// Text and background of a cell as `#rrggbb`; reverse and dim are worked in.
  func resolve(_ style: Style) -> (text: String, background: String) {
    let plain = Self.components(foreground) ?? (212, 212, 212)
    let ground = Self.components(background) ?? (24, 24, 27)
    var text = Self.components(style.foreground) ?? plain
    var behind = Self.components(style.background) ?? ground
    if style.attributes.contains(.reverse) { (text, behind) = (behind, text) }
    if style.attributes.contains(.dim) {
      func mix(_ a: UInt8, _ b: UInt8) -> UInt8 { UInt8((Int(a) * 3 + Int(b) * 2) / 5) }
      text = (mix(text.red, behind.red), mix(text.green, behind.green), mix(text.blue, behind.blue))
    }
    return (Self.hexadecimal(text), Self.hexadecimal(behind))
  }

  private static func hexadecimal(_ color: (red: UInt8, green: UInt8, blue: UInt8)) -> String {
    [color.red, color.green, color.blue].reduce(into: "#") { text, value in
      text += (value < 16 ? "0" : "") + String(value, radix: 16)
    }
  }
}
