import Autopilot
import FleetModel
import Foundation
import GuestAccess
import Simulator
import Testing

@testable import ARMSimulator

@Suite(
  "azlin's own probe, through the proxy, of a simulated guest", .serialized,
  .enabled(if: Program.hasOpenSSH, "needs openssh-client"))
struct ProbedGuestTests {
  @Test("that is well finds everything, twice over one session, and says which way it came")
  func healthy() async throws {
    let served = try await ServedFleet()
    for _ in 1...2 {
      let report = await served.probe()
      #expect(report.tcp.value?.provesHostUp == true, "\(report.tcp)")
      #expect(report.ssh.value?.reached == .shell && report.ssh.value?.failure == nil, "\(report.ssh)")
      let guest = try #require(report.guest.value, "\(report.guest)")
      #expect(!guest.bootID.isEmpty && guest.memory.value != nil && guest.mounts.value?.isEmpty == false)
      #expect(report.echo == .notApplicable("through \(served.proxy.url)"))
      #expect(report.path == "\(served.machine.address?.host ?? ""):22 via \(served.proxy.url)")
    }
    #expect(served.network.ssh.sessions.count == 1)
    let host = served.machine.address?.host ?? ""
    let known = try String(contentsOfFile: served.directory + "/known_hosts", encoding: .utf8)
    #expect(known.hasPrefix("\(host) ssh-ed25519 ") && known.split(separator: "\n").count == 1)
    await served.end()
  }

  @Test("with sshd down is refused, and well again when it is healed")
  func sshDown() async throws {
    let served = try await ServedFleet()
    served.inject(.sshDown)
    let report = await served.probe()
    guard case .value(.refused) = report.tcp else { Issue.record("\(report.tcp)"); return }
    #expect(report.ssh.value?.failure == .portRefused)
    served.heal()
    #expect(await served.probe().ssh.value?.reached == .shell)
    await served.end()
  }

  @Test("that is off, or cut off, is silent, and a live session to it does not help")
  func dark() async throws {
    let served = try await ServedFleet()
    _ = await served.probe()
    #expect(served.network.ssh.sessions.count == 1)
    served.inject(.networkDown)
    let report = await served.probe(timeout: .seconds(2))
    #expect(report.tcp == .value(.silent))
    #expect(report.ssh.value?.failure == .portSilent)
    #expect(report.guest.value == nil)
    let off = served.fleet.machines(at: midnight)[1]
    served.inject(.stopped, on: off)
    #expect(await served.probe(off, .recheck, timeout: .seconds(1)).tcp == .value(.silent))
    await served.end()
  }

  @Test("whose sshd hangs accepts and says nothing")
  func mute() async throws {
    let served = try await ServedFleet()
    served.inject(.sshHung)
    let report = await served.probe(timeout: .seconds(1))
    #expect(report.tcp.value?.provesHostUp == true)
    #expect(report.ssh.value?.reached == .port && report.ssh.value?.failure == .noBanner, "\(report.ssh)")
    await served.end()
  }

  @Test("whose host key changed is found out, and not logged into")
  func changedKey() async throws {
    let served = try await ServedFleet()
    _ = await served.probe()
    await served.network.close()
    served.inject(.hostKeyChanged)
    let other = GuestNetwork(settings: served.network.ssh.settings, loops: ClientLoops.shared)
    let report = await NetworkGuestProbe(network: other, power: NoPower()) { midnight }
      .probe(
        served.machine,
        ProbeRequest(
          depth: .full, checks: [.ssh, .connectivity], connectivityTimeout: .seconds(5), sshTimeout: .seconds(10)))
    guard case .hostKeyChanged(let known, let offered) = report.ssh.value?.failure else {
      Issue.record("\(report.ssh)")
      return
    }
    #expect(known.hasPrefix("SHA256:") && offered.hasPrefix("SHA256:") && known != offered)
    await served.end()
  }

  @Test("that no longer takes the key says so")
  func refusedKey() async throws {
    let served = try await ServedFleet()
    served.inject(.authRefused)
    let report = await served.probe()
    #expect(report.ssh.value?.failure == .authenticationRefused(methods: "publickey"), "\(report.ssh)")
    await served.end()
  }

  @Test("is dialled by the policy's word, not by the environment's")
  func policy() async throws {
    let served = try await ServedFleet { settings, _ in
      settings.guestWay = GuestWay(environment: "socks5://127.0.0.1:1")
    }
    let wrong = await served.probe()
    guard case .notMeasured(.monitor(let why)) = wrong.tcp else { Issue.record("\(wrong.tcp)"); return }
    #expect(why.contains("socks5://127.0.0.1:1 refuses connections"))
    #expect(await served.probe(proxy: served.proxy.url).ssh.value?.reached == .shell)
    await served.end()
  }

  @Test("does it for 500 guests at once without one failure")
  func many() async throws {
    // `ssh -G` for each of 500 is 500 processes: their time is no guest's.
    let served = try await ServedFleet(machines: 500) { settings, directory in
      settings.program = "/nonexistent/ssh"
      settings.home = directory
    }
    let machines = served.fleet.machines(at: midnight)
    let failures = await withTaskGroup(of: String?.self) { group in
      for machine in machines {
        group.addTask {
          let report = await served.probe(machine, timeout: .seconds(60), identity: served.directory + "/user")
          if report.ssh.value?.reached == .shell, report.guest.value != nil { return nil }
          return "\(machine.name): \(report.tcp) \(report.ssh) \(report.guest)"
        }
      }
      return await group.reduce(into: [String]()) { list, failure in if let failure { list.append(failure) } }
    }
    #expect(failures.isEmpty, "\(failures.count): \(failures.first ?? "")")
    await served.end()
    #expect(served.proxy.openConnections == 0)
  }
}
