// Service Bus: transport between the steps. Queues and their policy are declared once, in queues.json.

import { names as namesOf, tags as tagsOf } from 'types.bicep'

@description('Names of all resources.')
param names namesOf
@description('Region.')
param location string
@description('Tags.')
param tags tagsOf
@description('Tier. It cannot be changed in place, so the name of the namespace depends on it.')
param tier 'Standard' | 'Premium'
@description('Messaging units; counts in the tier Premium only.')
param units int
@description('Whether the platform may read queue lengths, for faster scaling: makes the host owner of each queue.')
param efficientScaling bool
@description('Whether the namespace is reachable through a private endpoint only; needs Premium.')
param private bool
@description('Whether the namespace is protected from deletion.')
param locked bool

var declaration = loadJsonContent('../queues.json')
var dataOwner = '090c5cfd-751d-490a-894a-3ce6f1109419' // Azure Service Bus Data Owner; no other tells queue lengths
var dataReceiver = '4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0' // Azure Service Bus Data Receiver
var dataSender = '69a216fc-b8fb-44d8-bc22-1f3c2cd27a39' // Azure Service Bus Data Sender
var ofHost = efficientScaling ? dataOwner : dataReceiver
var audited = tier == 'Premium'
  ? ['OperationalLogs', 'RuntimeAuditLogs', 'VNetAndIPFilteringLogs']
  : ['OperationalLogs']

resource triggers 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: names.identities.triggers
}

resource data 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: names.identities.data
}

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-07-01' existing = {
  name: names.workspace
}

resource namespace 'Microsoft.ServiceBus/namespaces@2026-01-01' = {
  name: names.serviceBus
  location: location
  tags: tags
  sku: { name: tier, tier: tier, capacity: tier == 'Premium' ? units : null }
  properties: {
    disableLocalAuth: true
    minimumTlsVersion: '1.2'
    publicNetworkAccess: 'Enabled' // the rules below shut everything out but Event Grid, if it is private
  }
}

resource rules 'Microsoft.ServiceBus/namespaces/networkRuleSets@2026-01-01' = if (private) {
  parent: namespace
  name: 'default'
  properties: {
    publicNetworkAccess: 'Enabled'
    defaultAction: 'Deny'
    trustedServiceAccessEnabled: true
  }
}

resource queues 'Microsoft.ServiceBus/namespaces/queues@2026-01-01' = [
  for queue in declaration.queues: {
    parent: namespace
    name: queue.name
    properties: {
      lockDuration: queue.lockDuration
      maxDeliveryCount: queue.maxDeliveryCount
      defaultMessageTimeToLive: queue.defaultMessageTimeToLive
      deadLetteringOnMessageExpiration: queue.deadLetteringOnMessageExpiration
      requiresDuplicateDetection: queue.requiresDuplicateDetection
      duplicateDetectionHistoryTimeWindow: queue.duplicateDetectionHistoryTimeWindow
      maxSizeInMegabytes: queue.maxSizeInMegabytes
    }
  }
]

// Roles are given on queues, not on the namespace: nobody can make or remove queues.
resource receives 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (queue, index) in declaration.queues: {
    name: guid(queues[index].id, triggers.id, ofHost)
    scope: queues[index]
    properties: {
      principalId: triggers.properties.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', ofHost)
    }
  }
]

resource sends 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (queue, index) in declaration.queues: {
    name: guid(queues[index].id, data.id, dataSender)
    scope: queues[index]
    properties: {
      principalId: data.properties.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', dataSender)
    }
  }
]

// The code looks into queues without taking messages, to see how far they have come.
resource looks 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (queue, index) in declaration.queues: {
    name: guid(queues[index].id, data.id, dataReceiver)
    scope: queues[index]
    properties: {
      principalId: data.properties.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', dataReceiver)
    }
  }
]

resource audit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'audit'
  scope: namespace
  properties: {
    workspaceId: workspace.id
    logs: [for category in audited: { category: category, enabled: true }]
  }
}

resource stays 'Microsoft.Authorization/locks@2020-05-01' = if (locked) {
  name: 'messages-are-kept'
  scope: namespace
  properties: { level: 'CanNotDelete', notes: 'The queues hold work under way. See docs/deployment.md, Delete.' }
}
