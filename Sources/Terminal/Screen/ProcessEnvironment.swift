import Glibc

/// The environment variables of this process, without Foundation, which costs megabytes.
package enum ProcessEnvironment {
  /// All variables as they are now; of a name set twice the first counts, as for getenv.
  package static func current() -> [String: String] {
    var variables: [String: String] = [:]
    var next = environ
    while let entry = next.pointee {
      let text = String(cString: entry)
      if let equals = text.firstIndex(of: "=") {
        let name = String(text[..<equals])
        if variables[name] == nil { variables[name] = String(text[text.index(after: equals)...]) }
      }
      next += 1
    }
    return variables
  }
}
