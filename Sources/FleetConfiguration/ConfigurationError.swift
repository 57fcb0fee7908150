import FleetModel

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Why configuration could not be read or written; each text names the file and what to do.
package enum ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Neither `AZLIN_CONFIG_DIR` nor a home directory is known.
  case noDirectory
  case invalidDirectory(String, why: String)
  /// A file or directory could not be read; `why` is the system's word.
  case unreadable(String, why: String)
  case unwritable(String, why: String)
  /// A text has problems; each names its place.
  case problems([PolicyProblem])
  /// An edit cannot be made without touching more than was asked for.
  case notEditable(PolicyPlace, why: String)
  /// A key that does not exist.
  case unknownKey(String, nearest: String?)
  /// A key that only defaults.yaml may have.
  case fleetOnlyKey(String)
  case badValue(PolicyValueError)
  /// A machine's name cannot be a file's name, or names more than one machine.
  case name(String)

  package var description: String {
    switch self {
    case .noDirectory: "no home directory is known: set AZLIN_CONFIG_DIR to a directory that azlin may write to"
    case .invalidDirectory(let path, let why):
      "\(path) cannot hold azlin's configuration: \(why); set AZLIN_CONFIG_DIR to a directory that azlin may write to"
    case .unreadable(let path, let why): "\(path) cannot be read: \(why); check its owner and permissions"
    case .unwritable(let path, let why): "\(path) cannot be written: \(why); \(Self.remedy(why))"
    case .problems(let problems): problems.map(\.description).joined(separator: "\n")
    case .notEditable(let place, let why): "\(place): \(why); nothing was written: edit the file by hand"
    case .unknownKey(let key, let nearest):
      "there is no key \"\(SafeText.line(key))\"" + (nearest.map { "; did you mean \($0)?" } ?? "")
    case .fleetOnlyKey(let key): "\(key) is said for the whole fleet, in defaults.yaml only"
    case .badValue(let error): error.description
    case .name(let sentence): sentence
    }
  }

  /// Whether it is the system that forbids it: a matter of permissions, not of what the files say.
  package var isForbidden: Bool {
    let forbidden = [EACCES, EPERM, EROFS].map { String(cString: strerror($0)) }
    return switch self {
    case .invalidDirectory(_, let why), .unreadable(_, let why), .unwritable(_, let why): forbidden.contains(why)
    default: false
    }
  }

  private static func remedy(_ why: String) -> String {
    why.contains("Read-only")
      ? "mount it writable, or set AZLIN_CONFIG_DIR to another directory"
      : why.contains("No space") || why.contains("quota")
        ? "make room there"
        : "check its owner and permissions, or set AZLIN_CONFIG_DIR to another directory"
  }
}
