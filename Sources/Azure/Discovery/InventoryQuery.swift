import FoundationEssentials
import HTTPTypes

/// The Resource Graph query of the fleet view and its pages (Resource Graph api-version 2021-03-01).
///
/// Columns: `id name resourceGroup subscriptionId location type ps privateIp publicIp os size prov tags vmId
/// adminUser subnet zone priority managedBy vmss diskPlace`. Rows are in the order of their ids, which Resource Graph needs to
/// page at all.
package enum InventoryQuery {
  /// The most rows that Resource Graph gives at once.
  package static let pageSize = 1000
  static let version = "2021-03-01"

  /// The virtual machines.
  package static func machines(_ scope: AzureScope) -> String {
    """
    resources | where type =~ 'microsoft.compute/virtualmachines'\(filter(scope))
    | extend ps=tostring(properties.extended.instanceView.powerState.code), nic=tolower(tostring(properties.networkProfile.networkInterfaces[0].id))
    | join kind=leftouter (resources | where type =~ 'microsoft.network/networkinterfaces' | mv-expand ic=properties.ipConfigurations | where tobool(coalesce(tobool(ic.properties.primary), true)) | project nic=tolower(id), privateIp=tostring(ic.properties.privateIPAddress), subnet=tolower(tostring(ic.properties.subnet.id)), pip=tolower(tostring(ic.properties.publicIPAddress.id))) on nic
    | join kind=leftouter (resources | where type =~ 'microsoft.network/publicipaddresses' | project pip=tolower(id), publicIp=tostring(properties.ipAddress)) on pip
    | project id, name, resourceGroup, subscriptionId, location, type, ps, privateIp, publicIp, os=tostring(properties.storageProfile.osDisk.osType), size=tostring(properties.hardwareProfile.vmSize), prov=tostring(properties.provisioningState), tags, vmId=tostring(properties.vmId), adminUser=tostring(properties.osProfile.adminUsername), subnet, zone=tostring(zones[0]), priority=tostring(properties.priority), managedBy=tostring(managedBy), vmss=tostring(properties.virtualMachineScaleSet.id), diskPlace=tostring(properties.storageProfile.osDisk.diffDiskSettings.option)
    | sort by id asc
    """
  }

  /// Instances of scale sets (uniform orchestration; flexible ones are virtual machines already).
  package static func scaleSetInstances(_ scope: AzureScope) -> String {
    """
    computeresources | where type =~ 'microsoft.compute/virtualmachinescalesets/virtualmachines'\(filter(scope))
    | project id, name, resourceGroup, subscriptionId, location, type, ps=tostring(properties.extended.instanceView.powerState.code), os=tostring(properties.storageProfile.osDisk.osType), size=tostring(sku.name), prov=tostring(properties.provisioningState), tags, vmId=tostring(properties.vmId), adminUser=tostring(properties.osProfile.adminUsername), priority=tostring(properties.priority), diskPlace=tostring(properties.storageProfile.osDisk.diffDiskSettings.option)
    | sort by id asc
    """
  }

  /// Machines that Azure Arc knows.
  package static func arcMachines(_ scope: AzureScope) -> String {
    """
    resources | where type =~ 'microsoft.hybridcompute/machines'\(filter(scope))
    | project id, name, resourceGroup, subscriptionId, location, type, ps=iff(properties.status =~ 'Connected', 'PowerState/running', ''), os=tostring(properties.osType), prov=tostring(properties.provisioningState), tags, vmId=tostring(properties.vmId)
    | sort by id asc
    """
  }

  private static func filter(_ scope: AzureScope) -> String {
    (scope.resourceGroup.map { " | where resourceGroup =~ \(quoted($0))" } ?? "")
      + (scope.region.map { " | where location =~ \(quoted($0))" } ?? "")
  }

  /// A text as the query language quotes it.
  static func quoted(_ text: String) -> String {
    "'" + text.map { $0 == "'" || $0 == "\\" ? "\\\($0)" : String($0) }.joined() + "'"
  }

  /// One page.
  /// - Parameter skipToken: of the page before; nil: the first.
  package static func request(_ query: String, scope: AzureScope, skipToken: String?) -> ARMRequest {
    struct Body: Encodable {
      struct Options: Encodable {
        var resultFormat = "objectArray"
        var top = InventoryQuery.pageSize
        var skipToken: String?
        enum CodingKeys: String, CodingKey {
          case resultFormat
          case top = "$top"
          case skipToken = "$skipToken"
        }
      }
      var subscriptions: [String]?
      var managementGroups: [String]?
      var query: String
      var options: Options
    }
    let body = Body(
      subscriptions: scope.managementGroups.isEmpty && !scope.subscriptions.isEmpty ? scope.subscriptions : nil,
      managementGroups: scope.managementGroups.isEmpty ? nil : scope.managementGroups, query: query,
      options: .init(skipToken: skipToken))
    return ARMRequest(
      .post, "/providers/Microsoft.ResourceGraph/resources", version: version, body: JSONText.bytes(body),
      isRead: true)
  }
}

/// One page of Resource Graph's answer: in the form `objectArray`, or the table of older api-versions (recorded).
struct InventoryPage: Decodable {
  var data: [InventoryRow]
  var skipToken: String?

  private enum CodingKeys: String, CodingKey {
    case data
    case skipToken = "$skipToken"
  }
  private struct Table: Decodable {
    struct Column: Decodable { var name: String }
    var columns: [Column]
    var rows: [[JSONTree]]
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    skipToken = try container.decodeIfPresent(String.self, forKey: .skipToken)
    guard let table = try? container.decode(Table.self, forKey: .data) else {
      data = try container.decode([InventoryRow].self, forKey: .data)
      return
    }
    let names = table.columns.map(\.name)
    let objects = table.rows.map { JSONTree.object(Dictionary(zip(names, $0)) { first, _ in first }) }
    data = try JSONDecoder().decode([InventoryRow].self, from: Data(JSONText.bytes(objects)))
  }
}
