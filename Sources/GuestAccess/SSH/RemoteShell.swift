import FleetModel

/// Runs scripts in guests over SSH.
package protocol RemoteShell: Sendable {
  /// Sends `script` to `/bin/sh -s` in the guest and waits for its end, over a live session where there is one.
  ///
  /// Returns within `timeout` plus a second, also when cancelled.
  /// - Parameter timeout: for everything: connecting, logging in, running.
  func run(script: String, on target: SSHTarget, timeout: Duration) async -> ShellResult
}

/// What came of a script.
package typealias ShellResult = Result<ShellOutput, ShellFailure>

/// A script that ran to its end.
package struct ShellOutput: Hashable, Sendable {
  /// The exit status, 0–255; nil: a signal ended it, or the server did not tell.
  package var exitStatus: Int?
  /// At most `ShellOutput.limit` bytes each; what is not UTF-8 is replaced. Text from a guest is hostile: make it
  /// visible before it reaches a screen.
  package var output: String
  package var errors: String

  package init(exitStatus: Int?, output: String, errors: String) {
    self.exitStatus = exitStatus
    self.output = output
    self.errors = errors
  }

  /// 256 KiB a stream: a probe prints about 2 KiB, a clean-up less than 64.
  package static let limit = 256 * 1024
}

/// Why there is no output of a script.
package enum ShellFailure: Error, Hashable, Sendable, CustomStringConvertible {
  /// An SSH rung below the shell failed; nothing ran.
  case notReached(SSHFailure)
  /// Something on the monitor's side failed; nothing ran, and the guest is not to blame (semantics 2.7).
  case monitor(String)
  /// The script was handed over, but its end was not seen: it may have taken effect.
  case unknown(String)
  /// The script was handed over, but this monitor stopped watching it (cancelled, held up): it may have taken effect,
  /// and the guest is not to blame.
  case abandoned(String)

  /// Whether the script may have run, in part or whole.
  package var mayHaveRun: Bool {
    switch self {
    case .unknown, .abandoned: true
    case .notReached, .monitor: false
    }
  }

  package var description: String {
    switch self {
    case .notReached(let failure): failure.explanation
    case .monitor(let why): "monitor: \(why)"
    case .unknown(let why), .abandoned(let why): why
    }
  }
}
