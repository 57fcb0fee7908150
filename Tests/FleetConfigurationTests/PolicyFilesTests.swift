import Autopilot
import FleetConfiguration
import FleetModel
import Foundation
import Testing

@Suite("Policy files as the engine's source")
struct PolicyFilesTests {
  private let place: Workplace
  private let files: PolicyFiles
  private let clock = TestClock()

  init() throws {
    place = try Workplace()
    files = PolicyFiles(place.directory, now: clock.now)
  }

  private func effective(_ machine: VirtualMachine, among machines: [VirtualMachine] = []) async throws
    -> EffectivePolicy
  {
    let all = machines.contains(machine) ? machines : machines + [machine]
    return try #require(await files.policies(for: all)[machine.id])
  }

  @Test("Without any file every machine has the built-in policy, and nothing is created")
  func nothing() async throws {
    #expect(try await effective(machine("web-1")) == EffectivePolicy())
    #expect(!place.exists(""))
  }

  @Test("A machine has its own file over the fleet's")
  func layers() async throws {
    try place.write("thresholds: {disk_warning: 70, cpu_warning: 50}\n", to: "autopilot/defaults.yaml")
    try place.write("thresholds: {disk_warning: 60}\n", to: "autopilot/web-1.yaml")
    let own = try await effective(machine("web-1"))
    #expect(own.policy.thresholds.disk.warning == 60 && own.policy.thresholds.cpu.warning == 50)
    #expect(own.origin(of: "thresholds.disk_warning") == .machine && own.origin(of: "thresholds.cpu_warning") == .fleet)
    let other = try await effective(machine("web-2"))
    #expect(other.policy.thresholds.disk.warning == 70 && other.problems.isEmpty)
  }

  @Test("A file that turns bad leaves its last good content in force and says so; mended, it counts again")
  func lastGood() async throws {
    let web = machine("web-1")
    try place.write("thresholds: {disk_warning: 60}\nhealth_monitoring: {enabled: true}\n", to: "autopilot/web-1.yaml")
    let stamp = await files.changeStamp()
    #expect(try await effective(web).policy.thresholds.disk.warning == 60)
    try place.write("thresholds: {disk_warning: 60, disk_waring: 3}\n", to: "autopilot/web-1.yaml")
    let changed = await files.changeStamp()
    #expect(changed != stamp)
    let kept = try await effective(web)
    #expect(kept.policy.thresholds.disk.warning == 60 && kept.policy.monitoring.enabled)
    #expect(kept.policy.healing.mode == .heal)
    #expect(
      kept.problems == [
        "autopilot/web-1.yaml:1:32: unknown key \"disk_waring\" below thresholds; did you mean disk_warning?",
        "the last good policy stays in force",
      ])
    // A contradiction between two files counts as bad too.
    try place.write("thresholds: {disk_warning: 60}\n", to: "autopilot/web-1.yaml")
    try place.write("thresholds: {disk_critical: 55}\n", to: "autopilot/defaults.yaml")
    let crossed = try await effective(web)
    #expect(crossed.policy.thresholds.disk == .init(warning: 60, critical: 95))
    #expect(crossed.problems.count == 2)
    try place.write("thresholds: {disk_critical: 65}\n", to: "autopilot/defaults.yaml")
    let mended = try await effective(web)
    #expect(mended.policy.thresholds.disk == .init(warning: 60, critical: 65) && mended.problems.isEmpty)
  }

  @Test("A file that was never good lets nothing be healed: what it forbids is not known")
  func neverGood() async throws {
    try place.write("health_monitoring: {enabled: true}\nself_healing: {mode: obsrve}\n", to: "autopilot/web-1.yaml")
    let policy = try await effective(machine("web-1"))
    #expect(policy.policy.monitoring.enabled && policy.policy.healing.mode == .observe)
    #expect(policy.problems.last == "nothing is healed here until that is mended")
    // A bad fleet's file holds all machines back.
    try place.write("oops\n", to: "autopilot/defaults.yaml")
    #expect(try await effective(machine("web-2")).policy.healing.mode == .observe)
  }

  @Test("Names may stand in a group's folder; bare ones only while they are unambiguous")
  func names() async throws {
    let (prod, test) = (machine("web-1", group: "prod"), machine("web-1", group: "test"))
    try place.write("thresholds: {disk_warning: 60}\n", to: "autopilot/web-1.yaml")
    #expect(try await effective(prod).policy.thresholds.disk.warning == 60)
    let unclear = try await effective(prod, among: [test])
    #expect(unclear.policy.healing.mode == .heal, "the last good policy stays")
    #expect(
      unclear.problems.first
        == "autopilot/web-1.yaml could mean prod/web-1 or test/web-1: move it to autopilot/prod/web-1.yaml")
    let fresh = PolicyFiles(place.directory)
    let held = try #require(await fresh.policies(for: [prod, test])[test.id])
    #expect(held.policy.healing.mode == .observe)
    try FileManager.default.removeItem(atPath: place.path("autopilot/web-1.yaml"))
    try place.write("thresholds: {disk_warning: 50}\n", to: "autopilot/prod/WEB-1.yaml")
    _ = await files.policies(for: [prod, test])
    clock.advance(by: .seconds(3))
    let found = await files.policies(for: [prod, test])
    #expect(found[prod.id]?.policy.thresholds.disk.warning == 50)
    #expect(found[test.id]?.policy.thresholds.disk.warning == 80)
    try place.write("thresholds: {disk_warning: 40}\n", to: "autopilot/web-1.yaml")
    let both = try await effective(prod)
    #expect(
      both.problems.first
        == "autopilot/web-1.yaml and autopilot/prod/WEB-1.yaml are both policies of prod/web-1: merge them and remove one"
    )
    #expect(await files.orphans(among: [machine("db-1")]) == ["autopilot/prod/WEB-1.yaml", "autopilot/web-1.yaml"])
  }

  @Test(
    "No name leads out of the folder or takes the fleet's file",
    arguments: ["../../etc/x", "..", ".hidden", "a/b", "a\u{0}b", "a\nb", ""])
  func hostileNames(name: String) async throws {
    let hostile = machine(name)
    #expect(try await effective(hostile).problems.count == 2)
    await #expect(throws: CommandRefusal.self) {
      try await files.apply([PolicyEdit(key: "access.user", value: "x")], to: hostile)
    }
    #expect(!place.exists(""))
  }

  @Test("A machine named defaults needs its group's folder")
  func reserved() async throws {
    try place.write("thresholds: {disk_warning: 60}\n", to: "autopilot/defaults.yaml")
    _ = try await files.apply([PolicyEdit(key: "access.user", value: "ops")], to: machine("defaults", group: "prod"))
    #expect(try place.read("autopilot/prod/defaults.yaml") == "access:\n  user: ops\n")
    #expect(try place.read("autopilot/defaults.yaml") == "thresholds: {disk_warning: 60}\n")
    await #expect(throws: CommandRefusal.self) {
      try await files.apply([PolicyEdit(key: "access.user", value: "ops")], to: machine("defaults"))
    }
  }

  @Test("Edits are written whole, 0600, and take effect; comments stay")
  func edits() async throws {
    try place.write("# mine\nthresholds:\n  disk_warning: 60  # small\n", to: "autopilot/web-1.yaml", mode: 0o640)
    let web = machine("web-1")
    let sentence = try await files.apply(
      [PolicyEdit(key: "thresholds.disk_warning", value: "65"), PolicyEdit(key: "thresholds.cleanup", value: "50")],
      to: web)
    #expect(
      sentence == "thresholds.disk_warning is 65, thresholds.cleanup is 50 (not in force yet) (autopilot/web-1.yaml)")
    #expect(
      try place.read("autopilot/web-1.yaml") == "# mine\nthresholds:\n  disk_warning: 65  # small\n  cleanup: 50\n")
    #expect(try place.mode("autopilot/web-1.yaml") == 0o600)
    #expect(try await effective(web).policy.thresholds.disk.warning == 65)
    _ = try await files.apply([PolicyEdit(key: "thresholds.disk_warning", value: nil)], to: web)
    #expect(try await effective(web).policy.thresholds.disk.warning == 80)
    let left = try FileManager.default.contentsOfDirectory(atPath: place.path("autopilot"))
    #expect(left == ["web-1.yaml"])
  }

  @Test("The first edit makes the directories, 0700 each")
  func creates() async throws {
    _ = try await files.apply([PolicyEdit(key: "health_monitoring.enabled", value: "true")], to: machine("web-1"))
    #expect(try place.read("autopilot/web-1.yaml") == "health_monitoring:\n  enabled: true\n")
    for folder in ["", "autopilot", "hooks", "logs", "themes"] { #expect(try place.mode(folder) == 0o700) }
    #expect(try place.mode("autopilot/web-1.yaml") == 0o600)
  }

  @Test("An edit that would put files against each other is refused and changes nothing")
  func refused() async throws {
    try place.write("thresholds: {disk_critical: 70}\n", to: "autopilot/defaults.yaml")
    let error = await #expect(throws: CommandRefusal.self) {
      try await files.apply([PolicyEdit(key: "thresholds.disk_warning", value: "75")], to: machine("web-1"))
    }
    #expect(
      error?.description
        == "autopilot/web-1.yaml:2:17: thresholds.disk_warning 75 (VM's file) must be below thresholds.disk_critical 70 (defaults.yaml): lower the one or raise the other"
    )
    #expect(!place.exists("autopilot/web-1.yaml"))
    let both = [
      PolicyEdit(key: "thresholds.disk_warning", value: "75"), PolicyEdit(key: "thresholds.disk_critical", value: "90"),
    ]
    _ = try await files.apply(both, to: machine("web-1"))
    #expect(try await effective(machine("web-1")).policy.thresholds.disk == .init(warning: 75, critical: 90))
  }

  @Test("A bad file can be mended by edits, key by key")
  func mends() async throws {
    try place.write("thresholds:\n  disk_warning: high\n  cpu_warning: low\n", to: "autopilot/web-1.yaml")
    _ = try await files.apply([PolicyEdit(key: "thresholds.disk_warning", value: "70")], to: machine("web-1"))
    _ = try await files.apply([PolicyEdit(key: "thresholds.cpu_warning", value: nil)], to: machine("web-1"))
    #expect(try await effective(machine("web-1")).problems.isEmpty)
  }

  @Test("The target of a symbolic link is written, the link stays")
  func symlink() async throws {
    try place.write("access:\n  user: ops\n", to: "elsewhere/web.yaml")
    try place.write("", to: "autopilot/x.yaml")
    try FileManager.default.createSymbolicLink(
      atPath: place.path("autopilot/web-1.yaml"), withDestinationPath: "../elsewhere/web.yaml")
    _ = try await files.apply([PolicyEdit(key: "access.user", value: "root")], to: machine("web-1"))
    #expect(try place.read("elsewhere/web.yaml") == "access:\n  user: root\n")
    #expect(
      try FileManager.default.destinationOfSymbolicLink(atPath: place.path("autopilot/web-1.yaml"))
        == "../elsewhere/web.yaml")
  }

  @Test("A file that everybody may write is not put in force; one whose secret others may read is a warning")
  func permissions() async throws {
    try place.write("access:\n  user: ops\n", to: "autopilot/web-1.yaml", mode: 0o666)
    let held = try await effective(machine("web-1"))
    #expect(
      held.problems.first
        == "autopilot/web-1.yaml: everybody may write it, and so choose scripts that azlin runs; chmod 600 it")
    #expect(held.policy.healing.mode == .observe)
    try place.write("notifications:\n  slack: https://hooks.example/T0\n", to: "autopilot/web-2.yaml", mode: 0o644)
    let warned = try await effective(machine("web-2"))
    #expect(
      warned.problems == [
        "autopilot/web-2.yaml: warning: others may read the secret in notifications.slack; chmod 600 it"
      ])
    #expect(warned.policy.notifications.slack == "https://hooks.example/T0" && warned.policy.healing.mode == .heal)
  }

  @Test("What is no regular file, or too large, is refused and cannot hold the monitor")
  func oddFiles() async throws {
    try place.write("", to: "autopilot/x.yaml")
    #expect(mkfifo(place.path("autopilot/pipe.yaml"), 0o600) == 0)
    try FileManager.default.createDirectory(atPath: place.path("autopilot/dir.yaml"), withIntermediateDirectories: true)
    try place.write(String(repeating: "# long\n", count: 40_000), to: "autopilot/big.yaml")
    for (name, why) in [
      ("pipe", "it is not a regular file"), ("dir", "it is not a regular file"), ("big", "it is larger than 256 KiB"),
    ] {
      let problems = try await effective(machine(name)).problems
      #expect(problems.first?.contains(why) == true, "\(name): \(problems)")
    }
  }

  @Test(
    "A file emptied or gone for a moment, as editors do, keeps its content in force; longer, it is meant",
    arguments: [true, false])
  func gaps(isEmptied: Bool) async throws {
    let web = machine("web-1")
    let path = place.path("autopilot/web-1.yaml")
    try place.write("self_healing: {mode: observe}\n", to: "autopilot/web-1.yaml")
    #expect(try await effective(web).policy.healing.mode == .observe)
    func open() throws {
      if isEmptied {
        try #require(FileHandle(forWritingAtPath: path)).truncate(atOffset: 0)
      } else {
        try FileManager.default.removeItem(atPath: path)
      }
    }
    try open()
    let stamp = await files.changeStamp()
    #expect(try await effective(web).policy.healing.mode == .observe)
    let asked = await files.changeStamp()
    #expect(asked != stamp, "the engine is to ask again")
    try place.write("self_healing: {mode: observe, max_attempts: 2}\n", to: "autopilot/web-1.yaml")
    #expect(try await effective(web).policy.healing.maxAttempts == 2)
    let steady = await files.changeStamp()
    #expect(await files.changeStamp() == steady)
    try open()
    #expect(try await effective(web).policy.healing.mode == .observe)
    clock.advance(by: .seconds(3))
    #expect(try await effective(web).policy.healing.mode == .heal)
    #expect(try await effective(web).problems.isEmpty)
  }

  @Test(
    "A folder that cannot be listed puts nothing out of force",
    .enabled(if: geteuid() != 0, "root passes over permissions"))
  func unreadableFolder() async throws {
    try place.write("self_healing: {mode: observe}\n", to: "autopilot/web-1.yaml")
    #expect(try await effective(machine("web-1")).policy.healing.mode == .observe)
    try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: place.path("autopilot"))
    defer { try? FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: place.path("autopilot")) }
    clock.advance(by: .seconds(9))
    #expect(try await effective(machine("web-1")).policy.healing.mode == .observe)
  }

  @Test("The change stamp is steady until a file, new, changed or gone, differs")
  func stamps() async throws {
    try place.write("", to: "autopilot/a.yaml")
    try place.write("", to: "autopilot/prod/b.yaml")
    let first = await files.changeStamp()
    #expect(await files.changeStamp() == first)
    try place.write("access: {user: ops}\n", to: "autopilot/prod/b.yaml")
    let second = await files.changeStamp()
    #expect(second != first)
    try place.write("", to: "autopilot/test/c.yaml")
    let third = await files.changeStamp()
    #expect(third != second)
    try FileManager.default.removeItem(atPath: place.path("autopilot/test/c.yaml"))
    #expect(await files.changeStamp() == second)
  }

  @Test("Hosts are watched at once and only observed, until they are enabled; then disabled they stay so")
  func hosts() async throws {
    let host = machine("box", group: "lab", provider: .hosts)
    let at = try await effective(host)
    #expect(at.policy.monitoring.enabled && at.policy.healing.mode == .observe)
    _ = try await files.enable(host)
    let enabled = try await effective(host)
    #expect(enabled.policy.monitoring.enabled && enabled.policy.healing.mode == .heal)
    let kept = try await files.disable(host, keepConfiguration: true)
    #expect(kept == "not watched; its policy stays in autopilot/box.yaml")
    _ = try await files.enable(host, [PolicyEdit(key: "health_monitoring.level", value: "advanced")])
    let gone = try await files.disable(host, keepConfiguration: false)
    #expect(gone == "not watched, as autopilot/box.yaml says; its policy was kept as ~/.azlin/autopilot/box.yaml.bak")
    #expect(try place.read("autopilot/box.yaml") == "health_monitoring:\n  enabled: false\n")
    #expect(try place.read("autopilot/box.yaml.bak").contains("advanced"))
    #expect(try await !effective(host).policy.monitoring.enabled)
  }

  @Test("A VM that is disabled loses its file, and is not watched")
  func disable() async throws {
    let web = machine("web-1")
    _ = try await files.enable(web)
    #expect(
      try await files.disable(web, keepConfiguration: false)
        == "not watched; its policy was kept as ~/.azlin/autopilot/web-1.yaml.bak")
    #expect(!place.exists("autopilot/web-1.yaml"))
    #expect(try await files.disable(web, keepConfiguration: false) == "not watched")
  }

  @Test("Hooks are added in order, replaced where they stand, and removed; the fleet's apart")
  func hooks() async throws {
    let web = machine("web-1")
    _ = try await files.addHook(HookRegistration(path: "~/a.sh"), on: .preStart, of: web)
    _ = try await files.addHook(
      HookRegistration(path: "/b, c.sh", timeout: .seconds(5), veto: false), on: .preStart, of: web)
    _ = try await files.addHook(HookRegistration(path: "~/a.sh", timeout: .seconds(9)), on: .preStart, of: web)
    _ = try await files.addHook(HookRegistration(path: "/global.sh"), on: .preStart, of: nil)
    #expect(
      try place.read("autopilot/web-1.yaml")
        == "hooks:\n  pre_start:\n    - {path: ~/a.sh, timeout: 9s}\n    - {path: \"/b, c.sh\", timeout: 5s, veto: false}\n"
    )
    #expect(try place.read("autopilot/defaults.yaml") == "hooks:\n  pre_start: /global.sh\n")
    let hooks = try await effective(web).policy.hooks[.preStart] ?? []
    #expect(
      hooks.map(\.path) == ["~/a.sh", "/b, c.sh", "/global.sh"] && hooks.map(\.isGlobal) == [false, false, true])
    _ = try await files.removeHook(place.directory.home + "/a.sh", on: .preStart, of: web)
    let error = await #expect(throws: ConfigurationError.self) {
      try await files.removeHook("/global.sh", on: .preStart, of: web)
    }
    #expect(error?.description == "/global.sh is not registered for pre-start; registered: /b, c.sh")
    _ = try await files.removeHook("/b, c.sh", on: .preStart, of: web)
    #expect(try place.read("autopilot/web-1.yaml") == "")
  }

  @Test("A whole file is put in place only if it is right")
  func fromFile() async throws {
    let web = machine("web-1")
    let change = try await files.replace(with: userDocument, of: web)
    #expect(change.sentence == "autopilot/web-1.yaml is replaced")
    #expect(try place.read("autopilot/web-1.yaml") == userDocument)
    let error = await #expect(throws: ConfigurationError.self) {
      try await files.replace(with: "thresholds: {disk_warning: 96}\n", of: web)
    }
    #expect(error?.description.hasPrefix("autopilot/web-1.yaml:1:28: thresholds.disk_warning 96") == true)
    #expect(try place.read("autopilot/web-1.yaml") == userDocument)
  }

  @Test("A preview shows the difference, without secrets, and writes nothing")
  func preview() async throws {
    try place.write("notifications:\n  slack: https://hooks.example/T0/xyz\n  level: all\n", to: "autopilot/web-1.yaml")
    let edits = [
      PolicyEdit(key: "notifications.level", value: "errors"),
      PolicyEdit(key: "notifications.webhook", value: "https://w.example/key"),
    ]
    let change = try await files.preview(edits, for: machine("web-1"))
    #expect(
      change.difference == """
        --- autopilot/web-1.yaml
        +++ autopilot/web-1.yaml
        @@ -1,3 +1,4 @@
         notifications:
           slack: ••••
        -  level: all
        +  webhook: ••••
        +  level: errors

        """)
    #expect(
      change.sentence
        == "notifications.level is errors (not in force yet), notifications.webhook is •••• (not in force yet) (autopilot/web-1.yaml)"
    )
    #expect(try place.read("autopilot/web-1.yaml").contains("level: all"))
  }

  @Test("Two writers at once lose nothing of each other's")
  func concurrent() async throws {
    let web = machine("web-1")
    let others = (0..<4).map { _ in PolicyFiles(place.directory) }
    let keys = ["disk_warning", "memory_warning", "cpu_warning", "iowait_warning"]
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (files, key) in zip(others, keys) {
        group.addTask { _ = try await files.apply([PolicyEdit(key: "thresholds.\(key)", value: "20")], to: web) }
      }
      try await group.waitForAll()
    }
    let thresholds = try await effective(web).policy.thresholds
    #expect([thresholds.disk, thresholds.memory, thresholds.cpu, thresholds.ioWait].allSatisfy { $0.warning == 20 })
  }

  @Test("Ten thousand machines have their policies in reasonable time")
  func large() async throws {
    try place.write("thresholds: {disk_warning: 70}\n", to: "autopilot/defaults.yaml")
    let fleet = (0..<10_000).map { machine("vm-\($0)", group: "g\($0 % 20)") }
    let clock = ContinuousClock()
    var count = 0
    let elapsed = await clock.measure { count = await files.policies(for: fleet).count }
    #expect(count == 10_000)
    #expect(elapsed < .seconds(10), "a debug build takes well under a second on an idle machine")
  }
}
