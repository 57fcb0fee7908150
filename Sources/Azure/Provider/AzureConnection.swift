import Autopilot
import FleetModel

/// How this process comes to Azure.
package enum AzureConnection {
  package static func caller(
    environment: [String: String], tenant: String?, subscription: String?, clock: any EngineClock
  ) -> any ARMCaller {
    DiscoveringCaller { .failure(AzureError(kind: .unreachable, sentence: "not connected")) }
  }
}
