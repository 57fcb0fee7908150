import Autopilot
import FleetModel

extension AzureError {
  /// What an error at the sending of an action means for its remedy.
  var outcomeOfSending: RemedyReport.Outcome {
    switch kind {
    // A lock does not go away by waiting.
    case .conflict where code.lowercased() == "scopelocked": .refused(sentence)
    case .throttled, .conflict, .changedMeanwhile, .unreachable: .busy(sentence)
    case .serverFault, .lost, .timedOut, .unreadable, .operationExpired: .unknown(sentence)
    case .operationFailed: .failed(sentence)
    // Nothing took effect, and it will not by trying again: a person is needed.
    case .credentials, .unauthorized, .forbidden, .notFound, .badRequest: .refused(sentence)
    case .cancelled: .unknown(sentence)
    }
  }

  /// What an error means while an operation that was accepted is waited for: only its own end is known.
  var outcomeOfWaiting: RemedyReport.Outcome {
    kind == .operationFailed ? .failed(sentence) : .unknown(sentence)
  }

  /// Whether the operation is over as far as can be known: nothing is left to wait for.
  var endsOperation: Bool {
    switch kind {
    case .operationFailed, .operationExpired, .notFound: true
    default: false
    }
  }

  /// What an error of a read before any action means for it: nothing has happened.
  var outcomeOfReading: RemedyReport.Outcome {
    switch outcomeOfSending {
    case .unknown(let why), .failed(let why): .busy(why)
    case let other: other
    }
  }
}
