import FleetModel
import Terminal

/// The themes there are: those in the program, and the user's own, which win over them.
package struct ThemeCatalog: Sendable {
  /// Theme files by name.
  private let texts: [String: String]

  /// - Parameter userThemes: texts of the user's theme files by name, without `.toml`.
  package init(userThemes: [String: String] = [:]) {
    texts = Self.shipped.merging(userThemes) { $1 }
  }

  /// Themes the program carries inside.
  private static let shipped: [String: String] = [
    "default": String(decoding: PackageResources.default_toml, as: UTF8.self),
    "gruvbox-dark": String(decoding: PackageResources.gruvbox_dark_toml, as: UTF8.self),
    "mono": String(decoding: PackageResources.mono_toml, as: UTF8.self),
  ]

  /// All names, in order.
  package var names: [String] { texts.keys.sorted() }

  /// Loads a theme with all it inherits.
  /// - Throws: `ThemeError` with theme, line and what would be right.
  package func theme(_ name: String) throws(ThemeError) -> Theme {
    var chain: [ThemeFile] = []
    var seen: [String] = []
    var next: String? = name
    while let current = next {
      if seen.contains(current) {
        throw ThemeError(
          theme: name, line: nil, message: "inherits in a circle: \((seen + [current]).joined(separator: " → "))")
      }
      guard let text = texts[current] else { throw unknown(current, wantedBy: seen.last ?? name) }
      let file = try ThemeFile(name: current, text: text)
      chain.append(file)
      seen.append(current)
      next = file.inherits
    }
    var palette: [String: String] = [:]
    var raw: [String: ThemeFile.RawEntry] = [:]
    for file in chain.reversed() {
      palette.merge(file.palette) { $1 }
      raw.merge(file.entries) { $1 }
    }
    var entries: [String: ThemeEntry] = [:]
    for (role, entry) in raw {
      entries[role] = ThemeEntry(
        foreground: try color(entry.foreground, entry, palette),
        background: try color(entry.background, entry, palette),
        attributes: entry.attributes, mono: entry.mono)
    }
    return Theme(name: name, entries: entries)
  }

  private func color(
    _ text: String?, _ entry: ThemeFile.RawEntry, _ palette: [String: String]
  ) throws(ThemeError) -> Color? {
    guard let text else { return nil }
    if let color = ThemeColor.parse(text, palette: palette) { return color }
    let nearest = NearestName.nearest(to: text, in: palette.keys.sorted()).map { "; did you mean \"\($0)\"?" } ?? ""
    throw ThemeError(
      theme: entry.theme, line: entry.line,
      message: "\"\(text)\" is no color: a name of [palette], red … bright-white, \"#rrggbb\" or 0 to 255\(nearest)")
  }

  private func unknown(_ name: String, wantedBy: String) -> ThemeError {
    let nearest = NearestName.nearest(to: name, in: names).map { "did you mean \($0)?" }
    return ThemeError(
      theme: wantedBy, line: nil,
      message: "there is no theme “\(name)”; \(nearest ?? "there are \(names.joined(separator: ", "))")")
  }
}
