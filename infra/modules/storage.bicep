// Two accounts, because limits are per account: one for the Functions host, one for the tables, our truth.

@description('Unique part of resource names.')
param token string
@description('Region.')
param location string
@description('Tags.')
param tags object
@description('Redundancy.')
param sku string
@description('Principal of the app.')
param principalId string

var blobDataOwner = 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b' // Storage Blob Data Owner
var tableDataContributor = '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3' // Storage Table Data Contributor
var packageContainer = 'app-package'
var undeliveredContainer = 'undelivered-reports'
var declaration = loadJsonContent('../tables.json')
var closed = {
  allowSharedKeyAccess: false
  allowBlobPublicAccess: false
  allowCrossTenantReplication: false
  defaultToOAuthAuthentication: true
  minimumTlsVersion: 'TLS1_2'
  supportsHttpsTrafficOnly: true
}

resource host 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: 'sthost${token}'
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: sku }
  properties: closed
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2025-06-01' = {
  parent: host
  name: 'default'
}

resource containers 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' = [
  for name in [packageContainer, undeliveredContainer]: {
    parent: blobs
    name: name
  }
]

// Reports that could not be handed over hold e-mail addresses, so they do not stay for ever.
resource expiry 'Microsoft.Storage/storageAccounts/managementPolicies@2025-06-01' = {
  parent: host
  name: 'default'
  properties: {
    policy: {
      rules: [
        {
          name: 'expire-undelivered-reports'
          type: 'Lifecycle'
          definition: {
            filters: { blobTypes: ['blockBlob'], prefixMatch: [undeliveredContainer] }
            actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: 30 } } }
          }
        }
      ]
    }
  }
  dependsOn: [containers]
}

resource state 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: 'ststate${token}'
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: sku }
  properties: closed
}

resource tableService 'Microsoft.Storage/storageAccounts/tableServices@2025-06-01' = {
  parent: state
  name: 'default'
}

resource tables 'Microsoft.Storage/storageAccounts/tableServices/tables@2025-06-01' = [
  for name in declaration.tables: {
    parent: tableService
    name: name
  }
]

resource ownsHostBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(host.id, principalId, blobDataOwner)
  scope: host
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDataOwner)
  }
}

// The host keeps its diagnostic events in a table of its own account.
resource writesHostTables 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(host.id, principalId, tableDataContributor)
  scope: host
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', tableDataContributor)
  }
}

resource writesStateTables 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(state.id, principalId, tableDataContributor)
  scope: state
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', tableDataContributor)
  }
}

@description('Account of the Functions host.')
output hostAccountName string = host.name
@description('Container the code is deployed to.')
output packageContainerUri string = '${host.properties.primaryEndpoints.blob}${packageContainer}'
@description('Container for delivery reports that no queue took.')
output undeliveredContainerName string = undeliveredContainer
@description('Address of the tables.')
output tableServiceUri string = state.properties.primaryEndpoints.table
