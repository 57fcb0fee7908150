import Glibc

/// Why something could not be measured.
enum BenchError: Error, CustomStringConvertible {
  case system(String, Int32)
  case ended(String, seconds: Double, status: Int32, said: String)
  case silent(String)

  var description: String {
    switch self {
    case .system(let call, let code): "\(call): \(String(cString: strerror(code)))"
    case .ended(let name, let seconds, let status, let said):
      "\(name) ended by itself after \(milliseconds(seconds)) ms with wait status \(status); it said: \(said)"
    case .silent(let name): "\(name) wrote nothing to its terminal for 10 s"
    }
  }

  private func milliseconds(_ seconds: Double) -> Int { Int(seconds * 1000) }
}
