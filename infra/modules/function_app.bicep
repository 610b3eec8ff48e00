// The function app on Flex Consumption, with every setting that shared/app/settings.py reads.
//
// CLOCK_FILE, API_PAGE_TOKEN, ALLOW_INSECURE_LOCAL_ENDPOINTS and SIMULATED_DIALOG_ACCESS belong to a local cloud and are left out
// on purpose: the app refuses to start with them in Azure. So are the settings Flex Consumption does not take: the
// worker runtime and version come from functionAppConfig, the number of worker processes is the platform's, time
// zones are ignored, the package comes from the container, and there is no FTP whose state could be set.

import { appSettings as appSettingsOf, names as namesOf, presetValues, storedSecrets, tags as tagsOf } from 'types.bicep'

@description('Names of all resources.')
param names namesOf
@description('Region.')
param location string
@description('Tags.')
param tags tagsOf
@description('Size and number of instances.')
param size presetValues
@description('Whether the app reaches its services through the private network.')
param private bool
@description('Which optional secrets the vault has.')
param has storedSecrets
@description('What the deployment decides about the settings of the app.')
param settings appSettingsOf

var httpPerInstance = 32 // handlers are asynchronous: one instance carries many requests at a time
var secretPrefix = '@Microsoft.KeyVault(SecretUri=https://${names.vault}${environment().suffixes.keyvaultDns}/secrets/'

var bodyLimit = '30000000' // for the host too, which reads a whole body before the app can refuse its caller

resource deployment 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: names.identities.deployment
}

resource triggers 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: names.identities.triggers
}

resource data 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: names.identities.data
}

resource mail 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: names.identities.mail
}

resource packageAccount 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: names.packageAccount
}

resource stateAccount 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: names.stateAccount
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: names.insights
}

resource communication 'Microsoft.Communication/communicationServices@2025-09-01' existing = {
  name: names.communication
}

resource emailService 'Microsoft.Communication/emailServices@2025-09-01' existing = {
  name: names.emailService

  resource domain 'domains' existing = {
    name: names.emailDomain
  }
}

resource network 'Microsoft.Network/virtualNetworks@2025-01-01' existing = {
  name: names.network

  resource subnet 'subnets' existing = {
    name: 'app'
  }
}

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: names.plan
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true, zoneRedundant: size.zoneRedundant }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: names.app
  location: location
  tags: union(tags, { 'azd-service-name': 'api' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${deployment.id}': {}
      '${triggers.id}': {}
      '${data.id}': {}
      '${mail.id}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: data.id
    virtualNetworkSubnetId: private ? network::subnet.id : null
    siteConfig: {
      minTlsVersion: '1.2'
      http20Enabled: true
    }
    functionAppConfig: {
      runtime: { name: 'python', version: '3.13' }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${packageAccount.properties.primaryEndpoints.blob}${names.packageContainer}'
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: deployment.id }
        }
      }
      scaleAndConcurrency: {
        instanceMemoryMB: size.instanceMemoryMB
        maximumInstanceCount: size.maximumInstanceCount
        alwaysReady: size.alwaysReady
        triggers: { http: { perInstanceConcurrency: httpPerInstance } }
      }
    }
  }
}

resource noBasicScm 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: app
  name: 'scm'
  properties: { allow: false }
}

resource noBasicFtp 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: app
  name: 'ftp'
  properties: { allow: false }
}

var baseUri = empty(settings.publicBaseUri) ? 'https://${app.properties.defaultHostName}' : settings.publicBaseUri

resource appSettings 'Microsoft.Web/sites/config@2025-03-01' = {
  parent: app
  name: 'appsettings'
  properties: {
    AzureWebJobsStorage__accountName: names.hostAccount
    AzureWebJobsStorage__credential: 'managedidentity'
    AzureWebJobsStorage__clientId: triggers.properties.clientId
    AzureWebJobsDisableHomepage: 'true'
    FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: bodyLimit
    APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${triggers.properties.clientId};Authorization=AAD'
    AZURE_CLIENT_ID: data.properties.clientId
    ServiceBusConnection__fullyQualifiedNamespace: '${names.serviceBus}.servicebus.windows.net'
    ServiceBusConnection__credential: 'managedidentity'
    ServiceBusConnection__clientId: triggers.properties.clientId
    TableStorageConnection__tableServiceUri: stateAccount.properties.primaryEndpoints.table
    BASE_URI: baseUri
    ID_SECRET: '${secretPrefix}id-secret)'
    ACS_EMAIL_ENDPOINT: 'https://${communication.properties.hostName}'
    ACS_EMAIL_ACCESS_KEY: '' // the identity below sends
    ACS_EMAIL_CLIENT_ID: mail.properties.clientId
    DEFAULT_EMAIL_FROM_ADDRESS: '${settings.emailSenderUsername}@${emailService::domain.properties.fromSenderDomain}'
    DEFAULT_SMS_SENDER: settings.defaultSmsSender
    SMS_GATEWAY_ENDPOINT: settings.smsGatewayEndpoint
    SMS_GATEWAY_USERNAME: '${secretPrefix}sms-gateway-username)'
    SMS_GATEWAY_PASSWORD: '${secretPrefix}sms-gateway-password)'
    SMS_GATEWAY_TIMEOUT_SECONDS: '30'
    SMS_REPORT_USERNAME: '${secretPrefix}sms-report-username)'
    SMS_REPORT_PASSWORD: '${secretPrefix}sms-report-password)'
    SMS_REPORT_FORMER_PASSWORD: has.smsReportFormerPassword ? '${secretPrefix}sms-report-former-password)' : ''
    WEBHOOK_SECRETS_KEY: has.webhookSecretsKey ? '${secretPrefix}webhook-secrets-key)' : ''
    WEBHOOK_SECRETS_FORMER_KEY: has.webhookSecretsFormerKey ? '${secretPrefix}webhook-secrets-former-key)' : ''
    OIDC_WELL_KNOWN_ENDPOINT: settings.oidcWellKnownEndpoint
    TOKEN_ISSUERS: settings.tokenIssuers
    TOKEN_AUDIENCES: settings.tokenAudiences
    JWT_COOKIE_NAME: 'AltinnStudioRuntime'
    PLATFORM_TOKEN_VAULT_URI: settings.platformTokenVaultUri
    PLATFORM_TOKEN_ISSUERS: settings.platformTokenIssuers
    // A reference to a secret that does not exist would reach the app as its own text, and so become a known key.
    METRICS_API_KEY: has.metricsApiKey ? '${secretPrefix}metrics-api-key)' : ''
    PROFILE_ENDPOINT: settings.profileEndpoint
    REGISTER_ENDPOINT: settings.registerEndpoint
    AUTHORIZATION_ENDPOINT: settings.authorizationEndpoint
    AUTHORIZATION_BATCH_SIZE: '500'
    RESOURCE_REGISTRY_ENDPOINT: settings.resourceRegistryEndpoint
    PLATFORM_SUBSCRIPTION_KEY: has.platformSubscriptionKey ? '${secretPrefix}platform-subscription-key)' : ''
    PLATFORM_ACCESS_TOKEN_PFX: has.platformAccessTokenPfx ? '${secretPrefix}platform-access-token-pfx)' : ''
    STALE_CONTACT_CREATORS: settings.staleContactCreators
    CANCELLATION_FEED_CREATORS: settings.cancellationFeedCreators
    MASKINPORTEN_TOKEN_ENDPOINT: settings.maskinportenTokenEndpoint
    MASKINPORTEN_AUDIENCE: settings.maskinportenAudience
    MASKINPORTEN_CLIENT_ID: settings.maskinportenClientId
    MASKINPORTEN_SCOPE: 'altinn:system/notifications.condition.check'
    MASKINPORTEN_ENCODED_JWK: has.maskinportenEncodedJwk ? '${secretPrefix}maskinporten-encoded-jwk)' : ''
    CONDITION_ATTEMPTS: '2'
    CONDITION_RETRY_SECONDS: '60'
    CONDITION_WHEN_INCONCLUSIVE: 'Send'
    CONDITION_TIMEOUT_SECONDS: '10'
    SMS_SEND_WINDOW_START_HOUR: '9'
    SMS_SEND_WINDOW_END_HOUR: '17'
    SMS_SEND_WINDOW_SPREAD_SECONDS: '600'
    EMAIL_LIMIT_PER_MINUTE: string(settings.emailLimitPerMinute)
    EMAIL_LIMIT_PER_HOUR: string(settings.emailLimitPerHour)
    SMS_LIMIT_PER_SECOND: string(settings.smsLimitPerSecond)
    OWNER_ORDERS_PER_MINUTE: string(settings.ownerOrdersPerMinute)
    OWNER_RECIPIENTS_PER_MINUTE: string(settings.ownerRecipientsPerMinute)
    OWNER_PREVIEWS_PER_MINUTE: '60'
    OWNER_PREVIEWED_RECIPIENTS_PER_MINUTE: '10000'
    PRICE_LISTS: settings.priceLists
    STATUS_FEED_MAX_PAGE_SIZE: '500'
    STATUS_FEED_FIRST_NUMBER: '1'
    RELEASE_DUE_SCHEDULE: '*/10 * * * * *'
    REQUEST_BODY_LIMIT_BYTES: bodyLimit
    CONTENT_RETENTION_DAYS: '90'
    METADATA_RETENTION_DAYS: '365'
    RETENTION_SCHEDULE: '0 */2 * * * *'
    METRICS_INTERVAL_SECONDS: '30'
    TRACED_ORDERS_PER_MILLE: '10'
    ENVIRONMENT_NAME: settings.environmentName
    SUPPORT_SEARCH_BY_EMAIL: string(settings.supportSearchByEmail)
    SEND_CONDITION_TEST_HELPER: 'false'
  }
}

@description('Public address of the API.')
output baseUri string = baseUri
