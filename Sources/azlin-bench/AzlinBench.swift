import ArgumentParser
import FoundationEssentials
import Glibc

/// Measures azlin beside its peers, for the budget of the dashboard.
@main
struct AzlinBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "azlin-bench",
    abstract: "Runs azlin's demo and other full-screen monitors on a pseudo-terminal and compares their cost.",
    discussion: """
      Each program runs alone, on a terminal of the same size, read as fast as it writes, with an empty home folder so \
      that everyone's defaults apply. azlin runs twice: frozen (--speed 0, nothing changes), which is held against \
      the goals, and living (--speed 10). Measure a release build on a quiet machine; the table goes to standard output.
      """)

  @Option(help: ArgumentHelp("The azlin to measure (default: the one beside this program).", valueName: "path"))
  var azlin: String?

  @Flag(help: "Measure the peers only.")
  var peersOnly = false

  @Option(
    help: ArgumentHelp(
      "A program to compare with: htop, btop, top or a command. Repeat for more (default: htop and btop, if installed).",
      valueName: "command"))
  var peer: [String] = []

  @Option(help: "The size of the terminal.")
  var size = Size(columns: 200, rows: 60)

  @Option(help: "How many VMs azlin simulates.")
  var vms = 500

  @Option(help: ArgumentHelp("What azlin's first full frame shows.", valueName: "text"))
  var readyText = "vm-"

  @Option(help: ArgumentHelp("How long to watch each program idle.", valueName: "seconds"))
  var idle = 20.0

  @Option(help: ArgumentHelp("How long to let each program settle before that.", valueName: "seconds"))
  var settle = 4.0

  @Option(help: "How many selection moves to time.")
  var moves = 100

  @Option(help: "How many starts the first frame is the median of.")
  var launches = 5

  @Flag(help: "End with exit code 1 if azlin misses a goal.")
  var strict = false

  func validate() throws {
    guard idle > 0, settle >= 0, moves >= 0, launches > 0, vms > 0 else {
      throw ValidationError("times and counts must be positive")
    }
  }

  func run() throws {
    let home = try TemporaryFolder()
    // Not earlier: the programs' settings lie in it.
    defer { withExtendedLifetime(home) {} }
    let procedure = Procedure(
      columns: size.columns, rows: size.rows, environment: environment(home: home.path), launches: launches,
      settle: settle, idle: idle, moves: moves)
    var report = Report(peers: [])
    if !peersOnly {
      let program = try azlinPath()
      report.frozen = try measure(demo(program, "azlin frozen", speed: "0"), procedure)
      report.living = try measure(demo(program, "azlin living", speed: "10"), procedure)
    }
    let names = peer.isEmpty ? ["htop", "btop"].filter(isInstalled) : peer
    report.peers = try names.map { try measure(.peer($0), procedure) }

    print(
      "\(machine()) · terminal \(size.columns)×\(size.rows) · \(vms) VMs · idle \(fixed(idle, 0)) s · \(moves) moves\n")
    print(report.markdown)
    if strict, report.allGoalsMet == false { throw ExitCode.failure }
  }

  private func measure(_ subject: Subject, _ procedure: Procedure) throws -> Measurement {
    let line = Array("measuring \(subject.name) …\n".utf8)
    _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    return try procedure.measure(subject)
  }

  private func demo(_ program: String, _ name: String, speed: String) -> Subject {
    Subject(
      name: name, arguments: [program, "demo", "--vms", "\(vms)", "--seed", "1", "--speed", speed], readyText: readyText
    )
  }

  private func azlinPath() throws -> String {
    if let azlin {
      guard access(azlin, X_OK) == 0 else { throw ValidationError("\(azlin) is not an executable file") }
      return azlin
    }
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = buffer.withUnsafeMutableBytes { bytes in
      bytes.baseAddress.map { readlink("/proc/self/exe", $0, bytes.count) } ?? -1
    }
    let own = String(decoding: buffer[..<max(count, 0)], as: UTF8.self)
    let beside = own.split(separator: "/").dropLast().map { "/\($0)" }.joined() + "/azlin"
    guard access(beside, X_OK) == 0 else {
      throw ValidationError("\(beside) is not there: build azlin, name one with --azlin, or use --peers-only")
    }
    return beside
  }

  private func environment(home: String) -> [String] {
    let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
    return [
      "PATH=\(path)", "HOME=\(home)", "AZLIN_CONFIG_DIR=\(home)/.azlin", "TERM=xterm-256color", "LANG=C.UTF-8",
      "USER=bench", "TZ=UTC",
    ]
  }

  private func isInstalled(_ program: String) -> Bool {
    let path = getenv("PATH").map { String(cString: $0) } ?? ""
    return path.split(separator: ":").contains { access("\($0)/\(program)", X_OK) == 0 }
  }

  private func machine() -> String {
    var names = utsname()
    uname(&names)
    let release = withUnsafeBytes(of: names.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    return "Linux \(release) · \(sysconf(Int32(_SC_NPROCESSORS_ONLN))) cores"
  }
}

/// `200x60`.
struct Size: ExpressibleByArgument, CustomStringConvertible {
  var columns: Int
  var rows: Int

  init(columns: Int, rows: Int) {
    self.columns = columns
    self.rows = rows
  }

  init?(argument: String) {
    let numbers = argument.split(separator: "x").map { UInt16($0) }
    guard numbers.count == 2, let columns = numbers[0], let rows = numbers[1], columns > 0, rows > 0 else { return nil }
    self.init(columns: Int(columns), rows: Int(rows))
  }

  var description: String { "\(columns)x\(rows)" }
}

/// An empty folder that is gone when this is.
final class TemporaryFolder {
  let path: String

  init() throws {
    var template = Array("/tmp/azlin-bench.XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { throw BenchError.system("mkdtemp", errno) }
    path = String(cString: made)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
