// Secrets, readable by the app through Key Vault references and by nobody else without a role.

@description('Name of the vault.')
@maxLength(24)
param name string
@description('Region.')
param location string
@description('Tags.')
param tags object
@description('Principal that reads the secrets.')
param principalId string
@description('Key of ids and hashes.')
@secure()
param idSecret string
@description('Account at the SMS gateway.')
@secure()
param smsGatewayUsername string
@description('Password of that account.')
@secure()
param smsGatewayPassword string
@description('User name of SMS delivery reports.')
@secure()
param smsReportUsername string
@description('Password of SMS delivery reports.')
@secure()
param smsReportPassword string
@description('Key of the metrics endpoints, or empty.')
@secure()
param metricsApiKey string
@description('Private key of the Maskinporten client, or empty.')
@secure()
param maskinportenEncodedJwk string
@description('Subscription key of the platform services, or empty.')
@secure()
param platformSubscriptionKey string
@description('Base64 of the certificate that signs platform access tokens, or empty.')
@secure()
param platformAccessTokenPfx string

var secretsUser = '4633458b-17de-408a-b874-0445c86b69e6' // Key Vault Secrets User

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: subscription().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enablePurgeProtection: true
    softDeleteRetentionInDays: 90
  }
}

resource idKey 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = {
  parent: vault
  name: 'id-secret'
  properties: { value: idSecret }
}

resource gatewayUsername 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = {
  parent: vault
  name: 'sms-gateway-username'
  properties: { value: smsGatewayUsername }
}

resource gatewayPassword 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = {
  parent: vault
  name: 'sms-gateway-password'
  properties: { value: smsGatewayPassword }
}

resource reportUsername 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = {
  parent: vault
  name: 'sms-report-username'
  properties: { value: smsReportUsername }
}

resource reportPassword 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = {
  parent: vault
  name: 'sms-report-password'
  properties: { value: smsReportPassword }
}

resource metricsKey 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = if (!empty(metricsApiKey)) {
  parent: vault
  name: 'metrics-api-key'
  properties: { value: metricsApiKey }
}

resource maskinportenKey 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = if (!empty(maskinportenEncodedJwk)) {
  parent: vault
  name: 'maskinporten-encoded-jwk'
  properties: { value: maskinportenEncodedJwk }
}

resource subscriptionKey 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = if (!empty(platformSubscriptionKey)) {
  parent: vault
  name: 'platform-subscription-key'
  properties: { value: platformSubscriptionKey }
}

resource accessTokenPfx 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = if (!empty(platformAccessTokenPfx)) {
  parent: vault
  name: 'platform-access-token-pfx'
  properties: { value: platformAccessTokenPfx }
}

resource readsSecrets 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, principalId, secretsUser)
  scope: vault
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsUser)
  }
}

@description('Address of the vault, ending with a slash.')
output uri string = vault.properties.vaultUri
