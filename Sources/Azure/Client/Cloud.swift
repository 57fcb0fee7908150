/// An Azure cloud: where its services are.
package struct Cloud: Hashable, Sendable {
  package var name: String
  /// The Resource Manager's base URL, without a slash at its end.
  package var resourceManager: String
  /// Where tokens are asked for, without a slash at its end.
  package var authority: String
  /// The Resource Manager's token audience, without `/.default`.
  package var audience: String
  /// The host suffix of the metrics data plane (`metrics.monitor.azure.com`); empty: the cloud has none.
  package var metricsSuffix: String

  package init(name: String, resourceManager: String, authority: String, audience: String, metricsSuffix: String) {
    self.name = name
    self.resourceManager = resourceManager
    self.authority = authority
    self.audience = audience
    self.metricsSuffix = metricsSuffix
  }

  /// Azure's own clouds; endpoints as in azure-cli 2.91.
  package static let publicCloud = Cloud(
    name: "AzureCloud", resourceManager: "https://management.azure.com",
    authority: "https://login.microsoftonline.com", audience: "https://management.azure.com",
    metricsSuffix: "metrics.monitor.azure.com")
  package static let usGovernment = Cloud(
    name: "AzureUSGovernment", resourceManager: "https://management.usgovcloudapi.net",
    authority: "https://login.microsoftonline.us", audience: "https://management.usgovcloudapi.net",
    metricsSuffix: "metrics.monitor.azure.us")
  package static let china = Cloud(
    name: "AzureChinaCloud", resourceManager: "https://management.chinacloudapi.cn",
    authority: "https://login.chinacloudapi.cn", audience: "https://management.chinacloudapi.cn",
    metricsSuffix: "metrics.monitor.azure.cn")

  package static let all = [publicCloud, usGovernment, china]
}
