import Autopilot
import FleetModel
import GuestAccess
import Testing

@Suite("Scripts over SSH")
struct RemoteShellRunnerTests {
  private struct Shell: RemoteShell {
    let result: ShellResult
    func run(script: String, on target: SSHTarget, timeout: Duration) async -> ShellResult { result }
  }

  private let machine = VirtualMachine(
    id: MachineID("hosts//a"), name: "a", provider: .hosts, address: GuestAddress(host: "10.0.0.4"))
  private let request = ProbeRequest(
    depth: .full, checks: [], connectivityTimeout: .seconds(1), sshTimeout: .seconds(1))

  @Test(
    "What may have run is unknown, what never began may be tried another way",
    arguments: [
      (ShellResult.success(ShellOutput(exitStatus: 1, output: "o", errors: "e")), ScriptResult.output("o")),
      (.failure(.unknown("lost\u{1b}")), .unknown("lost^[")),
      (.failure(.monitor("no file handles")), .notReached("monitor: no file handles")),
      (.failure(.notReached(.portRefused)), .notReached("connection refused")),
    ])
  func results(result: ShellResult, script: ScriptResult) async {
    let runner = RemoteShellRunner(Shell(result: result))
    #expect(await runner.run("", on: machine, request: request, timeout: .seconds(1)) == script)
  }

  @Test("A host without an address is not reached")
  func noAddress() async {
    var lost = machine
    lost.address = nil
    let runner = RemoteShellRunner(Shell(result: .success(ShellOutput(exitStatus: 0, output: "", errors: ""))))
    guard case .notReached = await runner.run("", on: lost, request: request, timeout: .seconds(1)) else {
      Issue.record("reached")
      return
    }
  }
}
