// GET /metadata/endpoints: where a client finds the rest of a cloud.
extension ARMSimulator {
  func metadata(_ call: ARMCall) -> JSON {
    let base = call.base
    let audiences: JSON = ["https://management.core.windows.net/", "https://management.azure.com/"]
    let login: JSON = [
      "loginEndpoint": .string(base + "/"), "audiences": audiences, "tenant": "common", "identityProvider": "AAD",
    ]
    let version = call.version
    if version < "2018" {
      return [
        "galleryEndpoint": .string(base), "graphEndpoint": "https://graph.windows.net/",
        "portalEndpoint": .string(base),
        "authentication": ["loginEndpoint": .string(base + "/"), "audiences": audiences],
      ]
    }
    let cloud: JSON = [
      "portal": .string(base), "authentication": login, "media": "https://rest.media.azure.net",
      "graphAudience": "https://graph.windows.net/", "graph": "https://graph.windows.net/", "name": "AzlinSimulator",
      "suffixes": [
        "azureDataLakeStoreFileSystem": "azuredatalakestore.net", "acrLoginServer": "azurecr.io",
        "sqlServerHostname": "database.windows.net", "keyVaultDns": "vault.azure.net", "storage": "core.windows.net",
        "azureDataLakeAnalyticsCatalogAndJob": "azuredatalakeanalytics.net",
        "storageSyncEndpointSuffix": "afs.azure.net", "mhsmDns": "managedhsm.azure.net",
        "azureFrontDoorEndpointSuffix": "azurefd.net", "mysqlServerEndpoint": "mysql.database.azure.com",
        "postgresqlServerEndpoint": "postgres.database.azure.com",
        "mariadbServerEndpoint": "mariadb.database.azure.com",
        "synapseAnalytics": "dev.azuresynapse.net",
      ], "batch": "https://batch.core.windows.net/", "resourceManager": .string(base + "/"),
      "vmImageAliasDoc": .string(base + "/aliases.json"),
      "activeDirectoryDataLake": "https://datalake.azure.net/",
      "sqlManagement": "https://management.core.windows.net:8443/",
      "microsoftGraphResourceId": "https://graph.microsoft.com/",
      "appInsightsResourceId": "https://api.applicationinsights.io",
      "appInsightsTelemetryChannelResourceId": "https://dc.applicationinsights.azure.com/v2/track",
      "attestationResourceId": "https://attest.azure.net", "synapseAnalyticsResourceId": "https://dev.azuresynapse.net",
      "logAnalyticsResourceId": "https://api.loganalytics.io",
      "ossrDbmsResourceId": "https://ossrdbms-aad.database.windows.net",
    ]
    return version >= "2022-09-01" ? cloud : [cloud]
  }
}
