// The function app on Flex Consumption, with every setting that shared/app/settings.py reads.
//
// CLOCK_FILE, ALLOW_INSECURE_LOCAL_ENDPOINTS and SIMULATED_DIALOG_ACCESS belong to a local cloud and are left out
// on purpose: the app refuses to start with them in Azure. So are the settings Flex Consumption does not take: the
// worker runtime and version come from functionAppConfig, the number of worker processes is the platform's, time
// zones are ignored, the package comes from the container, and there is no FTP whose state could be set.

@description('Unique part of resource names.')
param token string
@description('Region.')
param location string
@description('Tags.')
param tags object
@description('Resource id of the app\'s identity.')
param identityId string
@description('Client id of the app\'s identity.')
param identityClientId string
@description('Storage account of the Functions host.')
param hostAccountName string
@description('Container the code is deployed to.')
param packageContainerUri string
@description('Address of the tables.')
param tableServiceUri string
@description('Host name of the Service Bus namespace.')
param serviceBusHost string
@description('Address of the vault, ending with a slash.')
param vaultUri string
@description('Whether the vault has a key of the metrics endpoints.')
param hasMetricsApiKey bool
@description('Whether the vault has a key of the Maskinporten client.')
param hasMaskinportenKey bool
@description('Whether the vault has a subscription key of the platform services.')
param hasPlatformSubscriptionKey bool
@description('Whether the vault has a certificate that signs platform access tokens.')
param hasPlatformAccessTokenPfx bool
@description('Where telemetry is sent.')
param telemetryConnectionString string
@description('Instances kept warm: name of the function group and instanceCount.')
param alwaysReady array
@description('Most instances at a time.')
param maximumInstanceCount int
@description('Memory per instance in MB.')
param instanceMemoryMB int
@description('What the deployment decides about the settings of the app.')
param settings {
  publicBaseUri: string
  emailEndpoint: string
  emailFromAddress: string
  defaultSmsSender: string
  smsGatewayEndpoint: string
  oidcWellKnownEndpoint: string
  tokenIssuers: string
  tokenAudiences: string
  platformTokenVaultUri: string
  platformTokenIssuers: string
  profileEndpoint: string
  registerEndpoint: string
  authorizationEndpoint: string
  resourceRegistryEndpoint: string
  staleContactCreators: string
  cancellationFeedCreators: string
  maskinportenClientId: string
  maskinportenTokenEndpoint: string
  maskinportenAudience: string
  environmentName: string
}

var httpPerInstance = 32 // handlers are asynchronous: one instance carries many requests at a time
var secretPrefix = '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/'

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: 'plan-notifications-${token}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: 'func-notifications-${token}'
  location: location
  tags: union(tags, { 'azd-service-name': 'api' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identityId
    siteConfig: {
      minTlsVersion: '1.2'
      http20Enabled: true
    }
    functionAppConfig: {
      runtime: { name: 'python', version: '3.13' }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageContainerUri
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identityId }
        }
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: alwaysReady
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
    AzureWebJobsStorage__accountName: hostAccountName
    AzureWebJobsStorage__credential: 'managedidentity'
    AzureWebJobsStorage__clientId: identityClientId
    AzureWebJobsDisableHomepage: 'true'
    APPLICATIONINSIGHTS_CONNECTION_STRING: telemetryConnectionString
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
    AZURE_CLIENT_ID: identityClientId
    ServiceBusConnection__fullyQualifiedNamespace: serviceBusHost
    ServiceBusConnection__credential: 'managedidentity'
    ServiceBusConnection__clientId: identityClientId
    TableStorageConnection__tableServiceUri: tableServiceUri
    BASE_URI: baseUri
    ID_SECRET: '${secretPrefix}id-secret)'
    ACS_EMAIL_ENDPOINT: settings.emailEndpoint
    ACS_EMAIL_ACCESS_KEY: '' // the managed identity sends
    DEFAULT_EMAIL_FROM_ADDRESS: settings.emailFromAddress
    DEFAULT_SMS_SENDER: settings.defaultSmsSender
    SMS_GATEWAY_ENDPOINT: settings.smsGatewayEndpoint
    SMS_GATEWAY_USERNAME: '${secretPrefix}sms-gateway-username)'
    SMS_GATEWAY_PASSWORD: '${secretPrefix}sms-gateway-password)'
    SMS_GATEWAY_TIMEOUT_SECONDS: '30'
    SMS_REPORT_USERNAME: '${secretPrefix}sms-report-username)'
    SMS_REPORT_PASSWORD: '${secretPrefix}sms-report-password)'
    OIDC_WELL_KNOWN_ENDPOINT: settings.oidcWellKnownEndpoint
    TOKEN_ISSUERS: settings.tokenIssuers
    TOKEN_AUDIENCES: settings.tokenAudiences
    JWT_COOKIE_NAME: 'AltinnStudioRuntime'
    PLATFORM_TOKEN_VAULT_URI: settings.platformTokenVaultUri
    PLATFORM_TOKEN_ISSUERS: settings.platformTokenIssuers
    // A reference to a secret that does not exist would reach the app as its own text, and so become a known key.
    METRICS_API_KEY: hasMetricsApiKey ? '${secretPrefix}metrics-api-key)' : ''
    PROFILE_ENDPOINT: settings.profileEndpoint
    REGISTER_ENDPOINT: settings.registerEndpoint
    AUTHORIZATION_ENDPOINT: settings.authorizationEndpoint
    AUTHORIZATION_BATCH_SIZE: '500'
    RESOURCE_REGISTRY_ENDPOINT: settings.resourceRegistryEndpoint
    PLATFORM_SUBSCRIPTION_KEY: hasPlatformSubscriptionKey ? '${secretPrefix}platform-subscription-key)' : ''
    PLATFORM_ACCESS_TOKEN_PFX: hasPlatformAccessTokenPfx ? '${secretPrefix}platform-access-token-pfx)' : ''
    STALE_CONTACT_CREATORS: settings.staleContactCreators
    CANCELLATION_FEED_CREATORS: settings.cancellationFeedCreators
    MASKINPORTEN_TOKEN_ENDPOINT: settings.maskinportenTokenEndpoint
    MASKINPORTEN_AUDIENCE: settings.maskinportenAudience
    MASKINPORTEN_CLIENT_ID: settings.maskinportenClientId
    MASKINPORTEN_SCOPE: 'altinn:system/notifications.condition.check'
    MASKINPORTEN_ENCODED_JWK: hasMaskinportenKey ? '${secretPrefix}maskinporten-encoded-jwk)' : ''
    CONDITION_ATTEMPTS: '2'
    CONDITION_RETRY_SECONDS: '60'
    CONDITION_WHEN_INCONCLUSIVE: 'Send'
    CONDITION_TIMEOUT_SECONDS: '10'
    SMS_SEND_WINDOW_START_HOUR: '9'
    SMS_SEND_WINDOW_END_HOUR: '17'
    SMS_SEND_WINDOW_SPREAD_SECONDS: '600'
    EMAIL_LIMIT_PER_MINUTE: '0'
    EMAIL_LIMIT_PER_HOUR: '0'
    SMS_LIMIT_PER_SECOND: '0'
    OWNER_ORDERS_PER_MINUTE: '0'
    OWNER_RECIPIENTS_PER_MINUTE: '0'
    STATUS_FEED_MAX_PAGE_SIZE: '500'
    STATUS_FEED_FIRST_NUMBER: '1'
    RELEASE_DUE_SCHEDULE: '*/10 * * * * *'
    REQUEST_BODY_LIMIT_BYTES: '30000000'
    CONTENT_RETENTION_DAYS: '90'
    METADATA_RETENTION_DAYS: '365'
    RETENTION_SCHEDULE: '0 */2 * * * *'
    ENVIRONMENT_NAME: settings.environmentName
    SEND_CONDITION_TEST_HELPER: 'false'
  }
}

@description('Name of the app.')
output name string = app.name
@description('Public address of the API.')
output baseUri string = baseUri
