import Autopilot
import FleetModel
import Foundation
import GuestAccess
import Testing

@testable import Hosts

@Suite("The control plane of hosts without Azure")
struct HostsControlPlaneTests {
  /// One host with the given commands; its files live in a folder of the test's own.
  private struct Fixture {
    let folder: URL
    let machine: VirtualMachine
    let control: HostsControlPlane

    init(_ commands: String, shell: (any ScriptRunner)? = nil) async throws {
      folder = FileManager.default.temporaryDirectory.appending(path: "azlin-control-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let file = folder.appending(path: "inventory.yaml")
      let text = "hosts:\n  - name: web-1\n    address: 10.0.0.4\n    commands: {\(commands)}\n"
      try Data(text.replacing("DIR", with: folder.path).utf8).write(to: file)
      let inventory = HostsInventory(.init(file: file.path), home: "/")
      machine = try #require(try await inventory.machines().first)
      control = HostsControlPlane(
        inventory: inventory, runner: CommandRunner(environment: ["PATH": "/usr/bin:/bin"]), shell: shell,
        clock: WallClock())
    }

    func order(_ remedy: Remedy, left: Duration = .minutes(2), boot: String? = nil) -> RemedyOrder {
      RemedyOrder(
        intent: IntentID("i"), machine: machine, remedy: remedy, bootID: boot, notAfter: WallClock().now() + left,
        request: ProbeRequest(depth: .full, checks: [], connectivityTimeout: .seconds(1), sshTimeout: .seconds(1)),
        mount: "/")
    }

    func said(_ name: String) -> String? {
      try? String(contentsOf: folder.appending(path: name), encoding: .utf8)
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }
  }

  private struct WallClock: EngineClock {
    func now() -> Instant { Instant(seconds: Date().timeIntervalSince1970) }
    func sleep(until deadline: Instant) async { try? await Task.sleep(for: deadline - now()) }
  }

  private struct Shell: ScriptRunner {
    let result: ScriptResult
    func run(
      _ script: String, on machine: VirtualMachine, request: ProbeRequest, timeout: Duration
    ) async -> ScriptResult { result }
  }

  // MARK: Power

  @Test("A host's platform tells its power, and of nothing else pretends to know; a slow one is given up")
  func inspection() async throws {
    let fixture = try await Fixture("status: 'echo stopped'")
    defer { fixture.remove() }
    let asked = WallClock().now()
    let report = await fixture.control.inspect(fixture.machine, InspectionOrder(askedAt: asked, isThorough: true))
    #expect(report.power == .value(.stopped))
    for isMeasured in [report.agent.value != nil, report.host.value != nil, report.cpu.value != nil] {
      #expect(!isMeasured)
    }
    #expect(report.askedAt == asked)
    let slow = try await Fixture("status: 'sleep 30'")
    defer { slow.remove() }
    let late = await slow.control.inspect(
      slow.machine, InspectionOrder(askedAt: asked, isThorough: false, timeout: .milliseconds(300)))
    guard case .notMeasured(.notReported(let why)) = late.power else {
      Issue.record("\(late.power)")
      return
    }
    #expect(why.contains("status command"))
  }

  @Test(
    "Azure's power words are power states, in any case",
    arguments: [
      ("running", PowerState.running), ("Stopped", .stopped), ("PowerState/deallocated", .deallocated),
      ("VM starting", .starting), ("unknown", .unknown),
    ])
  func powerWords(printed: String, state: PowerState) async throws {
    let fixture = try await Fixture("status: [printf, ' %s\\n', \(printed)]")
    defer { fixture.remove() }
    #expect(await fixture.control.power(of: fixture.machine) == .value(state))
  }

  @Test(
    "Anything else is not a power state, and what was printed is told safely",
    arguments: [
      ("status: [echo, shut off]", "printed 'shut off'"), ("status: 'true'", "printed nothing"),
      (#"status: [printf, '\033[31m']"#, "^[[31m"),
      ("status: [sh, -c, 'echo running; echo no such domain >&2; exit 3']", "exit code 3: no such domain"),
      ("start: 'true'", "no status command"),
    ])
  func noPower(commands: String, words: String) async throws {
    let fixture = try await Fixture(commands)
    defer { fixture.remove() }
    guard case .notMeasured(.notReported(let why)) = await fixture.control.power(of: fixture.machine) else {
      Issue.record("measured")
      return
    }
    #expect(why.contains(words))
  }

  @Test("A status program that this monitor does not have is the monitor's fault")
  func monitorFault() async throws {
    let fixture = try await Fixture("status: /nowhere/status")
    defer { fixture.remove() }
    guard case .notMeasured(.monitor) = await fixture.control.power(of: fixture.machine) else {
      Issue.record("blamed on the host")
      return
    }
  }

  // MARK: Look

  @Test("The look runs through the run command and is read")
  func look() async throws {
    let fixture = try await Fixture("run: sh")
    defer { fixture.remove() }
    let report = await fixture.control.look(
      at: fixture.machine, LookOrder(sshPort: 1, timeout: .seconds(30)))
    guard case .done(let findings) = report.outcome else {
      Issue.record("\(report.outcome)")
      return
    }
    let boot = try String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
    #expect(findings.bootID + "\n" == boot)
    #expect(findings.sshListening == false)
  }

  @Test(
    "A run command that fails, hangs or talks nonsense is a silent agent; none at all is no way in",
    arguments: [
      ("run: 'false'", "exit code 1"), ("run: sleep 60", "did not end in time"), ("run: echo hello", "hello"),
      ("run: /nowhere/run", "cannot be started"),
    ])
  func silent(commands: String, words: String) async throws {
    let fixture = try await Fixture(commands)
    defer { fixture.remove() }
    // Only the one that hangs is to meet its end; the others may take as long as a busy machine needs.
    let timeout = Duration.seconds(commands.contains("sleep") ? 1 : 30)
    let report = await fixture.control.look(at: fixture.machine, LookOrder(sshPort: 22, timeout: timeout))
    guard case .silent(let why) = report.outcome else {
      Issue.record("\(report.outcome)")
      return
    }
    #expect(why.contains(words))
  }

  @Test("Without a run command a look is impossible")
  func impossible() async throws {
    let fixture = try await Fixture("start: 'true'")
    defer { fixture.remove() }
    guard
      case .impossible = await fixture.control.look(
        at: fixture.machine, LookOrder(sshPort: 22, timeout: .seconds(1))
      ).outcome
    else {
      Issue.record("possible")
      return
    }
  }

  // MARK: Remedies

  @Test("Start, stop and restart run their commands with the host's name and address")
  func power() async throws {
    let fixture = try await Fixture(
      #"start: [sh, -c, 'echo "$@" >>DIR/log', _, start, "{name}"], stop: [sh, -c, 'echo "$@" >>DIR/log', _, stop, "{address}"], restart: [sh, -c, 'echo no such domain >&2; exit 2']"#
    )
    defer { fixture.remove() }
    #expect(await fixture.control.perform(fixture.order(.start)).outcome == .done)
    #expect(await fixture.control.perform(fixture.order(.stop)).outcome == .done)
    #expect(fixture.said("log") == "start web-1\nstop 10.0.0.4\n")
    let failed = await fixture.control.perform(fixture.order(.restart))
    #expect(failed.outcome == .failed("the command ended with exit code 2"))
    #expect(failed.detail == "no such domain")
  }

  @Test("A power cycle waits until the host is seen off before it starts it")
  func powerCycle() async throws {
    let fixture = try await Fixture(
      """
      status: [sh, -c, 'echo status >>DIR/log; if [ -e DIR/off ]; then echo stopped; else touch DIR/off; echo stopping; fi'],
       stop: [sh, -c, 'echo stop >>DIR/log'], start: [sh, -c, 'echo start >>DIR/log']
      """.replacing("\n", with: ""))
    defer { fixture.remove() }
    #expect(await fixture.control.perform(fixture.order(.powerCycle)).outcome == .done)
    #expect(fixture.said("log") == "stop\nstatus\nstatus\nstart\n")
  }

  @Test("A stop that was sent is followed by the start it owes, even if the host was never seen off")
  func owedStart() async throws {
    let fixture = try await Fixture(
      "status: echo running, stop: [sh, -c, 'echo stop >>DIR/log'], start: [sh, -c, 'echo start >>DIR/log']")
    defer { fixture.remove() }
    let report = await fixture.control.perform(fixture.order(.powerCycle, left: .seconds(61)))
    guard case .unknown = report.outcome else {
      Issue.record("\(report.outcome)")
      return
    }
    #expect(fixture.said("log") == "stop\nstart\n")
  }

  @Test("A stop that fails owes nothing")
  func failedStop() async throws {
    let fixture = try await Fixture(
      "status: echo running, stop: 'false', start: [sh, -c, 'echo start >>DIR/log']")
    defer { fixture.remove() }
    #expect(
      await fixture.control.perform(fixture.order(.powerCycle)).outcome
        == .failed("the command ended with exit code 1"))
    #expect(fixture.said("log") == nil)
  }

  @Test("After its time nothing is done", arguments: [Remedy.start, .restartSSH, .cleanDisk])
  func late(remedy: Remedy) async throws {
    let fixture = try await Fixture(
      "start: [sh, -c, 'touch DIR/log'], run: [sh, -c, 'touch DIR/log']")
    defer { fixture.remove() }
    guard case .refused = await fixture.control.perform(fixture.order(remedy, left: .seconds(-1))).outcome else {
      Issue.record("done")
      return
    }
    #expect(fixture.said("log") == nil)
  }

  @Test("A script is bound to the boot it was decided in", arguments: [Remedy.restartSSH, .restartNetwork, .cleanDisk])
  func otherBoot(remedy: Remedy) async throws {
    let fixture = try await Fixture("run: sh")
    defer { fixture.remove() }
    let report = await fixture.control.perform(
      fixture.order(remedy, boot: "00000000-0000-4000-8000-000000000000"))
    guard case .refused(let why) = report.outcome else {
      Issue.record("\(report.outcome)")
      return
    }
    #expect(why.contains("booted since") || why.contains("needs root"))
  }

  @Test(
    "What the script answers through run is the outcome; what is not heard is unknown",
    arguments: [
      (
        "run: [printf, 'azlin-remedy 1\\naction=systemctl restart ssh.service\\noutcome=done\\ndetail=ok\\nend\\n']",
        RemedyReport.Outcome.done
      ),
      (
        "run: [printf, 'azlin-remedy 1\\noutcome=refused\\ndetail=bad config\\nend\\n']", .refused("bad config")
      ),
      ("run: [printf, 'azlin-remedy 1\\noutcome=failed\\ndetail=no\\nend\\n']", .failed("no")),
      (
        "run: [printf, 'azlin-remedy 1\\noutcome=done\\n']",
        .unknown("azlin-remedy, line 2: the output stops before its end marker; the script was cut off")
      ),
      ("run: 'false'", .unknown("the run command ended with exit code 1")),
      ("start: 'true'", .refused("no run command in the inventory")),
    ])
  func answers(commands: String, outcome: RemedyReport.Outcome) async throws {
    let fixture = try await Fixture(commands)
    defer { fixture.remove() }
    #expect(await fixture.control.perform(fixture.order(.restartSSH)).outcome == outcome)
  }

  @Test(
    "Clean-up goes over SSH; only where it never began does it go through run",
    arguments: [
      (
        ScriptResult.output("azlin-remedy 1\noutcome=refused\ndetail=by ssh\nend\n"),
        RemedyReport.Outcome.refused("by ssh")
      ),
      (.unknown("lost"), .unknown("lost")), (.notReached("no route"), .refused("by run")),
    ])
  func cleanUp(result: ScriptResult, outcome: RemedyReport.Outcome) async throws {
    let fixture = try await Fixture(
      "run: [printf, 'azlin-remedy 1\\noutcome=refused\\ndetail=by run\\nend\\n']", shell: Shell(result: result))
    defer { fixture.remove() }
    #expect(await fixture.control.perform(fixture.order(.cleanDisk)).outcome == outcome)
  }

  @Test("A remedy without its command has no effect to show, others say exactly what would run")
  func effects() async throws {
    let fixture = try await Fixture("start: 'virsh start {name}', stop: 'virsh shutdown {name}'")
    defer { fixture.remove() }
    func effect(_ remedy: Remedy) -> String? { fixture.control.effect(of: remedy, on: fixture.machine) }
    #expect(effect(.start) == "runs here: virsh start web-1")
    #expect(effect(.stop) == "runs here: virsh shutdown web-1")
    for remedy in [
      Remedy.restart, .powerCycle, .restartSSH, .restartNetwork, .cleanDisk, .reapply, .redeploy,
      .resetSSHConfiguration, .resetNetworkInterface,
    ] {
      #expect(effect(remedy) == nil)
    }
  }
}
