import FleetModel

extension ProbeScript {
  private static let keys: Set<String> = [
    "boot", "uptime", "clock", "os", "cpu.earlier", "cpu", "memory.total", "memory.available", "memory.free",
    "memory.buffers", "memory.cached", "load", "online", "pressure.cpu", "pressure.memory", "pressure.io", "mounts",
    "logs", "lock",
  ]
  /// More mounts than this are cut off: a screen cannot show them and a guest must not flood us.
  private static let mountLimit = 512

  /// Reads what the script printed.
  ///
  /// A figure the guest does not have is `notReported`, one that was not asked for `switchedOff`; a line that is not
  /// as the script writes it spoils the whole output, because then nothing is known of what printed it.
  /// - Throws: `ScriptOutputError`, naming the line.
  package static func parse(_ output: String) throws(ScriptOutputError) -> GuestReport {
    let output = try ScriptOutput(output, name: name, version: version, keys: keys, lists: ["mount"])
    let boot = try output.required("boot")
    guard isBootID(boot.value) else { throw output.error(boot, .badValue("boot", boot.value, expected: "a boot id")) }
    // A century, in seconds.
    let uptime = try output.number(output.required("uptime"), in: 0...3.2e9)
    var report = GuestReport(bootID: boot.value, uptime: .milliseconds(Int64(uptime * 1000)))
    if let clock = output.entry("clock"), !clock.value.isEmpty {
      report.clock = Instant(milliseconds: Int64(try output.integer(clock, in: 0...253_402_300_799)) * 1000)
    }
    report.distribution = output.entry("os").flatMap { distribution($0.value) }
    if let cpu = output.entry("cpu") {
      report.cpu = .value(try counters(output, cpu))
    } else {
      report.cpu = .notMeasured(.notReported("no cpu line in /proc/stat"))
    }
    if let earlier = output.entry("cpu.earlier") { report.earlierCPU = try counters(output, earlier) }
    report.memory = try memory(output)
    report.mounts = try mounts(output)
    report.pressure = try pressure(output)
    report.logs = try logs(output)
    if let load = output.entry("load") { report.load = try output.number(load, in: 0...1e6) }
    if let online = output.entry("online") { report.processors = try processors(output, online) }
    report.packageManagerRuns = try output.flag("lock") ?? false
    return report
  }

  /// `user nice system idle iowait irq softirq steal guest guest_nice`; guest time is inside user time already.
  private static func counters(
    _ output: ScriptOutput, _ entry: ScriptOutput.Entry
  ) throws(ScriptOutputError) -> CPUCounters {
    var fields: [UInt64] = []
    for field in entry.value.split(separator: " ").prefix(8) {
      fields.append(try output.integer(entry, field, in: 0...(1 << 58)))
    }
    guard fields.count >= 4 else {
      throw output.error(entry, .badValue(entry.key, entry.value, expected: "at least four tick counts"))
    }
    return CPUCounters(total: fields.reduce(0, +), idle: fields[3], ioWait: fields.count > 4 ? fields[4] : 0)
  }

  private static func memory(_ output: ScriptOutput) throws(ScriptOutputError) -> Reading<MemoryUsage> {
    // Kibibytes in /proc/meminfo; 2^44 of them are 16 EiB.
    func bytes(_ key: String) throws(ScriptOutputError) -> UInt64? {
      guard let entry = output.entry(key) else { return nil }
      return try output.integer(entry, in: 0...(1 << 44)) * 1024
    }
    guard let total = try bytes("memory.total"), total > 0 else {
      return .notMeasured(.notReported("no MemTotal in /proc/meminfo"))
    }
    if let available = try bytes("memory.available") { return .value(MemoryUsage(total: total, available: available)) }
    guard let free = try bytes("memory.free"), let cached = try bytes("memory.cached") else {
      return .notMeasured(.notReported("neither MemAvailable nor MemFree in /proc/meminfo"))
    }
    let available = try free + cached + (bytes("memory.buffers") ?? 0)
    return .value(MemoryUsage(total: total, available: min(available, total)))
  }

  private static func mounts(_ output: ScriptOutput) throws(ScriptOutputError) -> Reading<[MountUsage]> {
    if let reason = output.entry("mounts") {
      switch reason.value {
      case "none": return .notMeasured(.notReported("no local disk is mounted for writing"))
      case "unreadable": return .notMeasured(.notReported("/proc/mounts cannot be read"))
      case "unmeasured": return .notMeasured(.notReported("stat -f tells no sizes"))
      default: throw output.error(reason, .badValue("mounts", reason.value, expected: "a known reason"))
      }
    }
    let lines = output.list("mount")
    guard !lines.isEmpty else { return .notMeasured(.switchedOff) }
    var mounts: [MountUsage] = []
    for line in lines.prefix(mountLimit) {
      let fields = line.value.split(separator: " ", omittingEmptySubsequences: false)
      guard fields.count == 8, fields[7].hasPrefix("/") else {
        throw output.error(line, .badValue("mount", line.value, expected: "type, six sizes and an absolute path"))
      }
      let usage = try usage(
        output, line, Array(fields[1...6]), type: fields[0], path: ScriptOutput.unescaped(fields[7]))
      // A file system of no size (some FUSE ones) has no usage.
      if usage.used + usage.available > 0 { mounts.append(usage) }
    }
    return .value(mounts)
  }

  /// What `stat -f -c '%S %b %f %a %c %d'` tells: block size, blocks, free, available, inodes, free inodes.
  static func usage(
    _ output: ScriptOutput, _ line: ScriptOutput.Entry, _ fields: [Substring], type: Substring, path: String
  ) throws(ScriptOutputError) -> MountUsage {
    guard fields.count == 6 else {
      throw output.error(line, .badValue(line.key, line.value, expected: "six sizes"))
    }
    let block = try output.integer(line, fields[0], in: 1...(1 << 24))
    var counts: [UInt64] = []
    for field in fields[1...5] {
      // A full file system whose reserve is in use may report "available" below zero, as an enormous number.
      let isHuge = field.utf8.count >= 19 && field.utf8.allSatisfy { (0x30...0x39).contains($0) }
      counts.append(isHuge ? 0 : try output.integer(line, field, in: 0...UInt64.max / block / 4))
    }
    let (blocks, free, available, inodes, freeInodes) = (counts[0], counts[1], counts[2], counts[3], counts[4])
    return MountUsage(
      path: path, type: String(type.prefix(32)), used: (blocks - min(free, blocks)) * block,
      available: available * block,
      inodePercent: inodes > 0 ? 100 * (1 - Double(min(freeInodes, inodes)) / Double(inodes)) : nil)
  }

  private static func pressure(_ output: ScriptOutput) throws(ScriptOutputError) -> Reading<Pressure> {
    var shares: [Double] = []
    for key in ["pressure.cpu", "pressure.memory", "pressure.io"] {
      guard let entry = output.entry(key) else {
        return .notMeasured(.notReported("the guest's kernel has no pressure stall information"))
      }
      shares.append(try output.number(entry, in: 0...100))
    }
    return .value(Pressure(cpu: shares[0], memory: shares[1], io: shares[2]))
  }

  private static func logs(_ output: ScriptOutput) throws(ScriptOutputError) -> Reading<LogCounts> {
    guard let entry = output.entry("logs") else { return .notMeasured(.switchedOff) }
    switch entry.value {
    case "absent": return .notMeasured(.notReported("no systemd journal in the guest"))
    case "denied":
      return .notMeasured(.notReported("the login may not read the journal: add it to the group systemd-journal"))
    case "failed": return .notMeasured(.notReported("journalctl failed or took longer than 5 s"))
    default: break
    }
    let fields = entry.value.split(separator: " ", omittingEmptySubsequences: false)
    guard fields.count == 4, LogCursor.isWellFormed(String(fields[3])) else {
      throw output.error(entry, .badValue("logs", entry.value, expected: "three counts and a journal cursor"))
    }
    var counts: [Int] = []
    for field in fields[0...2] { counts.append(Int(try output.integer(entry, field, in: 0...1_000_000))) }
    return .value(
      LogCounts(errors: counts[0], outOfMemoryKills: counts[1], readOnlyRemounts: counts[2], cursor: String(fields[3])))
  }

  /// A list of processors as the kernel prints it: `0-3,5`.
  private static func processors(
    _ output: ScriptOutput, _ entry: ScriptOutput.Entry
  ) throws(ScriptOutputError) -> Int {
    var count = 0
    for range in entry.value.split(separator: ",") {
      let ends = range.split(separator: "-", maxSplits: 1)
      let first = try output.integer(entry, ends[0], in: 0...65535)
      let last = ends.count > 1 ? try output.integer(entry, ends[1], in: first...65535) : first
      count += Int(last - first) + 1
    }
    guard count > 0 else { throw output.error(entry, .badValue("online", entry.value, expected: "a processor list")) }
    return count
  }

  /// The value of `PRETTY_NAME=` as os-release(5) quotes it; nil where empty.
  private static func distribution(_ value: String) -> String? {
    var text = value[...]
    for quote in ["\"", "'"] where text.count >= 2 && text.hasPrefix(quote) && text.hasSuffix(quote) {
      text = text.dropFirst().dropLast()
      break
    }
    let name = String(text.prefix(120))
    return name.isEmpty ? nil : name
  }

  /// Lower-case hexadecimal groups of 8-4-4-4-12.
  static func isBootID(_ text: String) -> Bool {
    let groups = text.split(separator: "-", omittingEmptySubsequences: false)
    return groups.map(\.utf8.count) == [8, 4, 4, 4, 12]
      && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) || $0 == 0x2d }
  }
}
