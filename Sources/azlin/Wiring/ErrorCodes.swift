import Dashboard
import FleetModel
import Hosts
import Journal

/// The exit codes of the errors that other targets throw.
enum ErrorCodes {
  /// nil: not one of ours.
  static func code(of error: any Error) -> Int32? {
    switch error {
    case is JournalError, is InventoryError, is ThemeError: ExitStatus.configuration
    default: nil
    }
  }
}
