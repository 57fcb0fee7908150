import Glibc
import LabKit

/// Secrets that tests give to azlin, and that nothing it writes may hold. After all tests `.ci/secrets` searches what
/// they have left.
enum PlantedSecret {
  /// A secret with the marker that is looked for everywhere.
  static func make() -> String { "azlinplanted\(UInt64.random(in: 0...UInt64.max))" }

  /// Has a text looked for that cannot hold the marker.
  static func tell(_ text: String) throws {
    guard let path = variable("AZLIN_TEST_PLANTED") else { return }
    guard let file = fopen(path, "a") else { throw LabError.unavailable("\(path) cannot be written") }
    fputs(text + "\n", file)
    fclose(file)
  }

  /// Moves the folder of a test to where it is searched; without such a place it is removed.
  static func leave(_ folder: String) async throws {
    if let remains = variable("AZLIN_TEST_REMAINS") {
      _ = try await LabCommand.run(["mv", folder, remains + "/"])
    }
    _ = try await LabCommand.run(["rm", "-rf", folder])
  }

  private static func variable(_ name: String) -> String? {
    guard let value = getenv(name), value.pointee != 0 else { return nil }
    return String(cString: value)
  }
}
