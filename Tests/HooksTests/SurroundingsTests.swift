import FleetModel
import Foundation
import Testing

@testable import Hooks

@Suite("The surroundings of hooks")
struct SurroundingsTests {
  @Test("of this process name its own program's directory, its home and its path")
  func current() {
    let surroundings = HookSurroundings.current(configDirectory: "/etc/azlin", context: "prod")
    #expect(surroundings.configDirectory == "/etc/azlin")
    #expect(surroundings.context == "prod")
    #expect(FileManager.default.fileExists(atPath: surroundings.programDirectory))
    #expect(surroundings.home.hasPrefix("/"))
    #expect(!surroundings.language.isEmpty)
    #expect(surroundings.searchPath.contains("/"))
  }

  @Test("a zone that azlin has not been given is not given to hooks: an empty one would mean UTC")
  func zone() {
    var surroundings = Scene().surroundings()
    surroundings.timeZone = nil
    #expect(!surroundings.environment(for: occasion()).contains { $0.name == "TZ" })
  }

  @Test("a reason longer than the kernel takes is cut")
  func longReason() {
    let text = HookText.safe(String(repeating: "x\u{0}", count: 200_000))
    #expect(text == String(repeating: "x", count: HookText.longest) + "…")
  }
}
