import LabKit
import Testing

/// Every fault has its own guest, and an azlin of its own beside some guests that are well: all at once, so that
/// the whole takes no longer than the slowest of them.
@Suite("Real guests, each with a fault of its own", .requiresLab, .serialized)
struct LabFaultTests {
  @Test("what the guest itself shows is mended once, all else is said and left alone")
  func faults() async throws {
    try await Lab.with { lab in
      let guests = try await Self.boot(lab)
      func named(_ names: String...) -> [LabGuest] { names.compactMap { guests[$0] } }
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { [all = named("cold-1", "well-1", "well-2")] in try await SilentGuests.frozen(lab, all) }
        group.addTask { [all = named("live-1", "old-1", "well-1")] in try await FullDisks.clean(lab, all) }
        group.addTask { [all = named("link-1", "well-1", "well-2")] in try await SilentGuests.linkDown(lab, all) }
        group.addTask { [all = named("rule-1", "well-1", "well-2")] in try await SilentGuests.dropped(lab, all) }
        group.addTask { [all = named("cut-1", "cut-2", "cut-3", "well-1")] in
          try await SilentGuests.together(lab, all)
        }
        group.addTask { [all = named("well-1", "well-2")] in try await SilentGuests.blind(lab, all) }
        group.addTask { [all = named("lone-1")] in try await SilentGuests.alone(lab, all) }
        group.addTask { [all = named("sshd-1", "conf-1", "login-1", "well-1")] in
          try await BrokenServices.ssh(lab, all)
        }
        group.addTask { [all = named("stop-1", "kill-1", "well-1", "well-2")] in
          try await BrokenServices.power(lab, all)
        }
        group.addTask { [all = named("key-1", "well-2")] in try await ChangedHostKey.accepted(lab, all) }
        try await group.waitForAll()
      }
    }
  }

  private static let names = [
    "well-1", "well-2", "cold-1", "link-1", "rule-1", "cut-1", "cut-2", "cut-3", "lone-1", "sshd-1", "conf-1",
    "login-1", "stop-1", "kill-1", "key-1",
  ]

  private static func boot(_ lab: Lab) async throws -> [String: LabGuest] {
    var guests: [String: LabGuest] = [:]
    for name in names { guests[name] = try await lab.guest(name) }
    guests["old-1"] = try await lab.guest("old-1", disk: FullDisks.old)
    guests["live-1"] = try await lab.guest("live-1", disk: FullDisks.live)
    return guests
  }
}

extension LabGuest {
  /// When its init started, in ticks of this machine's clock: the boot id of a guest is that of its kernel.
  func bootMark() async throws -> String { try await run("cut -d ' ' -f 22 /proc/1/stat").text }
}
