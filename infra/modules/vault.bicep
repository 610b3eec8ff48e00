// Secrets, readable by the code through Key Vault references and by nobody else without a role.

import { names as namesOf, secretValues, tags as tagsOf } from 'types.bicep'

@description('Names of all resources.')
param names namesOf
@description('Region.')
param location string
@description('Tags.')
param tags tagsOf
@description('Whether the vault is reachable through a private endpoint only.')
param private bool
@description('Whether the vault is protected from deletion.')
param locked bool
@description('Key of ids and hashes, or empty to make one up. Used only if the vault has none yet.')
@secure()
param idSecret string
@description('A random key, used where no other is given.')
@secure()
param newIdSecret string = base64('${newGuid()}${newGuid()}')
@description('All other secrets.')
param secrets secretValues

var secretsUser = '4633458b-17de-408a-b874-0445c86b69e6' // Key Vault Secrets User
var storedNames = [
  'sms-gateway-username'
  'sms-gateway-password'
  'sms-report-username'
  'sms-report-password'
  'sms-report-former-password'
  'webhook-secrets-key'
  'webhook-secrets-former-key'
  'metrics-api-key'
  'maskinporten-encoded-jwk'
  'platform-subscription-key'
  'platform-access-token-pfx'
]

resource data 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: names.identities.data
}

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-07-01' existing = {
  name: names.workspace
}

resource vault 'Microsoft.KeyVault/vaults@2026-02-01' = {
  name: names.vault
  location: location
  tags: tags
  properties: {
    tenantId: subscription().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enablePurgeProtection: true
    softDeleteRetentionInDays: 90
    publicNetworkAccess: private ? 'Disabled' : 'Enabled'
    networkAcls: { defaultAction: private ? 'Deny' : 'Allow', bypass: 'AzureServices' }
  }
}

// With another key earlier orders cannot be found, so a later deployment must never replace the first one.
@onlyIfNotExists()
resource idKey 'Microsoft.KeyVault/vaults/secrets@2026-02-01' = {
  parent: vault
  name: 'id-secret'
  properties: { value: empty(idSecret) ? newIdSecret : idSecret }
}

resource stored 'Microsoft.KeyVault/vaults/secrets@2026-02-01' = [
  for name in storedNames: if (!empty(secrets[name])) {
    parent: vault
    name: name
    properties: { value: secrets[name] }
  }
]

resource readsSecrets 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, data.id, secretsUser)
  scope: vault
  properties: {
    principalId: data.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsUser)
  }
}

resource audit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'audit'
  scope: vault
  properties: {
    workspaceId: workspace.id
    logs: [{ category: 'AuditEvent', enabled: true }]
  }
}

resource stays 'Microsoft.Authorization/locks@2020-05-01' = if (locked) {
  name: 'secrets-are-kept'
  scope: vault
  properties: {
    level: 'CanNotDelete'
    notes: 'Orders cannot be found without id-secret. See docs/deployment.md, Delete.'
  }
}
