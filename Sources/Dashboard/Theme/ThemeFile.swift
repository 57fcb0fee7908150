import FleetModel
import TOMLKit
import Terminal

/// What is wrong with a theme, where, and what would be right.
package struct ThemeError: Error, Hashable, Sendable, CustomStringConvertible {
  package var theme: String
  /// From 1; nil: the file as a whole.
  package var line: Int?
  package var message: String

  package var description: String {
    "theme \(theme)\(line.map { ", line \($0)" } ?? ""): \(message)"
  }
}

/// A theme as its file has it, before inheritance.
struct ThemeFile {
  var inherits: String?
  /// Colours by name, as written.
  var palette: [String: String] = [:]
  var entries: [String: RawEntry] = [:]

  /// One role as written; colours are names until the palette is complete.
  struct RawEntry {
    var foreground: String?
    var background: String?
    var attributes: TextAttributes = []
    var mono: TextAttributes?
    /// Where colour names that nobody knows are complained about.
    var theme: String
    var line: Int?
  }

  /// Reads a theme file.
  /// - Throws: `ThemeError` with the line.
  init(name: String, text: String) throws(ThemeError) {
    let table: TOMLTable
    do {
      table = try TOMLTable(string: text)
    } catch let error as TOMLParseError {
      throw ThemeError(theme: name, line: error.source.begin.line, message: error.description)
    } catch {
      throw ThemeError(theme: name, line: nil, message: "\(error)")
    }
    let lines = ThemeLines(text)
    for key in table.keys.sorted(by: { (lines.line(of: $0) ?? 0, $0) < (lines.line(of: $1) ?? 0, $1) }) {
      guard let value = table[key] else { continue }
      func refuse(_ message: String) -> ThemeError {
        ThemeError(theme: name, line: lines.line(of: key), message: message)
      }
      switch key {
      case "inherits":
        guard let parent = value.string else { throw refuse("inherits is the name of a theme, in quotes") }
        inherits = parent
      case "palette":
        guard let colors = value.table else { throw refuse("[palette] holds lines like red = \"#fb4934\"") }
        for color in colors.keys {
          guard let text = colors[color].flatMap(Self.colorText) else {
            throw ThemeError(
              theme: name, line: lines.line(of: color), message: "\(color) is no color: write \"#rrggbb\" or 0 to 255")
          }
          palette[color] = text
        }
      default:
        guard ThemeRole(name: key) != nil else { throw refuse(Self.unknownRole(key)) }
        entries[key] = try Self.entry(value, refuse, RawEntry(theme: name, line: lines.line(of: key)))
      }
    }
  }

  private static func unknownRole(_ name: String) -> String {
    let nearest = NearestName.nearest(to: name, in: ThemeRole.names).map { "; did you mean \"\($0)\"?" } ?? ""
    return "there is no role \"\(name)\"\(nearest)"
  }

  private static func colorText(_ value: any TOMLValueConvertible) -> String? {
    value.string ?? value.int.map(String.init)
  }

  private static func entry(
    _ value: any TOMLValueConvertible, _ refuse: (String) -> ThemeError, _ empty: RawEntry
  ) throws(ThemeError) -> RawEntry {
    var entry = empty
    if let color = colorText(value) {
      entry.foreground = color
      return entry
    }
    guard let table = value.table else { throw refuse("a role is a color, or { fg, bg, mods, mono }") }
    for key in table.keys.sorted() {
      guard let part = table[key] else { continue }
      switch key {
      case "fg":
        guard let color = colorText(part) else { throw refuse("fg is a color") }
        entry.foreground = color
      case "bg":
        guard let color = colorText(part) else { throw refuse("bg is a color") }
        entry.background = color
      case "mods": entry.attributes = try attributes(part, key, refuse)
      case "mono": entry.mono = try attributes(part, key, refuse)
      default:
        // `severity.critical = …` without quotes is a table inside a table to TOML.
        throw refuse("\"\(key)\" is none of fg, bg, mods, mono; names of roles with dots are put in quotes")
      }
    }
    return entry
  }

  private static func attributes(
    _ value: any TOMLValueConvertible, _ key: String, _ refuse: (String) -> ThemeError
  ) throws(ThemeError) -> TextAttributes {
    guard let words = value.array else { throw refuse("\(key) is a list such as [\"bold\", \"reverse\"]") }
    var attributes: TextAttributes = []
    for word in words {
      switch word.string {
      case "bold": attributes.insert(.bold)
      case "dim": attributes.insert(.dim)
      case "italic": attributes.insert(.italic)
      case "underline": attributes.insert(.underline)
      case "reverse": attributes.insert(.reverse)
      default:
        throw refuse("\"\(word.string ?? "?")\" in \(key) is none of bold, dim, italic, underline, reverse")
      }
    }
    return attributes
  }
}

/// Finds the line of a key again: the TOML reader does not keep it.
private struct ThemeLines {
  private var numbers: [String: Int] = [:]

  init(_ text: String) {
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let trimmed = line.drop { $0 == " " || $0 == "\t" }
      let name: Substring
      if trimmed.first == "\"" {
        name = trimmed.dropFirst().prefix { $0 != "\"" }
      } else if trimmed.first == "[" {
        name = trimmed.dropFirst().prefix { $0 != "]" }
      } else {
        name = trimmed.prefix { $0 != "=" && $0 != " " && $0 != "." }
      }
      if !name.isEmpty, numbers[String(name)] == nil { numbers[String(name)] = index + 1 }
    }
  }

  func line(of key: String) -> Int? { numbers[key] }
}
