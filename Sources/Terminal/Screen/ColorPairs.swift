import CNcurses

/// Gives every pair of colours in use a number, as ncurses wants it.
struct ColorPairs {
  private let depth: ColorDepth
  private let limit: Int32
  private let isDirect: Bool
  /// The screen has 8 colours only: bright ones are bold.
  private let isBoldBright: Bool
  private let hasDefaults: Bool
  private var numbers: [UInt64: Int32] = [:]
  private var resolved: [Style: Resolved] = [:]
  private var last: (style: Style, resolved: Resolved)?

  /// What ncurses needs for a style.
  struct Resolved {
    var pair: Int32
    var attributes: UInt8
  }

  init(screen: OpaquePointer, depth: ColorDepth) {
    limit = cnc_screen_pairs(screen)
    let colors = cnc_screen_colors(screen)
    isDirect = colors >= 1 << 24
    isBoldBright = colors < 16
    hasDefaults = cnc_screen_has_default_colors(screen)
    self.depth = limit == 0 ? .mono : depth
  }

  mutating func resolve(_ style: Style, on screen: OpaquePointer) -> Resolved {
    // Most cells have the style of the one before.
    if let last, last.style == style { return last.resolved }
    let result = lookUp(style, on: screen)
    last = (style, result)
    return result
  }

  private mutating func lookUp(_ style: Style, on screen: OpaquePointer) -> Resolved {
    if let known = resolved[style] { return known }
    let result = makePair(style, on: screen)
    // Themes have some dozens of styles; a gradient that makes thousands must not keep them all.
    if resolved.count >= 4096 { resolved.removeAll(keepingCapacity: true) }
    resolved[style] = result
    return result
  }

  private mutating func makePair(_ style: Style, on screen: OpaquePointer) -> Resolved {
    let style = style.degraded(to: depth)
    var attributes = style.attributes
    let foreground = number(style.foreground)
    var background = number(style.background)
    var text = foreground
    if isBoldBright {
      if foreground > 7 { attributes.insert(.bold) }
      text = foreground > 7 ? foreground - 8 : foreground
      background = background > 7 ? background - 8 : background
    }
    return Resolved(
      pair: pair(foreground: text, background: background, on: screen), attributes: attributes.rawValue)
  }

  private mutating func pair(foreground: Int32, background: Int32, on screen: OpaquePointer) -> Int32 {
    var foreground = foreground
    var background = background
    if foreground < 0 && background < 0 { return 0 }
    if !hasDefaults {
      // Without defaults the terminal shows white on black where nothing is said.
      if foreground < 0 { foreground = 7 }
      if background < 0 { background = 0 }
    }
    let key = UInt64(UInt32(bitPattern: foreground)) << 32 | UInt64(UInt32(bitPattern: background))
    if let number = numbers[key] { return number }
    let next = Int32(numbers.count + 1)
    // With all pairs in use the text stays readable in the terminal's own colours.
    guard next < limit, cnc_screen_define_pair(screen, next, foreground, background) else { return 0 }
    numbers[key] = next
    return next
  }

  /// ncurses' number of a colour that was degraded to the screen's depth; −1 is the terminal's own.
  private func number(_ color: Color) -> Int32 {
    switch color {
    case .terminalDefault: return -1
    case .ansi(let number) where !isDirect || number < 8: return Int32(number)
    case .ansi(let number): return direct(ColorTable.ansi[Int(number & 15)])
    case .indexed(let number): return isDirect ? direct(ColorTable.components(indexed: number)) : Int32(number)
    case .rgb(let red, let green, let blue): return direct((red, green, blue))
    }
  }

  /// Direct entries take numbers below 8 for the first ANSI colours, so the darkest blues are lifted a little.
  private func direct(_ color: (red: UInt8, green: UInt8, blue: UInt8)) -> Int32 {
    max(Int32(color.red) << 16 | Int32(color.green) << 8 | Int32(color.blue), 8)
  }
}
