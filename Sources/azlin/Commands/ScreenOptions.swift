import ArgumentParser
import Dashboard
import FleetModel
import Terminal

/// What every screen takes.
struct ScreenOptions: ParsableArguments {
  @Option(help: "The theme (azlin themes list).") var theme: String?
  @Flag(help: "Draw with ASCII only.") var ascii = false
  @Flag(help: "Print one snapshot as text and end.") var plain = false
  @Option(help: "Colour: auto, always or never. NO_COLOR is honoured.") var color: ColorWord = .auto

  enum ColorWord: String, ExpressibleByArgument, CaseIterable { case auto, always, never }

  var terminal: TerminalOptions {
    TerminalOptions(color: ColorChoice(rawValue: color.rawValue) ?? .auto, ascii: ascii)
  }

  /// - Throws: `ThemeError` naming the theme, the line and what would be right.
  func loadTheme(_ catalog: ThemeCatalog = ThemeCatalog()) throws -> Theme { try catalog.theme(theme ?? "default") }

  /// How the program ends after the screen was left.
  static func end(_ reason: ExitReason) throws {
    switch reason {
    case .finished: break
    case .hangUp: throw ExitStatus(129)
    case .signal(let number): throw ExitStatus(128 + number)
    }
  }
}
