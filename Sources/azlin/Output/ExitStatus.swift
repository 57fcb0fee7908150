/// The exit codes of the command line, and the errors that carry them.
struct ExitStatus: Error, CustomStringConvertible {
  let code: Int32
  /// What went wrong and what to do; empty: already said.
  let description: String

  /// Some VM failed; the summary names each.
  static let failed: Int32 = 1
  /// Wrong use, no match, no terminal (sysexits EX_USAGE).
  static let usage: Int32 = 64
  /// Service or control plane unreachable (EX_UNAVAILABLE).
  static let unavailable: Int32 = 69
  /// Permission (EX_NOPERM).
  static let permission: Int32 = 77
  /// Configuration, journal (EX_CONFIG).
  static let configuration: Int32 = 78

  init(_ code: Int32, _ description: String = "") {
    self.code = code
    self.description = description
  }
}
