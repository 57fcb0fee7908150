import FleetModel
import Foundation
import GuestAccess
import Simulator
import Testing

@testable import ARMSimulator

@Suite(
  "OpenSSH's own client, in a simulated guest", .serialized,
  .enabled(if: Program.hasOpenSSH, "needs openssh-client"))
struct OpenSSHClientTests {
  @Test("logs in through the proxy, runs a script and gets its exit code")
  func script() async throws {
    let served = try await ServedFleet()
    let script = try await served.ssh(
      ["/bin/sh -s"], input: "echo out\nhostname\nfalse || echo 'not so'\nexit 7\n")
    #expect(script.status == 7 && script.output == "out\n\(served.machine.name)\nnot so\n", "\(script)")
    let command = try await served.ssh(["echo hi"])
    #expect(command.status == 0 && command.output == "hi\n", "\(command)")
    let unknown = try await served.ssh(["frobnicate"])
    #expect(unknown.status == 127 && unknown.errors.contains("frobnicate: not found"), "\(unknown)")
    let shell = try await served.ssh([], input: "echo shell\n")
    #expect(shell.status == 0 && shell.output == "shell\n", "\(shell)")
    await served.end()
  }

  @Test("is refused as another user, and as itself where its key is no longer accepted")
  func refused() async throws {
    let served = try await ServedFleet()
    let other = try await served.ssh(["true"], user: "somebody")
    #expect(other.status == 255 && other.errors.contains("Permission denied (publickey)"), "\(other)")
    served.inject(.authRefused)
    let same = try await served.ssh(["true"])
    #expect(same.status == 255 && same.errors.contains("Permission denied (publickey)"), "\(same)")
    await served.end()
  }

  @Test("warns of a changed host key, and finds the same key again after a restart of the simulator")
  func hostKey() async throws {
    let served = try await ServedFleet()
    #expect(try await served.ssh(["true"]).status == 0)
    let again = try await ServedFleet()
    try? FileManager.default.removeItem(atPath: again.directory + "/known_hosts")
    try FileManager.default.copyItem(
      atPath: served.directory + "/known_hosts", toPath: again.directory + "/known_hosts")
    #expect(try await again.ssh(["true"], extra: ["-o", "StrictHostKeyChecking=yes"]).status == 0)
    served.inject(.hostKeyChanged)
    let changed = try await served.ssh(["true"])
    #expect(changed.status == 255 && changed.errors.contains("REMOTE HOST IDENTIFICATION HAS CHANGED"), "\(changed)")
    await served.end()
    await again.end()
  }

  @Test("shares one connection among many commands")
  func shared() async throws {
    let served = try await ServedFleet()
    let control = ["-o", "ControlMaster=auto", "-o", "ControlPath=\(served.directory)/c", "-o", "ControlPersist=30"]
    for number in 1...5 {
      let result = try await served.ssh(["echo \(number); exit \(number)"], extra: control)
      #expect(result.status == Int32(number) && result.output == "\(number)\n", "\(result)")
    }
    #expect(served.proxy.openConnections == 1)
    _ = try await served.ssh([], extra: ["-O", "exit", "-o", "ControlPath=\(served.directory)/c"])
    #expect(await eventually { served.proxy.openConnections == 0 })
    await served.end()
  }
}
