import Dashboard
import FleetModel
import Foundation
import Terminal
import Testing

/// What a screen looks like, in a form that a person can compare: its text, and its styles with a key.
///
/// `AZLIN_UPDATE_GOLDEN=1 swift test` writes the pictures anew.
@Suite("Golden screens")
struct GoldenTests {
  struct Looks: Sendable, CustomTestStringConvertible {
    var columns: Int
    var rows: Int
    var colors = ColorDepth.indexed256
    var unicode = true
    var keys: [Key] = []
    var name: String
    var testDescription: String { name }
  }

  static let looks: [Looks] = {
    var looks: [Looks] = []
    for (columns, rows) in [(40, 10), (80, 24), (120, 40), (200, 60)] {
      looks.append(Looks(columns: columns, rows: rows, name: "\(columns)x\(rows)-256"))
      looks.append(Looks(columns: columns, rows: rows, colors: .mono, name: "\(columns)x\(rows)-mono"))
      looks.append(
        Looks(columns: columns, rows: rows, colors: .mono, unicode: false, name: "\(columns)x\(rows)-mono-ascii"))
      looks.append(Looks(columns: columns, rows: rows, unicode: false, name: "\(columns)x\(rows)-256-ascii"))
    }
    let panes: [(String, Character)] = [
      ("recovery", "g"), ("hooks", "h"), ("policy", "c"), ("events", "e"), ("help", "?"), ("sort", "s"),
    ]
    for (name, key) in panes {
      looks.append(Looks(columns: 120, rows: 40, keys: [.character(key)], name: "120x40-\(name)"))
      looks.append(Looks(columns: 80, rows: 24, keys: [.character(key)], name: "80x24-\(name)"))
    }
    looks.append(Looks(columns: 120, rows: 40, keys: [.enter], name: "120x40-details"))
    return looks
  }()

  @Test("A screen looks as it did", arguments: looks)
  func looksAsBefore(_ looks: Looks) throws {
    var driver = Driver(looks.columns, looks.rows)
    driver.capabilities = Capabilities(colors: looks.colors, unicode: looks.unicode)
    for key in looks.keys { driver.press(key) }
    let grid = try driver.grid()
    let picture = Self.picture(grid)
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(looks.name).txt")
    if ProcessInfo.processInfo.environment["AZLIN_UPDATE_GOLDEN"] == "1" {
      try picture.write(to: file, atomically: true, encoding: .utf8)
    }
    let golden = try String(contentsOf: file, encoding: .utf8)
    if golden != picture {
      let before = golden.split(separator: "\n", omittingEmptySubsequences: false)
      let after = picture.split(separator: "\n", omittingEmptySubsequences: false)
      let place = zip(before, after).enumerated().first { $1.0 != $1.1 }
      Issue.record(
        """
        \(looks.name) differs from line \((place?.offset ?? 0) + 1):
        - \(place.map { String($0.element.0) } ?? "(length)")
        + \(place.map { String($0.element.1) } ?? "(length)")
        """)
    }
  }

  /// Text, then one letter a cell for its style, then what the letters mean.
  static func picture(_ grid: Grid) -> String {
    let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
    var known: [Style] = []
    var styles = ""
    for y in 0..<grid.size.rows {
      for x in 0..<grid.size.columns {
        let style = grid[x, y].style
        if !known.contains(style) { known.append(style) }
        let place = known.firstIndex(of: style) ?? 0
        styles.append(style == Style() ? "." : letters[place % letters.count])
      }
      styles += "\n"
    }
    let key = known.enumerated().map { index, style in
      "\(letters[index % letters.count]) \(style.foreground) on \(style.background) \(style.attributes.rawValue)\n"
    }
    return grid.lines.joined(separator: "\n") + "\n\n" + styles + "\n" + key.joined()
  }
}
