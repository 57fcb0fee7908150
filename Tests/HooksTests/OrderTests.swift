import FleetModel
import Foundation
import Testing

@testable import Hooks

@Suite("Hooks of one occasion")
struct OrderTests {
  let scene = Scene()

  func hooks(failing: String = "", veto: Bool = true) throws -> [HookRegistration] {
    try [("g1", true), ("v1", false), ("g2", true), ("v2", false)].map { name, isGlobal in
      try scene.script(
        name, "echo \(name) >> \"$HOME/order\"; exit \(name == failing ? 5 : 0)", veto: veto, isGlobal: isGlobal)
    }
  }

  @Test("run in the order of registration, those of the VM before the global ones")
  func order() async throws {
    let runs = await scene.runner().run(occasion(.preStop), try hooks())
    #expect(scene.text("order") == "v1\nv2\ng1\ng2\n")
    #expect(runs.allSatisfy { $0.result.succeeded })
    #expect(runs.map { $0.path.suffix(2) } == ["v1", "v2", "g1", "g2"])
  }

  @Test("stop at the first that fails before a start or stop", arguments: [HookEvent.preStart, .preStop])
  func veto(event: HookEvent) async throws {
    let runs = await scene.runner().run(occasion(event), try hooks(failing: "v2"))
    #expect(runs.map(\.result) == [.exited(0), .exited(5)])
    #expect(scene.text("order") == "v1\nv2\n")
  }

  @Test("go on past a failure where it has no veto")
  func noVeto() async throws {
    let runs = await scene.runner().run(occasion(.preStart), try hooks(failing: "v1", veto: false))
    #expect(runs.map(\.result) == [.exited(5), .exited(0), .exited(0), .exited(0)])
  }

  @Test(
    "go on past a failure on other events", arguments: [HookEvent.postStart, .postStop, .onFailure, .onRecovery])
  func others(event: HookEvent) async throws {
    let runs = await scene.runner().run(occasion(event), try hooks(failing: "v1"))
    #expect(runs.count == 4)
  }

  @Test("a time-out and a refusal veto as well")
  func timeoutAndRefusal() async throws {
    let slow = try scene.script("slow", "sleep 60", timeout: .milliseconds(200))
    let never = try scene.script("never.sh", "touch \"$HOME/never\"")
    #expect(await scene.runner().run(occasion(.preStop), [slow, never]).map(\.result) == [.timedOut])
    let missing = HookRegistration(path: scene.path + "/missing.sh")
    let runs = await scene.runner().run(occasion(.preStop), [missing, never])
    #expect(runs.count == 1)
    guard case .refused = runs.first?.result else {
      Issue.record("\(runs)")
      return
    }
    #expect(scene.text("never") == nil)
  }

  @Test("of many occasions run eight at once, never more, and all of them run")
  func atOnce() async throws {
    // Each waits until eight are there; a ninth would be seen by all.
    let hook = try scene.script(
      "crowd.sh",
      """
      mkdir -p "$HOME/crowd"; : > "$HOME/crowd/$$"
      n=0
      while [ $n -lt 400 ]; do
        c=$(ls "$HOME/crowd" | wc -l)
        [ "$c" -gt 8 ] && echo crowded
        [ "$c" -ge 8 ] && : > "$HOME/eight"
        [ -e "$HOME/eight" ] && break
        sleep 0.02; n=$((n+1))
      done
      rm "$HOME/crowd/$$"
      """)
    let runner = scene.runner()
    let runs = await withTaskGroup(of: [HookRun].self) { group in
      for number in 0..<24 { group.addTask { await runner.run(occasion(name: "vm-\(number)"), [hook]) } }
      return await group.reduce(into: [HookRun]()) { $0 += $1 }
    }
    #expect(runs.count == 24)
    #expect(runs.allSatisfy { $0.result == .exited(0) && $0.output.isEmpty })
    #expect(scene.text("eight") != nil)
  }

  @Test("none: nothing runs")
  func none() async {
    #expect(await scene.runner().run(occasion(), []).isEmpty)
  }
}
