import FleetModel
import Testing

@testable import GuestAccess

@Suite("Reading the probe script's output")
struct ProbeReportParserTests {
  static let boot = "0123abcd-4567-489a-8bcd-ef0123456789"

  /// A complete output, as a Debian guest prints it.
  static let whole: [(key: String, value: String)] = [
    ("cpu.earlier", " 100 0 50 1000 10 0 0 0 0 0"),
    ("cpu", " 150 0 60 1080 20 1 2 3 40 0"),
    ("boot", boot), ("uptime", "2318.88"), ("clock", "1795386775"), ("load", "2.54"), ("online", "0-1,4"),
    ("memory.total", "1000"), ("memory.available", "250"),
    ("pressure.cpu", "29.95"), ("pressure.memory", "0.00"), ("pressure.io", "1.99"),
    ("os", "\"Debian GNU/Linux 12 (bookworm)\""),
    ("mount", #"ext4 4096 1000 400 300 100 25 /"#),
    ("mount", #"vfat 512 1000 400 300 0 0 /mnt/my\040disk"#),
    ("lock", "yes"), ("logs", "3 1 0 s=ab;i=1;b=cd"),
  ]

  static func text(_ entries: [(key: String, value: String)]) -> String {
    "azlin-probe 1\n" + entries.map { "\($0.key)=\($0.value)\n" }.joined() + "end\n"
  }

  /// The whole output with one key's lines replaced.
  static func text(_ key: String, _ values: String...) -> String {
    text(whole.filter { $0.key != key } + values.map { (key, $0) })
  }

  @Test("A whole output gives every figure")
  func whole() throws {
    let report = try ProbeScript.parse(Self.text(Self.whole))
    #expect(report.bootID == Self.boot)
    #expect(report.uptime == .milliseconds(2_318_880))
    #expect(report.clock == Instant(milliseconds: 1_795_386_775_000))
    #expect(report.distribution == "Debian GNU/Linux 12 (bookworm)")
    #expect(report.load == 2.54)
    #expect(report.processors == 3)
    #expect(report.packageManagerRuns)
    // Guest time (40) is inside user time already and not counted twice.
    #expect(report.cpu == .value(CPUCounters(total: 1316, idle: 1080, ioWait: 20)))
    #expect(report.earlierCPU == CPUCounters(total: 1160, idle: 1000, ioWait: 10))
    #expect(report.memory == .value(MemoryUsage(total: 1_024_000, available: 256_000)))
    #expect(report.pressure == .value(Pressure(cpu: 29.95, memory: 0, io: 1.99)))
    #expect(
      report.logs
        == .value(LogCounts(errors: 3, outOfMemoryKills: 1, readOnlyRemounts: 0, cursor: "s=ab;i=1;b=cd")))
    let mounts = try #require(report.mounts.value)
    #expect(mounts[0] == MountUsage(path: "/", type: "ext4", used: 600 * 4096, available: 300 * 4096, inodePercent: 75))
    #expect(mounts[1].path == "/mnt/my disk")
    #expect(mounts[1].inodePercent == nil)
  }

  @Test("What a guest does not have is not reported, and never zero")
  func missing() throws {
    let report = try ProbeScript.parse(Self.text([("boot", Self.boot), ("uptime", "1.5")]))
    for explanation in [
      report.cpu.map { _ in () }.unmeasured, report.memory.map { _ in () }.unmeasured,
      report.pressure.map { _ in () }.unmeasured,
    ] {
      guard case .notReported = explanation else {
        Issue.record("\(String(describing: explanation))")
        continue
      }
    }
    #expect(report.mounts == .notMeasured(.switchedOff))
    #expect(report.logs == .notMeasured(.switchedOff))
    #expect(report.clock == nil)
    #expect(report.load == nil)
    #expect(!report.packageManagerRuns)
  }

  @Test("Kernels without MemAvailable are judged by free, buffers and cached memory")
  func oldKernel() throws {
    let entries = Self.whole.filter { $0.key != "memory.available" }
    let old = entries + [("memory.free", "100"), ("memory.buffers", "20"), ("memory.cached", "300")]
    #expect(try ProbeScript.parse(Self.text(old)).memory == .value(MemoryUsage(total: 1_024_000, available: 430_080)))
    guard case .notMeasured(.notReported) = try ProbeScript.parse(Self.text(entries)).memory else {
      Issue.record("a guess")
      return
    }
  }

  @Test(
    "Reasons the script gives are words for an operator",
    arguments: [("absent", "no systemd journal"), ("denied", "systemd-journal"), ("failed", "5 s")])
  func logReasons(word: String, text: String) throws {
    guard case .notMeasured(.notReported(let why)) = try ProbeScript.parse(Self.text("logs", word)).logs else {
      Issue.record("measured")
      return
    }
    #expect(why.contains(text))
  }

  @Test("A file system that is over-full reports what root still has as nothing available")
  func overfull() throws {
    let report = try ProbeScript.parse(Self.text("mount", "ext4 1024 1000 20 18446744073709551590 10 5 /"))
    #expect(report.mounts.value?.first?.percent == 100)
  }

  @Test(
    "A value that no script of ours prints spoils the whole output",
    arguments: [
      ("boot", "../../etc/passwd"), ("boot", "0123ABCD-4567-489a-8bcd-ef0123456789"), ("uptime", "-1"),
      ("uptime", "nan"), ("uptime", "1e9"), ("uptime", ""), ("clock", "999999999999999"), ("load", "0x10"),
      ("online", "3-1"), ("online", "0-99999"), ("online", ""), ("cpu", "1 2 3"), ("cpu", "1 2 3 -4 5"),
      ("cpu", "1 2 3 99999999999999999999 5"), ("memory.total", "12 kB"), ("memory.total", "99999999999999999"),
      ("pressure.io", "100.01"), ("pressure.cpu", "avg10"), ("mount", "ext4 4096 1 1 1 1 1 relative"),
      ("mount", "ext4 4096 1 1 1 1 /"), ("mount", "ext4 0 1 1 1 1 1 /"), ("mount", "ext4 4096 x 1 1 1 1 /"),
      ("mount", "ext4 4096 1 1 1 1 1 / extra"), ("mounts", "gone"), ("logs", "1 2 3"), ("logs", "1 2 3 a'b"),
      ("logs", "x 2 3 s=1"), ("lock", "maybe"),
    ])
  func nonsense(key: String, value: String) {
    let error = #expect(throws: ScriptOutputError.self) { try ProbeScript.parse(Self.text(key, value)) }
    #expect(error?.line ?? 0 > 0)
    #expect(error?.description.contains(key) == true)
  }

  @Test("Without a boot id nothing is believed")
  func noBoot() {
    #expect(throws: ScriptOutputError.self) { try ProbeScript.parse(Self.text("boot")) }
  }
}

extension Reading {
  var unmeasured: Unmeasured? { if case .notMeasured(let why) = self { why } else { nil } }
}
