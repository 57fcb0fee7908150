import Terminal

/// The looks of a screen: a style for each role, with colours and without.
package struct Theme: Hashable, Sendable {
  package let name: String
  private let colored: [Style]
  private let mono: [Style]

  /// Builds a theme from its entries, each a role's own words.
  init(name: String, entries: [String: ThemeEntry]) {
    self.name = name
    let ground = entries[ThemeRole.background.name] ?? ThemeEntry()
    let text = entries[ThemeRole.text.name] ?? ThemeEntry()
    var colored: [Style] = []
    var mono: [Style] = []
    for role in ThemeRole.allCases {
      let entry = Self.entry(role, entries)
      colored.append(
        Style(
          foreground: entry.foreground ?? text.foreground ?? ground.foreground ?? .terminalDefault,
          background: entry.background ?? ground.background ?? .terminalDefault,
          attributes: entry.attributes))
      mono.append(Style(attributes: entry.mono ?? entry.attributes))
    }
    self.colored = colored
    self.mono = mono
  }

  /// The styles for a terminal of this many colours.
  package func styles(for depth: ColorDepth) -> ThemeStyles {
    ThemeStyles(styles: depth == .mono ? mono : colored)
  }

  private static func entry(_ role: ThemeRole, _ entries: [String: ThemeEntry]) -> ThemeEntry {
    var name = role.name
    while true {
      if let entry = entries[name] { return entry }
      guard let dot = name.lastIndex(of: ".") else { return entries[ThemeRole.text.name] ?? ThemeEntry() }
      name = String(name[..<dot])
    }
  }
}

/// A style for each role.
package struct ThemeStyles: Hashable, Sendable {
  fileprivate let styles: [Style]

  /// No looks at all, for text.
  static let plain = ThemeStyles(styles: ThemeRole.allCases.map { _ in Style() })

  package subscript(_ role: ThemeRole) -> Style { styles[role.rawValue] }
}

/// What a theme says of one role.
struct ThemeEntry: Hashable, Sendable {
  /// nil: the text's.
  var foreground: Color?
  /// nil: the background's.
  var background: Color?
  var attributes: TextAttributes = []
  /// Instead of all the above on a terminal without colours; nil: the attributes alone.
  var mono: TextAttributes?
}
