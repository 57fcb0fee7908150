// swift-tools-version: 6.2
import PackageDescription

/// Every target of ours is built in Swift 6 mode and may not warn.
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

let package = Package(
  name: "azlin",
  products: [.executable(name: "azlin", targets: ["azlin"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0"),
  ],
  targets: [
    .executableTarget(
      name: "azlin",
      dependencies: [
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "GRDB", package: "GRDB.swift"),
        "Yams", "TOMLKit",
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "Collections", package: "swift-collections"),
      ], swiftSettings: strict)
  ]
)
