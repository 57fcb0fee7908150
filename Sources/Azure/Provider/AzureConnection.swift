import Autopilot
import FleetModel

/// How this process comes to Azure.
package enum AzureConnection {
  /// A caller of the Resource Manager that looks its cloud up, and finds an identity, with its first call.
  /// - Parameters:
  ///   - environment: `AZLIN_ARM_ENDPOINT`, `AZLIN_CA_FILE`, `AZURE_…`, proxies.
  ///   - cloud: `AzureCloud`, `AzureUSGovernment`, …; nil: the public one.
  ///   - log: hears one line a try; never a token, a query or a body.
  package static func caller(
    environment: [String: String], cloud: String?, tenant: String?, subscription: String?, clock: any EngineClock,
    log: (@Sendable (String) -> Void)? = nil
  ) -> any ARMCaller {
    DiscoveringCaller {
      do throws(AzureError) {
        let transport = try AsyncHTTPTransport(environment: environment)
        let found = try await CloudDiscovery.cloud(environment: environment, name: cloud, transport: transport)
        let tokens = Credentials.standard(
          environment: environment, cloud: found, tenant: tenant, subscription: subscription, transport: transport,
          clock: clock)
        return .success(ARMClient(cloud: found, transport: transport, tokens: tokens, clock: clock, log: log))
      } catch {
        return .failure(error)
      }
    }
  }
}
