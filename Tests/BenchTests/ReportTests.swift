import Testing

@testable import azlin_bench

@Suite("The benchmark's figures")
struct ReportTests {
  @Test("a percentile is the nearest rank")
  func percentiles() {
    let values = (1...100).reversed().map(Double.init)
    #expect(values.percentile(0.5) == 50)
    #expect(values.percentile(0.95) == 95)
    #expect([7.0].percentile(0.95) == 7)
    #expect([Double]().percentile(0.5) == nil)
  }

  @Test(
    "numbers are rounded, not cut",
    arguments: [(0.096, 2, "0.10"), (12.0, 0, "12"), (-1.25, 1, "-1.3"), (3.04, 1, "3.0")])
  func numbers(value: Double, digits: Int, text: String) {
    #expect(fixed(value, digits) == text)
  }

  @Test("a missed goal is marked, and what was not measured is no success")
  func verdicts() {
    var frozen = Measurement(subject: "azlin frozen", idleCPU: 0.05, idleBytes: 21)
    let peer = Measurement(subject: "htop", idleCPU: 0.5, idleBytes: 1050)
    let report = Report(frozen: frozen, peers: [peer])
    let lines = report.markdown.split(separator: "\n")
    #expect(lines.contains { $0.contains("idle CPU") && $0.contains("0.05 ✓") && $0.contains("0.10×") })
    #expect(lines.contains { $0.contains("idle output") && $0.contains("21 ✗") && $0.contains("0.02×") })
    #expect(lines.contains { $0.contains("memory, resident") && $0.contains("– ✗") })
    #expect(report.allGoalsMet == false)
    #expect(Report(peers: [peer]).allGoalsMet == nil)

    frozen.idleBytes = 0
    frozen.ready = 0.03
    frozen.memory = ProcessCost.Memory(resident: 20, peak: 21, proportional: 10)
    frozen.moves = [Measurement.Move(answered: 0.001, settled: 0.002, bytes: 200)]
    #expect(Report(frozen: frozen, peers: []).allGoalsMet == true)
  }
}
