// swift-tools-version: 6.2
import PackageDescription

/// Every target of ours is built in Swift 6 mode and may not warn.
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")

/// A target of the program.
func ours(
  _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [], resources: [Resource] = []
) -> Target {
  .target(name: name, dependencies: dependencies, exclude: exclude, resources: resources, swiftSettings: strict)
}

/// The tests of a target.
func tests(
  _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [], resources: [Resource] = []
) -> Target {
  .testTarget(
    name: name, dependencies: dependencies, path: "Tests/\(name)", exclude: exclude, resources: resources,
    swiftSettings: strict)
}

/// A program or library that only tests use.
func helper(_ name: String, _ dependencies: [Target.Dependency], runs: Bool, resources: [Resource] = []) -> Target {
  runs
    ? .executableTarget(
      name: name, dependencies: dependencies, path: "Tests/\(name)", resources: resources, swiftSettings: strict)
    : .target(
      name: name, dependencies: dependencies, path: "Tests/\(name)", resources: resources, swiftSettings: strict)
}

let package = Package(
  name: "azlin",
  products: [
    .executable(name: "azlin", targets: ["azlin"]),
    .library(name: "FleetModel", targets: ["FleetModel"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0"),
  ],
  targets: [
    .target(name: "CNcurses"),
    .target(name: "CLinux"),
    .systemLibrary(name: "CLibSSH"),
    ours("FleetModel", []),
    ours("Terminal", ["CNcurses"]),
    ours("Autopilot", ["FleetModel", heap]),
    ours("Configuration", ["FleetModel", "Autopilot", "Yams"]),
    ours("GuestAccess", ["FleetModel", "Autopilot", "CLinux", "CLibSSH", heap, subprocess]),
    ours("Hosts", ["FleetModel", "Autopilot", "GuestAccess", "Yams", subprocess]),
    ours("Azure", ["FleetModel", "Autopilot", "GuestAccess", httpTypes]),
    ours("Hooks", ["FleetModel", "Autopilot", subprocess]),
    ours("Journal", ["FleetModel", "Autopilot", grdb]),
    ours("Simulator", ["FleetModel", "Autopilot"]),
    ours(
      "Dashboard", ["FleetModel", "Terminal", "TOMLKit"], exclude: ["themes/README.md"],
      resources: ["default", "gruvbox-dark", "mono"].map { .embedInCode("themes/\($0).toml") }),
    .executableTarget(
      name: "azlin",
      dependencies: [
        "FleetModel", "Terminal", "Autopilot", "Configuration", "GuestAccess", "Hosts", "Hooks", "Journal", "Simulator",
        "Dashboard", argumentParser,
      ], swiftSettings: strict),
    .executableTarget(
      name: "engine-bench", dependencies: ["Autopilot", "FleetModel", "Simulator"], swiftSettings: strict),
    .executableTarget(name: "azlin-bench", dependencies: [argumentParser], swiftSettings: strict),

    tests("FleetModelTests", ["FleetModel"]),
    tests("AutopilotTests", ["Autopilot", "FleetModel"]),
    tests("SimulatorTests", ["Simulator", "Autopilot", "FleetModel"]),
    tests("HooksTests", ["Hooks", "Autopilot", "FleetModel"]),
    helper("JournalCrashWriter", ["Journal", "Autopilot", "FleetModel"], runs: true),
    tests(
      "JournalTests", ["Journal", "JournalCrashWriter", "Autopilot", "FleetModel", grdb],
      resources: [.copy("Fixtures")]),
    helper("TerminalProbe", ["Terminal"], runs: true),
    tests("TerminalTests", ["Terminal", "CNcurses", "TerminalProbe"]),
    tests("GuestAccessTests", ["GuestAccess", "Autopilot", "FleetModel", "CLinux", subprocess]),
    tests("HostsTests", ["Hosts", "GuestAccess", "Autopilot", "FleetModel"]),
    helper(
      "LabKit", [subprocess], runs: false,
      resources: ["root", "hold", "guest"].map { .embedInCode("Scripts/\($0).sh") }),
    tests("ConfigurationTests", ["Configuration", "Autopilot", "FleetModel"]),
    tests("DashboardTests", ["Dashboard", "FleetModel", "Terminal"], exclude: ["Golden"]),
    tests("BenchTests", ["azlin-bench"]),
    tests("LabTests", ["LabKit"]),
    tests("EndToEndTests", ["LabKit", "azlin"]),
  ]
)
