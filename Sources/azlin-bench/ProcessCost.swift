import Glibc

/// What a process costs, as the kernel counts it.
struct ProcessCost {
  let pid: pid_t

  /// CPU time of all its threads, living and ended, in seconds, to the nanosecond: /proc/PID/stat counts the same in
  /// ticks of 10 ms, too coarse for a program that sleeps.
  func cpuSeconds() throws -> Double {
    var clock = clockid_t()
    let code = clock_getcpuclockid(pid, &clock)
    guard code == 0 else { throw BenchError.system("clock_getcpuclockid", code) }
    var time = timespec()
    guard clock_gettime(clock, &time) == 0 else { throw BenchError.system("clock_gettime", errno) }
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// MiB of RAM: resident, the most that ever was, and its fair share of what is shared (nil: not told to us).
  func memory() -> Memory {
    let status = lines(of: "/proc/\(pid)/status")
    return Memory(
      resident: mebibytes("VmRSS:", status), peak: mebibytes("VmHWM:", status),
      proportional: mebibytes("Pss:", lines(of: "/proc/\(pid)/smaps_rollup")))
  }

  struct Memory: Hashable {
    var resident: Double?
    var peak: Double?
    var proportional: Double?
  }

  private func mebibytes(_ key: String, _ lines: [Substring]) -> Double? {
    let words = lines.first { $0.hasPrefix(key) }?.split(whereSeparator: \.isWhitespace)
    guard let words, words.count > 1, let kibibytes = Double(words[1]) else { return nil }
    return kibibytes / 1024
  }

  private func lines(of path: String) -> [Substring] {
    guard let file = fopen(path, "r") else { return [] }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n")
  }
}
