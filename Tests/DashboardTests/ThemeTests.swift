import Dashboard
import Foundation
import Terminal
import Testing

@Suite("Themes")
struct ThemeTests {
  private func theme(_ text: String, others: [String: String] = [:]) throws -> Theme {
    try ThemeCatalog(userThemes: others.merging(["mine": text]) { $1 }).theme("mine")
  }

  @Test("Every shipped theme loads, and names every role it uses")
  func shipped() throws {
    #expect(ThemeCatalog().names == ["default", "gruvbox-dark", "mono"])
    for name in ThemeCatalog().names { _ = try ThemeCatalog().theme(name) }
  }

  @Test("A role that is not named looks like the one above it, and at the top like text")
  func fallback() throws {
    let styles = try theme("text = 7\nseverity = { fg = \"red\", mods = [\"bold\"] }").styles(for: .trueColor)
    #expect(styles[.severityCritical] == Style(foreground: .ansi(1), attributes: .bold))
    #expect(styles[.borderFocus].foreground == .ansi(7))
  }

  @Test("What is not said comes from the theme inherited from, and palettes are shared")
  func inheritance() throws {
    let parent = "severity = { fg = \"alarm\" }\n[palette]\nalarm = \"#ff0000\""
    let styles = try theme("inherits = \"base\"\n[palette]\nalarm = 200", others: ["base": parent])
      .styles(for: .trueColor)
    #expect(styles[.severity].foreground == .indexed(200))
  }

  @Test("Themes of the user's folder are found, and one of them wins over a shipped one of its name")
  func folder() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "azlin-themes-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(try ThemeCatalog.reading(folder: folder.path).names == ThemeCatalog().names)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try "text = 5".write(to: folder.appending(path: "mono.toml"), atomically: true, encoding: .utf8)
    try "inherits = \"mono\"".write(to: folder.appending(path: "night.toml"), atomically: true, encoding: .utf8)
    let catalog = try ThemeCatalog.reading(folder: folder.path)
    #expect(catalog.names.contains("night"))
    #expect(try catalog.theme("night").styles(for: .trueColor)[.text].foreground == .ansi(5))
    try FileManager.default.createDirectory(at: folder.appending(path: "bad.toml"), withIntermediateDirectories: true)
    #expect(throws: ThemeError.self) { try ThemeCatalog.reading(folder: folder.path) }
  }

  @Test("Without colours a role has its mono words, else its other words")
  func mono() throws {
    let styles = try theme(
      "severity = { fg = \"red\", mods = [\"bold\"], mono = [\"reverse\"] }\ntitle = { fg = 3, mods = [\"bold\"] }"
    ).styles(for: .mono)
    #expect(styles[.severity] == Style(attributes: .reverse))
    #expect(styles[.title] == Style(attributes: .bold))
  }

  @Test(
    "What is wrong is told with its line and what would be right",
    arguments: [
      ("text = 7\n\"severity.critcal\" = 1", 2, "severity.critical"),
      ("\n\ntext = \"#12345\"", 3, "no color"),
      ("[palette]\nred1 = \"#ff0000\"\n", nil, nil),
      ("\"text.dim\" = \"gre\"\n[palette]\ngrey = 8", 1, "did you mean \"grey\"?"),
      ("title = { fg = 1, mods = [\"blod\"] }", 1, "blod"),
      ("severity.critical = { fg = 1 }", 1, "quotes"),
      ("text = [", 1, "array"), ("inherits = \"defualt\"", nil, "did you mean default?"),
      ("inherits = \"mine\"", nil, "circle"),
    ] as [(String, Int?, String?)])
  func errors(text: String, line: Int?, message: String?) throws {
    guard let message else {
      _ = try theme(text)
      return
    }
    let error = #expect(throws: ThemeError.self) { try theme(text) }
    #expect(error?.line == line)
    #expect(error?.message.contains(message) == true)
  }
}
