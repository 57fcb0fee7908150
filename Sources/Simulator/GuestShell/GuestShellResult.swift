import FleetModel

/// What a script printed in a simulated guest, and when it was done.
package struct GuestShellResult: Hashable, Sendable {
  package var stdout: String
  package var stderr: String
  /// 0–255.
  package var exitCode: Int
  package var finishedAt: Instant

  package init(stdout: String, stderr: String, exitCode: Int, finishedAt: Instant) {
    self.stdout = stdout
    self.stderr = stderr
    self.exitCode = exitCode
    self.finishedAt = finishedAt
  }
}
