// One private endpoint for each service that the app uses, and for the undelivered reports, which operators replay.

import { names as namesOf, tags as tagsOf } from 'types.bicep'

@description('Names of all resources.')
param names namesOf
@description('Region.')
param location string
@description('Tags.')
param tags tagsOf

var storageSuffix = environment().suffixes.storage

resource network 'Microsoft.Network/virtualNetworks@2025-01-01' existing = {
  name: names.network

  resource subnet 'subnets' existing = {
    name: 'endpoints'
  }
}

resource host 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: names.hostAccount
}

resource package 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: names.packageAccount
}

resource state 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: names.stateAccount
}

resource namespace 'Microsoft.ServiceBus/namespaces@2026-01-01' existing = {
  name: names.serviceBus
}

resource vault 'Microsoft.KeyVault/vaults@2026-02-01' existing = {
  name: names.vault
}

var services = [
  { name: 'host-blob', id: host.id, part: 'blob', zone: 'privatelink.blob.${storageSuffix}' }
  { name: 'host-table', id: host.id, part: 'table', zone: 'privatelink.table.${storageSuffix}' }
  { name: 'package-blob', id: package.id, part: 'blob', zone: 'privatelink.blob.${storageSuffix}' }
  { name: 'state-blob', id: state.id, part: 'blob', zone: 'privatelink.blob.${storageSuffix}' } // for operators
  { name: 'state-table', id: state.id, part: 'table', zone: 'privatelink.table.${storageSuffix}' }
  { name: 'service-bus', id: namespace.id, part: 'namespace', zone: 'privatelink.servicebus.windows.net' }
  { name: 'vault', id: vault.id, part: 'vault', zone: 'privatelink.vaultcore.azure.net' }
]

resource endpoints 'Microsoft.Network/privateEndpoints@2025-01-01' = [
  for service in services: {
    name: 'pe-${service.name}'
    location: location
    tags: tags
    properties: {
      subnet: { id: network::subnet.id }
      privateLinkServiceConnections: [
        {
          name: service.name
          #disable-next-line use-resource-id-functions // it is the id of a symbol, taken from the list above
          properties: { privateLinkServiceId: service.id, groupIds: [service.part] }
        }
      ]
    }
  }
]

resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' existing = [
  for service in services: {
    name: service.zone
  }
]

resource records 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2025-01-01' = [
  for (service, index) in services: {
    parent: endpoints[index]
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [{ name: service.name, properties: { privateDnsZoneId: zones[index].id } }]
    }
  }
]
