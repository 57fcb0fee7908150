/// What can go wrong with the lab itself, as opposed to what a test provokes in it.
package enum LabError: Error, CustomStringConvertible {
  /// This machine cannot boot guests.
  case unavailable(String)
  /// A program the lab depends on did not succeed.
  case failed([String], LabOutput)
  /// A name that could not be a host name, or is taken.
  case badName(String)
  /// A condition did not come true in time; the text says which, and what was there instead.
  case timedOut(String)

  package var description: String {
    switch self {
    case .unavailable(let reason): "the lab cannot run here: \(reason)"
    case .failed(let arguments, let result):
      "`\(arguments.prefix(6).joined(separator: " ").prefix(200))` ended with \(result.status): \(result.errors)"
    case .badName(let name): "\(name): not a free host name of up to 20 letters, digits and dashes"
    case .timedOut(let what): what
    }
  }
}
