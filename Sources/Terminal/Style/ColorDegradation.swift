extension Color {
  /// The nearest colour that a terminal of this depth shows; in mono every colour is the terminal's own.
  package func degraded(to depth: ColorDepth) -> Color {
    switch (depth, self) {
    case (_, .terminalDefault), (.trueColor, _), (.indexed256, .ansi), (.indexed256, .indexed), (.ansi16, .ansi):
      return self
    case (.mono, _): return .terminalDefault
    case (.indexed256, .rgb(let red, let green, let blue)):
      return .indexed(Self.nearestIndexed(red: red, green: green, blue: blue))
    case (.ansi16, .indexed(let number)):
      if number < 16 { return .ansi(number) }
      let (red, green, blue) = ColorTable.components(indexed: number)
      return .ansi(Self.nearestANSI(red: red, green: green, blue: blue))
    case (.ansi16, .rgb(let red, let green, let blue)):
      return .ansi(Self.nearestANSI(red: red, green: green, blue: blue))
    }
  }

  /// The nearest colour among the cube and the grays; the first 16 are left out, since every terminal has its own.
  private static func nearestIndexed(red: UInt8, green: UInt8, blue: UInt8) -> UInt8 {
    func step(_ value: UInt8) -> Int {
      ColorTable.cubeSteps.indices.min {
        abs(Int(ColorTable.cubeSteps[$0]) - Int(value)) < abs(Int(ColorTable.cubeSteps[$1]) - Int(value))
      } ?? 0
    }
    let cube = UInt8(16 + 36 * step(red) + 6 * step(green) + step(blue))
    let average = (Int(red) + Int(green) + Int(blue)) / 3
    let gray = UInt8(232 + min(max((average - 3) / 10, 0), 23))
    let candidates = [cube, gray].map { number in
      (number, distance(ColorTable.components(indexed: number), (red, green, blue)))
    }
    return candidates.min { $0.1 < $1.1 }?.0 ?? cube
  }

  private static func nearestANSI(red: UInt8, green: UInt8, blue: UInt8) -> UInt8 {
    let highest = max(red, green, blue)
    let spread = highest - min(red, green, blue)
    // Colours with little hue go to the grays; by distance alone a dark blue-gray would turn blue.
    let isGray = Int(spread) * 5 < Int(highest) || highest < 48
    let grays: [Int] = [0, 8, 7, 15]
    let hues = [1, 2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 14]
    let numbers = isGray ? grays : hues
    let nearest = numbers.min {
      distance(ColorTable.ansi[$0], (red, green, blue)) < distance(ColorTable.ansi[$1], (red, green, blue))
    }
    return UInt8(nearest ?? 7)
  }

  /// Squared distance weighted as the eye weighs the three colours ("redmean").
  private static func distance(
    _ a: (red: UInt8, green: UInt8, blue: UInt8), _ b: (red: UInt8, green: UInt8, blue: UInt8)
  ) -> Int {
    let mean = (Int(a.red) + Int(b.red)) / 2
    let red = Int(a.red) - Int(b.red)
    let green = Int(a.green) - Int(b.green)
    let blue = Int(a.blue) - Int(b.blue)
    return ((512 + mean) * red * red) / 256 + 4 * green * green + ((767 - mean) * blue * blue) / 256
  }
}

extension Style {
  /// The style with the nearest colours that a terminal of this depth shows.
  package func degraded(to depth: ColorDepth) -> Style {
    Style(
      foreground: foreground.degraded(to: depth), background: background.degraded(to: depth), attributes: attributes)
  }
}
