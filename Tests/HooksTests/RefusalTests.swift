import FleetModel
import Foundation
import Testing

@testable import Hooks

@Suite("A hook is refused")
struct RefusalTests {
  let scene = Scene()

  /// The group 4242 is private to user 4242, and 4343 is shared by others.
  static let accounts = Accounts(
    account: { $0 == 4242 ? .init(name: "ops", primaryGroup: 4242, home: "/home/ops") : Accounts.live.account($0) },
    group: { id in
      switch id {
      case 4242: .init(name: "ops", members: [])
      case 4343: .init(name: "staff", members: ["ops", "eve"])
      default: Accounts.live.group(id)
      }
    }, primaryUsers: { _ in [] })

  func problem(_ hook: HookRegistration, accounts: Accounts = accounts) -> String? {
    scene.runner(accounts: accounts).problem(with: hook)
  }

  @Test("not when all is well", arguments: [0o700, 0o755, 0o500, 0o744])
  func fine(mode: Int) throws {
    #expect(problem(try scene.script("fine.sh", "exit 0", mode: mode)) == nil)
  }

  @Test("when it is writable by others", arguments: [0o702, 0o777, 0o722])
  func writableByOthers(mode: Int) async throws {
    let hook = try scene.script("open.sh", "touch \"$HOME/ran\"", mode: mode)
    let expected = "\(hook.path) is writable by others: chmod o-w \(hook.path)"
    #expect(problem(hook) == expected)
    let run = try #require(await scene.runner().run(occasion(), [hook]).first)
    #expect(run.result == .refused(expected))
    #expect(scene.text("ran") == nil)
  }

  @Test("when it is not executable, missing, a directory, a pipe, a device, relative, or a dead link")
  func kinds() throws {
    let plain = try scene.script("plain.sh", "exit 0", mode: 0o600)
    #expect(problem(plain) == "\(plain.path) is not executable: chmod u+x \(plain.path)")
    let missing = scene.path + "/missing.sh"
    #expect(
      problem(HookRegistration(path: missing)) == "\(missing) does not exist: create it, or remove the hook")
    #expect(
      problem(HookRegistration(path: scene.path))
        == "\(scene.path) is a directory, not a regular file: name the script itself")
    let pipe = scene.path + "/pipe"
    #expect(mkfifo(pipe, 0o700) == 0)
    #expect(problem(HookRegistration(path: pipe))?.contains("is a pipe, not a regular file") == true)
    #expect(problem(HookRegistration(path: "/dev/null"))?.contains("is a device, not a regular file") == true)
    #expect(problem(HookRegistration(path: "hooks/a.sh"))?.contains("is not an absolute path") == true)
    #expect(problem(HookRegistration(path: ""))?.contains("is not an absolute path") == true)
    #expect(problem(HookRegistration(path: "/a\u{0}b"))?.contains("NUL") == true)
    #expect(symlink(missing, scene.path + "/dead") == 0)
    #expect(problem(HookRegistration(path: scene.path + "/dead"))?.contains("does not exist") == true)
    #expect(symlink("loop", scene.path + "/loop") == 0)
    #expect(problem(HookRegistration(path: scene.path + "/loop"))?.contains("leads nowhere") == true)
  }

  @Test("when its directory is writable by others, even a sticky one", arguments: [0o777, 0o703, 0o1777])
  func directory(mode: Int) throws {
    let hook = try scene.script("shared/a.sh", "exit 0")
    let directory = scene.path + "/shared"
    #expect(chmod(directory, mode_t(mode)) == 0)
    #expect(problem(hook) == "its directory \(directory) is writable by others: chmod o-w \(directory)")
  }

  @Test("when a directory above could be exchanged by others")
  func above() throws {
    let hook = try scene.script("open/closed/a.sh", "exit 0")
    #expect(chmod(scene.path + "/open", 0o777) == 0)
    #expect(problem(hook)?.contains("\(scene.path)/open is writable by others") == true)
    #expect(chmod(scene.path + "/open", 0o1777) == 0)
    #expect(problem(hook) == nil, "a sticky directory lets nobody replace what is ours")
  }

  @Test("when it is a link into a directory that others can write")
  func link() throws {
    _ = try scene.script("shared/a.sh", "exit 0")
    #expect(chmod(scene.path + "/shared", 0o777) == 0)
    #expect(symlink(scene.path + "/shared/a.sh", scene.path + "/a.sh") == 0)
    #expect(problem(HookRegistration(path: scene.path + "/a.sh"))?.contains("shared is writable by others") == true)
  }

  @Test(
    "when its group may write it, unless the group is its owner's private one",
    .enabled(if: getuid() == 0, "gives files away"))
  func group() throws {
    let hook = try scene.script("group.sh", "exit 0", mode: 0o770)
    #expect(chown(hook.path, 0, 4343) == 0)
    #expect(problem(hook) == "\(hook.path) is writable by the group staff: chmod g-w \(hook.path)")
    #expect(chown(hook.path, 0, 4242) == 0)
    #expect(problem(hook)?.contains("is writable by the group ops") == true, "private to another user")
    #expect(chown(hook.path, 0, 0) == 0)
    #expect(problem(hook) == nil, "root's own group")
  }

  @Test("a private group is the owner's primary one, has the owner's name, and nobody else in it")
  func privateGroups() {
    var accounts = Self.accounts
    #expect(accounts.isPrivate(4242, of: 4242))
    #expect(!accounts.isPrivate(4343, of: 4242))
    #expect(!accounts.isPrivate(4242, of: 0))
    accounts.group = { _ in .init(name: "ops", members: ["ops", "eve"]) }
    #expect(!accounts.isPrivate(4242, of: 4242))
    accounts.group = { _ in .init(name: "users", members: []) }
    #expect(!accounts.isPrivate(4242, of: 4242))
    accounts.group = { _ in .init(name: "ops", members: ["ops"]) }
    #expect(accounts.isPrivate(4242, of: 4242))
    accounts.primaryUsers = { _ in ["ops", "eve"] }
    #expect(!accounts.isPrivate(4242, of: 4242))
  }

  @Test("when it belongs to somebody else", .enabled(if: getuid() == 0, "gives files away"))
  func owner() throws {
    let hook = try scene.script("theirs.sh", "exit 0", mode: 0o755)
    #expect(chown(hook.path, 4242, 4242) == 0)
    #expect(problem(hook) == "\(hook.path) belongs to ops, who could change it: chown it to azlin's user or to root")
  }

  @Test("when it cannot be started, with the reason its first line gives")
  func notStarted() async throws {
    func refusal(_ hook: HookRegistration) async throws -> String {
      guard case .refused(let why) = await scene.runner().run(occasion(), [hook]).first?.result else { return "ran" }
      return why
    }
    let bare = try scene.script("bare", "echo hello", interpreter: "")
    #expect(try await refusal(bare).contains("it has no #! line: begin it with #!/bin/sh"))
    let strange = try scene.script("strange", "echo hello", interpreter: "#!/usr/bin/nonesuch -x")
    #expect(try await refusal(strange).contains("its interpreter /usr/bin/nonesuch cannot be run"))
    let windows = try scene.script("windows", "echo hello", interpreter: "#!/bin/sh\r")
    #expect(try await refusal(windows).contains("its lines end with CR LF"))
  }

  @Test("with a text that is safe to show, whatever its name holds")
  func hostileName() {
    let text = problem(HookRegistration(path: "/tmp/\u{1B}[2J\n\u{202E}.sh"))
    #expect(text == "/tmp/^[[2J^J<U+202E>.sh does not exist: create it, or remove the hook")
  }
}
