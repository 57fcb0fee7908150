import Azure
import Dashboard
import FleetConfiguration
import FleetModel
import Hosts
import Journal

/// The exit codes of the errors that other targets throw.
enum ErrorCodes {
  /// nil: not one of ours.
  static func code(of error: any Error) -> Int32? {
    switch error {
    case let error as AzureError: azure(error.kind)
    case is AzlinConfigurationError: ExitStatus.configuration
    case JournalError.notPermitted: ExitStatus.permission
    case JournalError.noEngine, JournalError.noAnswer: ExitStatus.unavailable
    case let error as ConfigurationError where error.isForbidden: ExitStatus.permission
    case EngineLock.Refusal.unusable: ExitStatus.permission
    case is JournalError, is InventoryError, is ThemeError, is ConfigurationError: ExitStatus.configuration
    case is EngineLock.Refusal: ExitStatus.unavailable
    default: nil
    }
  }

  private static func azure(_ kind: AzureError.Kind) -> Int32 {
    switch kind {
    case .credentials, .unauthorized, .forbidden: ExitStatus.permission
    default: ExitStatus.unavailable
    }
  }
}
