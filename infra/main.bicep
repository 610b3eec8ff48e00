// The whole service in one resource group: function app, identity, tables, queues, e-mail, vault, monitoring.
//
// What was checked, and what was not: these files parse as Bicep, and tests/unit/infra compares their names with
// the code (settings, tables, queues, module parameters and outputs, texts that alerts look for). They were not
// compiled with the Bicep compiler and not deployed from here; run `az bicep build --file infra/main.bicep` and a
// `what-if` before the first deployment. API versions are ones that Azure's published type definitions list.
//
// Identities everywhere: shared keys and local authentication are off, the app has one user-assigned identity,
// secrets are read through Key Vault references. A new role may take minutes to work: if the first deployment
// stops at the Event Grid subscription, deploy again. Private networking is not included.

targetScope = 'subscription'

@description('Name of the environment, such as test or prod.')
@minLength(1)
@maxLength(20)
param environmentName string

@description('Azure region of everything that is not global.')
@minLength(1)
param location string

@description('Resource group to create or use.')
param resourceGroupName string = 'rg-notifications-${environmentName}'

@description('Base64 of 32 random bytes, the key of ids and hashes. Changing it hides earlier orders.')
@secure()
@minLength(24)
param idSecret string

@description('Address of the LINK Mobility XML gateway.')
param smsGatewayEndpoint string

@description('Account at the SMS gateway.')
@secure()
@minLength(1)
param smsGatewayUsername string

@description('Password of the SMS gateway account.')
@secure()
@minLength(1)
param smsGatewayPassword string

@description('User name the SMS gateway shows when it reports deliveries.')
@secure()
@minLength(1)
param smsReportUsername string

@description('Password the SMS gateway shows when it reports deliveries.')
@secure()
@minLength(1)
param smsReportPassword string

@description('Key that callers of the metrics endpoints show; empty closes these endpoints.')
@secure()
param metricsApiKey string = ''

@description('OpenID discovery document of the issuer of bearer tokens.')
param oidcWellKnownEndpoint string

@description('Accepted issuers of bearer tokens, separated by commas.')
@minLength(1)
param tokenIssuers string

@description('Accepted audiences of bearer tokens, separated by commas.')
@minLength(1)
param tokenAudiences string

@description('Key Vault with the certificates of platform token issuers, readable by the app; empty accepts none.')
param platformTokenVaultUri string = ''

@description('Accepted issuers of platform tokens, separated by commas; empty accepts any with a certificate.')
param platformTokenIssuers string = ''

@description('Address of Altinn Profile, ending with its version and a slash.')
param profileEndpoint string

@description('Address of Altinn Register, ending with its version and a slash.')
param registerEndpoint string

@description('Address of Altinn Authorization, ending with its version and a slash.')
param authorizationEndpoint string

@description('Address of the Altinn Resource Registry, ending with its version and a slash; empty does not check resources.')
param resourceRegistryEndpoint string = ''

@description('Subscription key shown to these services; empty shows none.')
@secure()
param platformSubscriptionKey string = ''

@description('Base64 of the PKCS#12 certificate, without password, that signs platform access tokens; empty shows none.')
@secure()
param platformAccessTokenPfx string = ''

@description('Organisations, separated by commas, whose orders also use outdated contact points of people.')
param staleContactCreators string = ''

@description('Organisations, separated by commas, whose cancelled shipments are in their status feed; * for all.')
param cancellationFeedCreators string = ''

@description('Client at Maskinporten whose tokens condition endpoints are shown; empty asks them without.')
param maskinportenClientId string = ''

@description('Base64 of the private key of that client as a JSON Web Key.')
@secure()
param maskinportenEncodedJwk string = ''

@description('Token endpoint of Maskinporten.')
param maskinportenTokenEndpoint string = 'https://maskinporten.no/token'

@description('Audience of the assertions sent to Maskinporten.')
param maskinportenAudience string = 'https://maskinporten.no/'

@description('Public address of the API, without a path; empty uses the function app\'s own host name.')
param publicBaseUri string = ''

@description('Domain that e-mail is sent from; empty creates an Azure-managed one: 5 messages a minute, for tests.')
param emailDomain string = ''

@description('Whether the DNS records of the domain (output emailDnsRecords) are verified: only then is it linked.')
param emailDomainVerified bool = false

@description('Local part of the sender address on a domain of your own.')
param emailSenderUsername string = 'no-reply'

@description('Where e-mail data rests, such as Norway or Europe.')
param dataLocation string = 'Norway'

@description('Sender of SMS whose order names none: at most 11 characters.')
@maxLength(11)
param defaultSmsSender string = 'Altinn'

@description('Instances kept warm: http answers instant orders at once; other groups are named function:<name>.')
param alwaysReady array = [
  {
    name: 'http'
    instanceCount: 1
  }
]

@description('Most instances at a time; also bounds the load on providers.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('Memory per instance in MB; 2048 comes with one core.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@description('Service Bus tier: Standard carries about 250 notifications a second, Premium more.')
@allowed(['Standard', 'Premium'])
param serviceBusSku string = 'Standard'

@description('Let the platform read queue lengths and scale out faster. Takes the role Data Owner on the namespace.')
param efficientScaling bool = true

@description('Redundancy of the storage accounts.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GZRS'])
param storageSku string = 'Standard_ZRS'

@description('Most telemetry a day in GB; beyond that it is dropped until the next day.')
@minValue(1)
param dailyTelemetryCapGb int = 5

@description('E-mail address that alerts go to; empty raises them in the portal only.')
param alertEmail string = ''

var token = toLower(uniqueString(subscription().id, resourceGroupName, environmentName))
var tags = { 'azd-env-name': environmentName }

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: resourceGroupName
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = {
  name: 'identity'
  scope: group
  params: { name: 'id-notifications-${token}', location: location, tags: tags }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  scope: group
  params: {
    token: token
    location: location
    tags: tags
    dailyCapGb: dailyTelemetryCapGb
    principalId: identity.outputs.principalId
  }
}

module storage 'modules/storage.bicep' = {
  name: 'storage'
  scope: group
  params: {
    token: token
    location: location
    tags: tags
    sku: storageSku
    principalId: identity.outputs.principalId
  }
}

module messaging 'modules/messaging.bicep' = {
  name: 'messaging'
  scope: group
  params: {
    name: 'sb-notifications-${token}'
    location: location
    tags: tags
    sku: serviceBusSku
    principalId: identity.outputs.principalId
    efficientScaling: efficientScaling
  }
}

module email 'modules/email.bicep' = {
  name: 'email'
  scope: group
  params: {
    token: token
    tags: tags
    dataLocation: dataLocation
    domain: emailDomain
    domainVerified: emailDomainVerified
    senderUsername: emailSenderUsername
    principalId: identity.outputs.principalId
  }
}

module deliveryReports 'modules/delivery_reports.bicep' = {
  name: 'delivery-reports'
  scope: group
  params: {
    name: 'evgt-notifications-${token}'
    tags: tags
    communicationServiceName: email.outputs.serviceName
    serviceBusName: messaging.outputs.name
    undeliveredAccountName: storage.outputs.hostAccountName
    undeliveredContainerName: storage.outputs.undeliveredContainerName
  }
}

module vault 'modules/vault.bicep' = {
  name: 'vault'
  scope: group
  params: {
    name: 'kv-${token}'
    location: location
    tags: tags
    principalId: identity.outputs.principalId
    idSecret: idSecret
    smsGatewayUsername: smsGatewayUsername
    smsGatewayPassword: smsGatewayPassword
    smsReportUsername: smsReportUsername
    smsReportPassword: smsReportPassword
    metricsApiKey: metricsApiKey
    maskinportenEncodedJwk: maskinportenEncodedJwk
    platformSubscriptionKey: platformSubscriptionKey
    platformAccessTokenPfx: platformAccessTokenPfx
  }
}

module app 'modules/function_app.bicep' = {
  name: 'function-app'
  scope: group
  params: {
    token: token
    location: location
    tags: tags
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    hostAccountName: storage.outputs.hostAccountName
    packageContainerUri: storage.outputs.packageContainerUri
    tableServiceUri: storage.outputs.tableServiceUri
    serviceBusHost: messaging.outputs.host
    vaultUri: vault.outputs.uri
    hasMetricsApiKey: !empty(metricsApiKey)
    hasMaskinportenKey: !empty(maskinportenEncodedJwk)
    hasPlatformSubscriptionKey: !empty(platformSubscriptionKey)
    hasPlatformAccessTokenPfx: !empty(platformAccessTokenPfx)
    telemetryConnectionString: monitoring.outputs.connectionString
    alwaysReady: alwaysReady
    maximumInstanceCount: maximumInstanceCount
    instanceMemoryMB: instanceMemoryMB
    settings: {
      publicBaseUri: publicBaseUri
      emailEndpoint: email.outputs.endpoint
      emailFromAddress: email.outputs.fromAddress
      defaultSmsSender: defaultSmsSender
      smsGatewayEndpoint: smsGatewayEndpoint
      oidcWellKnownEndpoint: oidcWellKnownEndpoint
      tokenIssuers: tokenIssuers
      tokenAudiences: tokenAudiences
      platformTokenVaultUri: platformTokenVaultUri
      platformTokenIssuers: platformTokenIssuers
      profileEndpoint: profileEndpoint
      registerEndpoint: registerEndpoint
      authorizationEndpoint: authorizationEndpoint
      resourceRegistryEndpoint: resourceRegistryEndpoint
      staleContactCreators: staleContactCreators
      cancellationFeedCreators: cancellationFeedCreators
      maskinportenClientId: maskinportenClientId
      maskinportenTokenEndpoint: maskinportenTokenEndpoint
      maskinportenAudience: maskinportenAudience
      environmentName: environmentName
    }
  }
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  scope: group
  params: {
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
    serviceBusId: messaging.outputs.id
    functionAppName: app.outputs.name
    email: alertEmail
  }
}

@description('Address of the API.')
output apiBaseUri string = app.outputs.baseUri

@description('Address the SMS gateway reports deliveries to.')
output smsReportUri string = '${app.outputs.baseUri}/notifications/sms/api/v1/reports'

@description('Name of the function app, for deployments of code.')
output functionAppName string = app.outputs.name

@description('Resource group of everything.')
output resourceGroup string = group.name

@description('Service Bus namespace, for tools of operators.')
output serviceBusHost string = messaging.outputs.host

@description('DNS records to create for a domain of your own; empty for an Azure-managed one.')
output emailDnsRecords object = email.outputs.dnsRecords
