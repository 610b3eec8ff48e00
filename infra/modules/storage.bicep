// Three accounts: one for the Functions host, one for the package, one for the tables, which hold the orders.
//
// The host owns the blobs of its account, so the package is in another one: what runs cannot change its own code.
// Limits of storage are per account, so the tables share theirs with nothing busy.

import { names as namesOf, storageSku, tags as tagsOf } from 'types.bicep'

@description('Names of all resources.')
param names namesOf
@description('Region.')
param location string
@description('Tags.')
param tags tagsOf
@description('Redundancy.')
param sku storageSku
@description('Whether the accounts are reachable through private endpoints only.')
param private bool
@description('Whether the account with the tables is protected from deletion.')
param locked bool

var blobDataOwner = 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b' // Storage Blob Data Owner, which the Functions host asks for
var blobDataContributor = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe' // Storage Blob Data Contributor
var tableDataContributor = '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3' // Storage Table Data Contributor
var declaration = loadJsonContent('../tables.json')
var closed = {
  allowSharedKeyAccess: false
  allowBlobPublicAccess: false
  allowCrossTenantReplication: false
  defaultToOAuthAuthentication: true
  minimumTlsVersion: 'TLS1_2'
  supportsHttpsTrafficOnly: true
}
var unreachable = {
  publicNetworkAccess: private ? 'Disabled' : 'Enabled'
  networkAcls: { defaultAction: private ? 'Deny' : 'Allow', bypass: 'None' }
}
// Event Grid has no private endpoint: it stores what it cannot deliver as a trusted service of Azure.
var reachableForEventGrid = {
  publicNetworkAccess: 'Enabled'
  networkAcls: { defaultAction: private ? 'Deny' : 'Allow', bypass: 'AzureServices' }
}

resource deployment 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: names.identities.deployment
}

resource triggers 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: names.identities.triggers
}

resource data 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: names.identities.data
}

resource host 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: names.hostAccount
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: sku }
  properties: union(closed, unreachable)
}

resource package 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: names.packageAccount
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: sku }
  properties: union(closed, unreachable)
}

resource packageBlobs 'Microsoft.Storage/storageAccounts/blobServices@2025-06-01' = {
  parent: package
  name: 'default'
}

resource packageContainer 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' = {
  parent: packageBlobs
  name: names.packageContainer
}

resource state 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: names.stateAccount
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: sku }
  properties: union(closed, reachableForEventGrid)
}

resource stateBlobs 'Microsoft.Storage/storageAccounts/blobServices@2025-06-01' = {
  parent: state
  name: 'default'
}

resource undelivered 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' = {
  parent: stateBlobs
  name: names.undeliveredContainer
}

// Reports that could not be handed over hold e-mail addresses, so they do not stay for ever.
resource expiry 'Microsoft.Storage/storageAccounts/managementPolicies@2025-06-01' = {
  parent: state
  name: 'default'
  properties: {
    policy: {
      rules: [
        {
          name: 'expire-undelivered-reports'
          type: 'Lifecycle'
          definition: {
            filters: { blobTypes: ['blockBlob'], prefixMatch: [names.undeliveredContainer] }
            actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: 30 } } }
          }
        }
      ]
    }
  }
  dependsOn: [undelivered]
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

resource stays 'Microsoft.Authorization/locks@2020-05-01' = if (locked) {
  name: 'orders-are-kept'
  scope: state
  properties: { level: 'CanNotDelete', notes: 'The tables hold every order. See docs/deployment.md, Delete.' }
}

resource writesPackage 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(packageContainer.id, deployment.id, blobDataContributor)
  scope: packageContainer
  properties: {
    principalId: deployment.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDataContributor)
  }
}

resource ownsHostBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(host.id, triggers.id, blobDataOwner)
  scope: host
  properties: {
    principalId: triggers.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDataOwner)
  }
}

// The host keeps its diagnostic events in a table of its own account.
resource writesHostTables 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(host.id, triggers.id, tableDataContributor)
  scope: host
  properties: {
    principalId: triggers.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', tableDataContributor)
  }
}

resource writesStateTables 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(state.id, data.id, tableDataContributor)
  scope: state
  properties: {
    principalId: data.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', tableDataContributor)
  }
}
