import FleetModel
import Foundation
import Simulator
import Subprocess
import Testing

@testable import ARMSimulator

import struct Autopilot.SystemClock

/// Microsoft's own Python SDK judges the served simulator. The folder with the SDK is made by `.ci/python`.
@Suite(.serialized)
struct SDKTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  private static let python = root.appending(path: ".build/python-sdk/bin/python").path

  @Test(
    "The SDK lists, acts, waits, retries and is refused as by the real Azure",
    .enabled(
      if: FileManager.default.isExecutableFile(atPath: SDKTests.python),
      "run .ci/python first: there is no .build/python-sdk"))
  func judge() async throws {
    let clock = SystemClock()
    var parameters = SimulatedFleet.Parameters(machines: 450, seed: 1, startAt: clock.now(), hasOddMachines: false)
    parameters.pace = 100
    parameters.hasActivityLog = true
    var settings = ARMSettings()
    settings.speed = 100
    let server = try await ARMServer.start(
      fleet: SimulatedFleet(parameters), settings: settings, clock: clock, tls: true)
    let result = try await Subprocess.run(
      .path(.init(Self.python)), arguments: ["-m", "unittest", "discover"],
      environment: .custom([
        "AZLIN_ARM_ENDPOINT": server.arm, "AZLIN_CA_FILE": server.certificatePath ?? "",
        "AZURE_SUBSCRIPTION_ID": server.subscription, "AZURE_TENANT_ID": server.tenant,
        "IDENTITY_ENDPOINT": server.token, "IDENTITY_HEADER": server.identityHeader, "PYTHONDONTWRITEBYTECODE": "1",
        "PATH": "/usr/bin:/bin",
      ]),
      workingDirectory: .init(Self.root.appending(path: "Tests/ARMSimulatorTests/SDK").path),
      output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
    await server.stop()
    #expect(result.terminationStatus == .exited(0), "\(result.standardError)")
    // As many as there are: a run that finds no test passes too.
    #expect(result.standardError.contains("Ran 34 tests"), "\(result.standardError)")
    #expect(server.certificatePath.map { FileManager.default.fileExists(atPath: $0) } == false)
  }
}
