import Testing

@testable import Terminal

@Suite("Style")
struct StyleTests {
  static let colors: [Color] = [
    .terminalDefault, .ansi(0), .ansi(15), .indexed(0), .indexed(255), .rgb(0, 0, 0), .rgb(255, 254, 253),
    .rgb(1, 2, 3),
  ]

  @Test("A packed style gives back what was put in", arguments: colors, colors)
  func packing(_ foreground: Color, _ background: Color) {
    for raw in UInt8(0)..<32 {
      var style = Style(foreground: foreground, background: background, attributes: TextAttributes(rawValue: raw))
      #expect(style.foreground == foreground)
      #expect(style.background == background)
      #expect(style.attributes.rawValue == raw)
      style.background = .ansi(3)
      style.attributes.insert(.dim)
      #expect(style.foreground == foreground)
      #expect(style.background == .ansi(3))
    }
  }

  @Test("Colours degrade to the nearest that the terminal has")
  func degradation() {
    #expect(Color.rgb(255, 0, 0).degraded(to: .trueColor) == .rgb(255, 0, 0))
    #expect(Color.rgb(255, 0, 0).degraded(to: .indexed256) == .indexed(196))
    #expect(Color.rgb(8, 8, 8).degraded(to: .indexed256) == .indexed(232))
    #expect(Color.rgb(255, 255, 255).degraded(to: .indexed256) == .indexed(231))
    #expect(Color.rgb(40, 40, 40).degraded(to: .indexed256) == .indexed(235))
    #expect(Color.rgb(200, 40, 40).degraded(to: .ansi16) == .ansi(1))
    #expect(Color.rgb(184, 187, 38).degraded(to: .ansi16) != .ansi(7))
    #expect(Color.rgb(250, 250, 250).degraded(to: .ansi16) == .ansi(15))
    #expect(Color.rgb(40, 40, 40).degraded(to: .ansi16) == .ansi(0))
    #expect(Color.indexed(9).degraded(to: .ansi16) == .ansi(9))
    #expect(Color.ansi(9).degraded(to: .indexed256) == .ansi(9))
    for color in Self.colors { #expect(color.degraded(to: .mono) == .terminalDefault) }
  }

  @Test("Every colour of the 256 degrades to itself or into the 16")
  func totality() {
    for number in UInt8.min...UInt8.max {
      #expect(Color.indexed(number).degraded(to: .indexed256) == .indexed(number))
      guard case .ansi(let ansi) = Color.indexed(number).degraded(to: .ansi16) else {
        Issue.record("\(number) is no ANSI colour")
        continue
      }
      #expect(ansi < 16)
    }
  }
}
