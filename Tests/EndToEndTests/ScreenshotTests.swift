import Glibc
import LabKit
import Testing

/// The pictures of the README, written by the program itself from its own grid.
///
/// Renew them with `AZLIN_UPDATE_SCREENSHOTS=1 swift test --filter ScreenshotTests`.
@Suite("Screenshots")
struct ScreenshotTests {
  struct Picture: Sendable, CustomTestStringConvertible {
    var name: String
    var arguments: [String]
    var testDescription: String { name }
  }

  static let pictures = [
    Picture(name: "dashboard", arguments: ["--size", "120x40"]),
    Picture(name: "wide", arguments: ["--size", "180x48", "--theme", "gruvbox-dark"]),
    Picture(name: "small", arguments: ["--size", "80x24"]),
    Picture(name: "recover", arguments: ["--size", "120x40", "--keys", "j r"]),
    Picture(name: "policy", arguments: ["--size", "120x40", "--keys", "j j c"]),
    Picture(name: "hooks", arguments: ["--size", "120x40", "--keys", "h"]),
    Picture(name: "help", arguments: ["--size", "120x40", "--keys", "?"]),
  ]

  @Test("the pictures in screenshots/ are what the program draws now", arguments: pictures)
  func current(_ picture: Picture) async throws {
    let folder = #filePath.split(separator: "/").dropLast(3).map(String.init)
    let kept = "/" + (folder + ["screenshots", picture.name + ".svg"]).joined(separator: "/")
    try await Program.with { azlin in
      let drawn = azlin.sshConfiguration + ".svg"
      let words = ["demo", "--screenshot", drawn] + picture.arguments
      let result = try await LabCommand.run([Program.path] + words, seconds: 60)
      #expect(result.status == 0, "\(result.errors)")
      let picture = try await azlin.contents(of: drawn)
      #expect(picture.hasPrefix("<svg") || picture.hasPrefix("<?xml"))
      if getenv("AZLIN_UPDATE_SCREENSHOTS") != nil { try await azlin.write(picture, to: kept, mode: "0644") }
      let old = try await azlin.contents(of: kept)
      #expect(old == picture, "\(kept) is not current: renew it with AZLIN_UPDATE_SCREENSHOTS=1")
    }
  }
}
