import FleetModel
import Foundation
import GuestAccess
import Testing

@testable import ARMSimulator

@Suite(
  "What probing through the proxy costs",
  .enabled(if: ProcessInfo.processInfo.environment["AZLIN_BENCHMARK"] == "1", "set AZLIN_BENCHMARK=1"))
struct ProxyBenchmark {
  /// CPU seconds of this process's threads, by name.
  private func threads() throws -> [String: Double] {
    var times: [String: Double] = [:]
    for thread in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task") {
      guard let text = try? String(contentsOfFile: "/proc/self/task/\(thread)/schedstat", encoding: .utf8),
        let name = try? String(contentsOfFile: "/proc/self/task/\(thread)/comm", encoding: .utf8)
      else { continue }
      let nanoseconds = Double(text.split(separator: " ").first ?? "0") ?? 0
      times[name.trimmingCharacters(in: .whitespacesAndNewlines), default: 0] += nanoseconds / 1e9
    }
    return times
  }

  @Test("in CPU time of either side")
  func cost() async throws {
    let count = ProcessInfo.processInfo.environment["AZLIN_BENCHMARK_GUESTS"].flatMap { Int($0) } ?? 500
    let served = try await ServedFleet(machines: count) { settings, directory in
      settings.program = "/nonexistent/ssh"
      settings.home = directory
    }
    let machines = served.fleet.machines(at: midnight)
    for round in ["first probe, with a login", "second probe, on the live session"] + (3...4).map({ "probe \($0)" }) {
      let before = try threads()
      let start = ContinuousClock.now
      await withTaskGroup(of: Void.self) { group in
        for machine in machines {
          group.addTask {
            let report = await served.probe(
              machine, timeout: .seconds(60), identity: served.directory + "/user")
            #expect(report.guest.value != nil)
          }
        }
      }
      let wall = start.duration(to: .now)
      let after = try threads()
      var line = "\(round): \(count) guests in \(wall);"
      for (name, time) in after.sorted(by: { $0.key < $1.key }) where time - (before[name] ?? 0) > 0.001 {
        line += String(format: " %@ %.2f ms", name, (time - (before[name] ?? 0)) / Double(count) * 1000)
      }
      let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
      line += " " + (status.split(separator: "\n").first { $0.hasPrefix("VmRSS") } ?? "")
      line += " open connections \(served.proxy.openConnections)"
      print(line)
    }
    await served.end()
  }
}
