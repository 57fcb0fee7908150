/// The members that recorded answers of the real services hold, written down from the recordings (azure-cli and
/// cloud-custodian test recordings): `properties.vmId`, `[]` for the elements of a list.
enum RecordedMembers {
  /// GET virtualMachines/{n}?$expand=instanceView, 2024-07-01.
  static let machine = members(
    """
    etag id location name properties properties.diagnosticsProfile properties.diagnosticsProfile.bootDiagnostics
    properties.diagnosticsProfile.bootDiagnostics.enabled properties.hardwareProfile
    properties.hardwareProfile.vmSize properties.instanceView properties.instanceView.bootDiagnostics
    properties.instanceView.computerName properties.instanceView.disks properties.instanceView.disks[].name
    properties.instanceView.disks[].statuses properties.instanceView.disks[].statuses[].code
    properties.instanceView.disks[].statuses[].displayStatus properties.instanceView.disks[].statuses[].level
    properties.instanceView.disks[].statuses[].time properties.instanceView.hyperVGeneration
    properties.instanceView.osName properties.instanceView.osVersion properties.instanceView.statuses
    properties.instanceView.statuses[].code properties.instanceView.statuses[].displayStatus
    properties.instanceView.statuses[].level properties.instanceView.statuses[].time
    properties.instanceView.vmAgent properties.instanceView.vmAgent.extensionHandlers
    properties.instanceView.vmAgent.statuses properties.instanceView.vmAgent.statuses[].code
    properties.instanceView.vmAgent.statuses[].displayStatus properties.instanceView.vmAgent.statuses[].level
    properties.instanceView.vmAgent.statuses[].message properties.instanceView.vmAgent.statuses[].time
    properties.instanceView.vmAgent.vmAgentVersion properties.networkProfile
    properties.networkProfile.networkInterfaces properties.networkProfile.networkInterfaces[].id
    properties.osProfile properties.osProfile.adminUsername properties.osProfile.allowExtensionOperations
    properties.osProfile.computerName properties.osProfile.linuxConfiguration
    properties.osProfile.linuxConfiguration.disablePasswordAuthentication
    properties.osProfile.linuxConfiguration.patchSettings
    properties.osProfile.linuxConfiguration.patchSettings.assessmentMode
    properties.osProfile.linuxConfiguration.patchSettings.patchMode
    properties.osProfile.linuxConfiguration.provisionVMAgent properties.osProfile.requireGuestProvisionSignal
    properties.osProfile.secrets properties.provisioningState properties.storageProfile
    properties.storageProfile.dataDisks properties.storageProfile.imageReference
    properties.storageProfile.imageReference.exactVersion properties.storageProfile.imageReference.offer
    properties.storageProfile.imageReference.publisher properties.storageProfile.imageReference.sku
    properties.storageProfile.imageReference.version properties.storageProfile.osDisk
    properties.storageProfile.osDisk.caching properties.storageProfile.osDisk.createOption
    properties.storageProfile.osDisk.deleteOption properties.storageProfile.osDisk.diskSizeGB
    properties.storageProfile.osDisk.managedDisk properties.storageProfile.osDisk.managedDisk.id
    properties.storageProfile.osDisk.managedDisk.storageAccountType properties.storageProfile.osDisk.name
    properties.storageProfile.osDisk.osType properties.timeCreated properties.vmId tags type
    """)

  /// GET locations/{l}/operations/{id}, 2022-11-01.
  static let operation = members(
    """
    endTime name startTime status
    """)

  /// the same of a runCommand, 2024-07-01.
  static let scriptOperation = members(
    """
    endTime name properties properties.output properties.output.value properties.output.value[].code
    properties.output.value[].displayStatus properties.output.value[].level properties.output.value[].message
    startTime status
    """)

  /// GET networkInterfaces/{n} of a VM, 2021-02-01.
  static let card = members(
    """
    etag id location name properties properties.dnsSettings properties.dnsSettings.appliedDnsServers
    properties.dnsSettings.dnsServers properties.dnsSettings.internalDomainNameSuffix
    properties.enableAcceleratedNetworking properties.enableIPForwarding properties.hostedWorkloads
    properties.ipConfigurations properties.ipConfigurations[].etag properties.ipConfigurations[].id
    properties.ipConfigurations[].name properties.ipConfigurations[].properties
    properties.ipConfigurations[].properties.primary properties.ipConfigurations[].properties.privateIPAddress
    properties.ipConfigurations[].properties.privateIPAddressVersion
    properties.ipConfigurations[].properties.privateIPAllocationMethod
    properties.ipConfigurations[].properties.provisioningState
    properties.ipConfigurations[].properties.publicIPAddress
    properties.ipConfigurations[].properties.publicIPAddress.id properties.ipConfigurations[].properties.subnet
    properties.ipConfigurations[].properties.subnet.id properties.ipConfigurations[].type properties.macAddress
    properties.nicType properties.primary properties.provisioningState properties.resourceGuid
    properties.tapConfigurations properties.virtualMachine properties.virtualMachine.id type
    """)

  /// GET runCommands/{c}?$expand=instanceView, 2024-07-01.
  static let command = members(
    """
    id location name properties properties.asyncExecution properties.instanceView
    properties.instanceView.endTime properties.instanceView.error properties.instanceView.executionMessage
    properties.instanceView.executionState properties.instanceView.exitCode properties.instanceView.output
    properties.instanceView.startTime properties.provisioningState properties.source properties.source.script
    properties.timeoutInSeconds type
    """)

  /// POST retrieveBootDiagnosticsData, 2024-07-01.
  static let links = members(
    """
    consoleScreenshotBlobUri serialConsoleLogBlobUri
    """)

  /// GET Microsoft.Insights/metrics, 2018-01-01.
  static let metrics = members(
    """
    cost interval namespace resourceregion timespan value value[].displayDescription value[].errorCode
    value[].id value[].name value[].name.localizedValue value[].name.value value[].timeseries
    value[].timeseries[].data value[].timeseries[].data[].timeStamp value[].timeseries[].metadatavalues
    value[].type value[].unit
    """)

  /// GET publicIPAddresses/{n}, 2022-11-01.
  static let publicAddress = members(
    """
    etag id location name properties properties.ddosSettings properties.ddosSettings.protectionMode
    properties.dnsSettings properties.dnsSettings.domainNameLabel properties.dnsSettings.fqdn
    properties.idleTimeoutInMinutes properties.ipAddress properties.ipTags properties.provisioningState
    properties.publicIPAddressVersion properties.publicIPAllocationMethod properties.resourceGuid sku sku.name
    sku.tier tags tags.foo type
    """)

  /// POST Microsoft.ResourceGraph/resources, 2021-03-01.
  static let graphPage = members(
    """
    $skipToken count data data[].id facets resultTruncated totalRecords
    """)

  /// the same, refused with 400.
  static let graphError = members(
    """
    error error.code error.details error.details[].characterPositionInLine error.details[].code
    error.details[].expectedToken error.details[].line error.details[].message error.details[].token
    error.message
    """)

  /// PUT extensions/VMAccessForLinux, 2024-07-01.
  static let extensionMade = members(
    """
    id location name properties properties.autoUpgradeMinorVersion properties.enableAutomaticUpgrade
    properties.forceUpdateTag properties.provisioningState properties.publisher properties.type
    properties.typeHandlerVersion type
    """)

  private static func members(_ text: String) -> Set<String> {
    Set(text.split { $0 == " " || $0 == "\n" }.map(String.init))
  }
}
