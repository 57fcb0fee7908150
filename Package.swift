// swift-tools-version: 6.2
import PackageDescription

/// Every target of ours is built in Swift 6 mode and may not warn.
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdTLS = Target.Dependency.product(name: "HummingbirdTLS", package: "hummingbird")
let jwt = Target.Dependency.product(name: "JWTKit", package: "jwt-kit")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nio = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioSOCKS = Target.Dependency.product(name: "NIOSOCKS", package: "swift-nio-extras")
let nioTLS = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let x509 = Target.Dependency.product(name: "X509", package: "swift-certificates")
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
    .package(url: "https://github.com/apple/swift-certificates", from: "1.21.0"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.1.0"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: ["FullFoundation"]),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0"),
    .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.0"),
  ],
  targets: [
    .target(name: "CNcurses"),
    .target(name: "CLinux"),
    .systemLibrary(name: "CLibSSH"),
    ours("FleetModel", []),
    ours("Terminal", ["CNcurses"]),
    ours("Autopilot", ["FleetModel", heap], exclude: ["README.md"]),
    ours("FleetConfiguration", ["FleetModel", "Autopilot", "Yams", "TOMLKit"]),
    ours("GuestAccess", ["FleetModel", "Autopilot", "CLinux", "CLibSSH", heap, subprocess]),
    ours("Hosts", ["FleetModel", "Autopilot", "GuestAccess", "Yams", subprocess]),
    ours(
      "Azure",
      [
        "FleetModel", "Autopilot", "GuestAccess", httpTypes, asyncHTTPClient, nio, nioHTTP, nioPosix, nioTLS, jwt,
        crypto, cryptoExtras, x509, logging, subprocess,
      ]),
    ours("Hooks", ["FleetModel", "Autopilot", subprocess]),
    ours("Journal", ["FleetModel", "Autopilot", grdb]),
    ours("Simulator", ["FleetModel", "Autopilot"]),
    ours("FaultCampaign", ["FleetModel", "Autopilot", "Simulator", heap]),
    ours(
      "ARMSimulator",
      [
        "FleetModel", "Autopilot", "GuestAccess", "Simulator", "CLinux", "CLibSSH", httpTypes, asyncHTTPClient,
        hummingbird, hummingbirdTLS, nio, nioHTTPTypes, nioPosix, nioSOCKS, nioTLS, crypto, x509, logging,
      ]),
    ours(
      "Dashboard", ["FleetModel", "Terminal", "TOMLKit"], exclude: ["themes/README.md"],
      resources: ["default", "gruvbox-dark", "mono"].map { .embedInCode("themes/\($0).toml") }),
    .executableTarget(
      name: "azlin",
      dependencies: [
        "FleetModel", "Terminal", "Autopilot", "FleetConfiguration", "GuestAccess", "Hosts", "Azure", "Hooks",
        "Journal",
        "Simulator", "FaultCampaign", "ARMSimulator", "Dashboard", argumentParser,
      ], swiftSettings: strict),
    .executableTarget(
      name: "engine-bench", dependencies: ["Autopilot", "FleetModel", "Simulator"], swiftSettings: strict),
    .executableTarget(
      name: "campaign", dependencies: ["Autopilot", "FaultCampaign", "FleetModel", "Simulator"], swiftSettings: strict),
    .executableTarget(
      name: "azure-bench",
      dependencies: [
        "ARMSimulator", "Autopilot", "Azure", "FleetModel", "Journal", "Simulator", subprocess,
      ], swiftSettings: strict),
    .executableTarget(name: "azlin-bench", dependencies: [argumentParser], swiftSettings: strict),

    tests("FleetModelTests", ["FleetModel"]),
    tests("AutopilotTests", ["Autopilot", "FleetModel"]),
    tests("SimulatorTests", ["Simulator", "Autopilot", "FleetModel"]),
    tests("CampaignTests", ["FaultCampaign", "Autopilot", "FleetModel"], exclude: ["Mutations"]),
    tests("HooksTests", ["Hooks", "Autopilot", "FleetModel"]),
    helper("JournalCrashWriter", ["Journal", "Autopilot", "FleetModel"], runs: true),
    tests(
      "JournalTests", ["Journal", "JournalCrashWriter", "Autopilot", "FleetModel", grdb],
      resources: [.copy("Fixtures")]),
    helper("TerminalProbe", ["Terminal"], runs: true),
    tests("TerminalTests", ["Terminal", "CNcurses", "TerminalProbe"]),
    tests("GuestAccessTests", ["GuestAccess", "Autopilot", "FleetModel", "CLinux", subprocess]),
    tests(
      "AzureTests",
      [
        "Azure", "Autopilot", "FleetModel", "GuestAccess", httpTypes, nio, nioHTTP, nioPosix, nioTLS, jwt, crypto,
        cryptoExtras, x509,
      ], exclude: ["Recordings/Fixtures", "Recordings/Expected.json"]),
    tests(
      "ARMSimulatorTests",
      [
        "ARMSimulator", "Simulator", "Azure", "GuestAccess", "Autopilot", "FleetModel", httpTypes, asyncHTTPClient,
        nioTLS, subprocess,
      ], exclude: ["SDK"]),
    tests("HostsTests", ["Hosts", "GuestAccess", "Autopilot", "FleetModel"]),
    helper(
      "LabKit", [subprocess], runs: false,
      resources: ["root", "hold", "guest"].map { .embedInCode("Scripts/\($0).sh") }),
    tests("FleetConfigurationTests", ["FleetConfiguration", "Autopilot", "FleetModel"]),
    tests("DashboardTests", ["Dashboard", "FleetModel", "Terminal"], exclude: ["Golden"]),
    tests("BenchTests", ["azlin-bench"]),
    tests("LabTests", ["LabKit"]),
    tests("EndToEndTests", ["LabKit", "azlin"]),
  ]
)
