import ArgumentParser
import Autopilot
import Dashboard
import FleetModel
import Glibc
import Journal
import Simulator
import Terminal

/// `azlin demo`: the real engine and dashboard on a simulated fleet.
struct Demo: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "The dashboard on a simulated fleet: no account, no network, no root.",
    discussion: """
      The real engine first runs one simulated hour, so that history and recoveries exist; then the fleet lives on at \
      --speed, with faults, and azlin heals them. Hooks are played, never run. Nothing is written to disk.
      """)

  @Option(help: "Simulated VMs, 1–10000.") var vms = 20
  @Option(help: "The same seed gives the same fleet and faults.") var seed: UInt64 = 1
  @Option(help: "Simulated seconds a second; 0 freezes time.") var speed = 10.0
  @Option(help: "Draw the first picture into this SVG file and end.") var screenshot: String?
  @Option(help: "Size of the picture, columns x rows.") var size = "120x40"
  @Option(help: "Keys typed before the picture, as in 'j j Enter'.") var keys = ""
  @OptionGroup var screen: ScreenOptions

  func validate() throws {
    guard (1...10_000).contains(vms) else { throw ValidationError("--vms takes 1 to 10000") }
    guard speed >= 0, speed <= 1000 else { throw ValidationError("--speed takes 0 to 1000") }
    guard Self.parse(size: size) != nil else { throw ValidationError("--size takes COLUMNSxROWS, as in 120x40") }
  }

  func run() async throws {
    let theme = try screen.loadTheme()
    if let file = screenshot { return try draw(to: file, theme) }
    if screen.plain {
      var play = DemoPlay(machines: vms, seed: seed, pictureAt: DemoScenario.fixedPictureAt)
      print(PlainText.render(play.driver.snapshot(), zone: .utc), terminator: "")
      return
    }
    // What needs no screen is refused before an hour is simulated for it.
    _ = try TerminalType.detect(screen.terminal)
    try await live(theme)
  }

  private func draw(to file: String, _ theme: Theme) throws {
    guard let size = Self.parse(size: size) else { return }
    var play = DemoPlay(machines: vms, seed: seed, pictureAt: DemoScenario.fixedPictureAt)
    let typed = try keys.split(separator: " ").map { word in
      guard let key = Key(name: String(word)) else { throw ExitStatus(ExitStatus.usage, "--keys: '\(word)' is no key") }
      return key
    }
    let capabilities = Capabilities(colors: .trueColor, unicode: !screen.ascii)
    let snapshot = play.driver.snapshot()
    let grid = DashboardRenderer.picture(
      snapshot, size: size, theme: theme, capabilities: capabilities, zone: .utc,
      settings: DashboardSettings(healingStopsWithWindow: true), keys: typed, plan: { play.plan(for: $0) })
    try Self.write(SVGWriter.svg(of: grid, title: "azlin demo"), to: file)
  }

  /// The screen comes first; the hour is simulated behind it.
  private func live(_ theme: Theme) async throws {
    let pictureAt = speed == 0 ? DemoScenario.fixedPictureAt : SystemClock().now()
    let clock = LateClock(now: pictureAt)
    let (vms, seed, speed) = (vms, seed, speed)
    let service = DeferredService {
      let play = DemoPlay(machines: vms, seed: seed, pictureAt: pictureAt)
      let scaled = ScaledClock(origin: pictureAt, speed: speed)
      clock.follow(scaled)
      return try await play.start(on: scaled)
    }
    defer { service.cancel() }
    let reason = try await DashboardProgram.run(
      service, theme: theme, clock: speed == 0 ? .frozen : .running { clock.now() },
      settings: DashboardSettings(healingStopsWithWindow: true), options: screen.terminal)
    try ScreenOptions.end(reason)
  }

  static func parse(size: String) -> Size? {
    let parts = size.split(separator: "x").compactMap { Int($0) }
    guard parts.count == 2, (1...500).contains(parts[0]), (1...500).contains(parts[1]) else { return nil }
    return Size(columns: parts[0], rows: parts[1])
  }

  private static func write(_ text: String, to file: String) throws {
    guard let handle = fopen(file, "w") else {
      throw ExitStatus(ExitStatus.failed, "\(file) cannot be written: \(String(cString: strerror(errno)))")
    }
    defer { fclose(handle) }
    guard fputs(text, handle) >= 0, fflush(handle) == 0 else {
      throw ExitStatus(ExitStatus.failed, "\(file) cannot be written: \(String(cString: strerror(errno)))")
    }
  }
}
