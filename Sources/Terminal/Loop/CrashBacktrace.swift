import Glibc

/// Keeps Swift's own backtracer from asking questions in the terminal.
package enum CrashBacktrace {
  private static let variable = "SWIFT_BACKTRACE"

  /// Starts this program anew, once, with a backtracer that prints and asks nothing; to be called in the first line of
  /// `main`.
  ///
  /// In a terminal the backtracer waits 30 s for a key after a crash, with the shell locked out. Its settings are read
  /// before `main`, hence the restart. An operator's own SWIFT_BACKTRACE is left alone.
  ///
  /// - Parameter directory: where reports go, as files; nil for standard error.
  package static func neverAsk(reportsIn directory: String? = nil) {
    let settings = "interactive=no,color=no" + (directory.map { ",output-to=\($0)" } ?? "")
    if let present = getenv(variable) {
      // Programs started from here need no such setting.
      if String(cString: present) == settings { unsetenv(variable) }
      return
    }
    guard isatty(STDIN_FILENO) == 1, setenv(variable, settings, 1) == 0 else { return }
    execv("/proc/self/exe", CommandLine.unsafeArgv)
    // Only reached where there is no /proc; everything works but the backtrace.
    unsetenv(variable)
  }
}
