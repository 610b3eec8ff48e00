// The whole service in one resource group: function app, identities, tables, queues, e-mail, vault, monitoring.
//
// Compiled, linted and evaluated by `make check` where the official compiler is at hand (bicep on PATH, or $BICEP).
// tests/unit/infra looks at the evaluated resources of every preset. Nothing was deployed from here:
// docs/deployment.md says what was not tried.
//
// Identities everywhere: shared keys and local authentication are off, each purpose has an identity of its own,
// secrets are read through Key Vault references. A new role may take minutes to work: if the first deployment
// stops at the Event Grid subscription, deploy again.

targetScope = 'subscription'

import { dnsRecords } from 'modules/types.bicep'

@description('Name of the environment, such as test or prod.')
@minLength(1)
@maxLength(20)
param environmentName string

@description('Azure region of everything that is not global.')
@minLength(1)
param location string

@description('Size: small for trials, standard for one agency, national for the whole country.')
@allowed(['small', 'standard', 'national'])
param preset string = 'standard'

@description('Put storage, Service Bus and vault behind private endpoints. Takes Service Bus Premium.')
param privateNetwork bool = false

@description('Addresses of the private network, a /23 or larger; empty uses 10.90.0.0/23.')
param networkPrefix string = ''

@description('Resource group to create or use; empty names it after the environment.')
param resourceGroupName string = ''

@description('Base64 of 32 random bytes, the key of ids and hashes; empty makes one up. Used only if there is none yet.')
@secure()
param idSecret string = ''

@description('Address of the LINK Mobility XML gateway.')
@minLength(1)
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

@description('The password before that, accepted as well while it is exchanged; empty otherwise.')
@secure()
param smsReportFormerPassword string = ''

@description('Key that the secrets of webhooks are sealed with, base64 of 32 random bytes; empty derives it from the key of ids.')
@secure()
param webhookSecretsKey string = ''

@description('The key before that, with which secrets can still be read; empty otherwise.')
@secure()
param webhookSecretsFormerKey string = ''

@description('Key that callers of the metrics endpoints show; empty closes these endpoints.')
@secure()
param metricsApiKey string = ''

@description('OpenID discovery document of the issuer of bearer tokens.')
@minLength(1)
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
@minLength(1)
param profileEndpoint string

@description('Address of Altinn Register, ending with its version and a slash.')
@minLength(1)
param registerEndpoint string

@description('Address of Altinn Authorization, ending with its version and a slash.')
@minLength(1)
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

@description('Token endpoint of Maskinporten; empty uses the one for production.')
param maskinportenTokenEndpoint string = ''

@description('Audience of the assertions sent to Maskinporten; empty uses the one for production.')
param maskinportenAudience string = ''

@description('Public address of the API, without a path; empty uses the function app\'s own host name.')
param publicBaseUri string = ''

@description('Domain that e-mail is sent from; empty creates an Azure-managed one: 5 messages a minute, for tests.')
param emailDomain string = ''

@description('Whether the DNS records of the domain (output emailDnsRecords) are verified: only then is it linked.')
param emailDomainVerified bool = false

@description('Local part of the sender address; empty uses DoNotReply. Needs sending limits above the default ones.')
param emailSenderUsername string = ''

@description('Where e-mail data rests, such as Norway or Europe.')
param dataLocation string = 'Norway'

@description('Most e-mails in any minute; 0 for no limit. The default is what Microsoft allows at first.')
@minValue(0)
param emailLimitPerMinute int = empty(emailDomain) ? 5 : 30

@description('Most e-mails in any hour; 0 for no limit. The default is what Microsoft allows at first.')
@minValue(0)
param emailLimitPerHour int = empty(emailDomain) ? 10 : 100

@description('Most SMS in any second; 0 for no limit.')
@minValue(0)
param smsLimitPerSecond int = 0

@description('Most orders a minute of one owner; 0 for no limit.')
@minValue(0)
param ownerOrdersPerMinute int = 0

@description('Most recipients a minute of one owner; 0 for no limit.')
@minValue(0)
param ownerRecipientsPerMinute int = 0

@description('What owners pay for SMS and e-mails, told in previews: `*: NOK sms=0.45 email=0.02`; empty tells nothing.')
param priceLists string = ''

@description('Whether support can search by e-mail address, which costs an index.')
param supportSearchByEmail bool = false

@description('Sender of SMS whose order names none: at most 11 characters.')
@maxLength(11)
param defaultSmsSender string = 'Altinn'

@description('Most instances at a time, which also bounds the load on providers; 0 as the preset says.')
@minValue(0)
@maxValue(1000)
param maximumInstanceCount int = 0

@description('Messaging units of Service Bus Premium, 0 for one; docs/capacity.md says how many a rate of orders needs.')
@allowed([0, 1, 2, 4, 8, 16])
param serviceBusUnits int = 0

@description('Redundancy of the storage accounts; empty as the preset says. Regions without zones have Standard_LRS only.')
@allowed(['', 'Standard_LRS', 'Standard_ZRS', 'Standard_GZRS'])
param storageSku string = ''

@description('Most telemetry a day in GB, beyond which it is dropped until the next day; 0 as the preset says.')
@minValue(0)
param dailyTelemetryCapGb int = 0

@description('E-mail address that alerts go to; empty raises them in the portal only.')
param alertEmail string = ''

@description('Address of your copy of docs/operations.md, to whose headings alerts link; empty names the file.')
param runbookUri string = ''

@description('What the resource group may cost a month, in the currency of the subscription; 0 for no alert.')
@minValue(0)
param monthlyBudget int = 0

// Every hop of an order, so that none of them starts cold.
var chain = [
  'http'
  'function:advance_order'
  'function:advance_bulk_order'
  'function:ask_condition'
  'function:send_email'
  'function:send_bulk_email'
  'function:send_sms'
  'function:send_bulk_sms'
  'function:record_delivery_reports'
  'function:append_status_feed'
]
var warm = [for group in chain: { name: group, instanceCount: 1 }]
var twice = [for group in chain: { name: group, instanceCount: 2 }] // zones need two

// host.json lets each instance send one item of telemetry a second, so the caps are never reached by requests alone.
var presets = {
  small: {
    instanceMemoryMB: 512
    maximumInstanceCount: 10
    alwaysReady: []
    zoneRedundant: false
    serviceBusTier: 'Standard'
    storageSku: 'Standard_LRS'
    efficientScaling: false
    dailyTelemetryCapGb: 2
    deleteLocks: false
    availabilityTest: false
  }
  standard: {
    instanceMemoryMB: 2048
    maximumInstanceCount: 40
    alwaysReady: warm
    zoneRedundant: false
    serviceBusTier: 'Standard'
    storageSku: 'Standard_ZRS'
    efficientScaling: false
    dailyTelemetryCapGb: 8
    deleteLocks: true
    availabilityTest: true
  }
  national: {
    instanceMemoryMB: 2048
    maximumInstanceCount: 200
    alwaysReady: twice
    zoneRedundant: true
    serviceBusTier: 'Premium'
    storageSku: 'Standard_GZRS'
    efficientScaling: true
    dailyTelemetryCapGb: 40
    deleteLocks: true
    availabilityTest: true
  }
}

var ofPreset = presets[preset]
var chosen = {
  instanceMemoryMB: ofPreset.instanceMemoryMB
  maximumInstanceCount: maximumInstanceCount > 0 ? maximumInstanceCount : ofPreset.maximumInstanceCount
  storageSku: empty(storageSku) ? ofPreset.storageSku : storageSku
  dailyTelemetryCapGb: dailyTelemetryCapGb > 0 ? dailyTelemetryCapGb : ofPreset.dailyTelemetryCapGb
  serviceBusTier: privateNetwork ? 'Premium' : ofPreset.serviceBusTier // only Premium has private endpoints
  alwaysReady: ofPreset.alwaysReady
  zoneRedundant: ofPreset.zoneRedundant
  efficientScaling: ofPreset.efficientScaling
  deleteLocks: ofPreset.deleteLocks
  availabilityTest: ofPreset.availabilityTest
}

// The location is part of it: a deleted vault keeps its name for 90 days, and another region needs another name.
var groupName = empty(resourceGroupName) ? 'rg-notifications-${environmentName}' : resourceGroupName
var token = toLower(uniqueString(subscription().id, groupName, environmentName, location))
var tags = { 'azd-env-name': environmentName }
var names = {
  identities: {
    deployment: 'id-notifications-deployment-${token}'
    triggers: 'id-notifications-triggers-${token}'
    data: 'id-notifications-data-${token}'
    mail: 'id-notifications-mail-${token}'
  }
  hostAccount: 'sthost${token}'
  packageAccount: 'stpackage${token}'
  stateAccount: 'ststate${token}'
  packageContainer: 'app-package'
  undeliveredContainer: 'undelivered-reports'
  serviceBus: chosen.serviceBusTier == 'Premium' ? 'sbp-notifications-${token}' : 'sb-notifications-${token}'
  vault: 'kv-${token}'
  communication: 'acs-notifications-${token}'
  emailService: 'acse-notifications-${token}'
  emailDomain: empty(emailDomain) ? 'AzureManagedDomain' : emailDomain
  eventTopic: 'evgt-notifications-${token}'
  workspace: 'log-notifications-${token}'
  insights: 'appi-notifications-${token}'
  network: 'vnet-notifications-${token}'
  plan: 'plan-notifications-${token}'
  app: 'func-notifications-${token}'
}

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: groupName
  location: location
  tags: tags
}

module identities 'modules/identities.bicep' = {
  scope: group
  params: { names: names.identities, location: location, tags: tags }
}

module monitoring 'modules/monitoring.bicep' = {
  scope: group
  params: { names: names, location: location, tags: tags, dailyCapGb: chosen.dailyTelemetryCapGb }
  dependsOn: [identities]
}

module network 'modules/network.bicep' = if (privateNetwork) {
  scope: group
  params: {
    name: names.network
    location: location
    tags: tags
    addressPrefix: empty(networkPrefix) ? '10.90.0.0/23' : networkPrefix
  }
}

module storage 'modules/storage.bicep' = {
  scope: group
  params: {
    names: names
    location: location
    tags: tags
    sku: chosen.storageSku
    private: privateNetwork
    locked: chosen.deleteLocks
  }
  dependsOn: [identities]
}

module messaging 'modules/messaging.bicep' = {
  scope: group
  params: {
    names: names
    location: location
    tags: tags
    tier: chosen.serviceBusTier
    units: max(1, serviceBusUnits)
    efficientScaling: chosen.efficientScaling
    private: privateNetwork
    locked: chosen.deleteLocks
  }
  dependsOn: [monitoring]
}

module email 'modules/email.bicep' = {
  scope: group
  params: {
    names: names
    tags: tags
    dataLocation: dataLocation
    ownDomain: !empty(emailDomain)
    domainVerified: emailDomainVerified
    senderUsername: emailSenderUsername
  }
  dependsOn: [identities]
}

module deliveryReports 'modules/delivery_reports.bicep' = {
  scope: group
  params: { names: names, tags: tags }
  dependsOn: [email, messaging, storage]
}

module vault 'modules/vault.bicep' = {
  scope: group
  params: {
    names: names
    location: location
    tags: tags
    private: privateNetwork
    locked: chosen.deleteLocks
    idSecret: idSecret
    secrets: {
      'sms-gateway-username': smsGatewayUsername
      'sms-gateway-password': smsGatewayPassword
      'sms-report-username': smsReportUsername
      'sms-report-password': smsReportPassword
      'sms-report-former-password': smsReportFormerPassword
      'webhook-secrets-key': webhookSecretsKey
      'webhook-secrets-former-key': webhookSecretsFormerKey
      'metrics-api-key': metricsApiKey
      'maskinporten-encoded-jwk': maskinportenEncodedJwk
      'platform-subscription-key': platformSubscriptionKey
      'platform-access-token-pfx': platformAccessTokenPfx
    }
  }
  dependsOn: [monitoring]
}

module privateEndpoints 'modules/private_endpoints.bicep' = if (privateNetwork) {
  scope: group
  params: { names: names, location: location, tags: tags }
  dependsOn: [network, storage, messaging, vault]
}

module app 'modules/function_app.bicep' = {
  scope: group
  params: {
    names: names
    location: location
    tags: tags
    size: chosen
    private: privateNetwork
    has: {
      smsReportFormerPassword: !empty(smsReportFormerPassword)
      webhookSecretsKey: !empty(webhookSecretsKey)
      webhookSecretsFormerKey: !empty(webhookSecretsFormerKey)
      metricsApiKey: !empty(metricsApiKey)
      maskinportenEncodedJwk: !empty(maskinportenEncodedJwk)
      platformSubscriptionKey: !empty(platformSubscriptionKey)
      platformAccessTokenPfx: !empty(platformAccessTokenPfx)
    }
    settings: {
      publicBaseUri: publicBaseUri
      emailSenderUsername: empty(emailSenderUsername) ? 'DoNotReply' : emailSenderUsername
      emailLimitPerMinute: emailLimitPerMinute
      emailLimitPerHour: emailLimitPerHour
      smsLimitPerSecond: smsLimitPerSecond
      ownerOrdersPerMinute: ownerOrdersPerMinute
      ownerRecipientsPerMinute: ownerRecipientsPerMinute
      priceLists: priceLists
      supportSearchByEmail: supportSearchByEmail
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
      maskinportenTokenEndpoint: empty(maskinportenTokenEndpoint)
        ? 'https://maskinporten.no/token'
        : maskinportenTokenEndpoint
      maskinportenAudience: empty(maskinportenAudience) ? 'https://maskinporten.no/' : maskinportenAudience
      environmentName: environmentName
    }
  }
  dependsOn: [network, storage, email, privateEndpoints, vault]
}

module alerts 'modules/alerts.bicep' = {
  scope: group
  params: {
    names: names
    location: location
    tags: tags
    size: chosen
    email: alertEmail
    runbookUri: empty(runbookUri) ? 'docs/operations.md' : runbookUri
  }
  dependsOn: [app, deliveryReports]
}

module budget 'modules/budget.bicep' = if (monthlyBudget > 0 && !empty(alertEmail)) {
  scope: group
  params: { amount: monthlyBudget, email: alertEmail }
}

@description('Address of the API.')
output apiBaseUri string = app.outputs.baseUri

@description('Address the SMS gateway reports deliveries to.')
output smsReportUri string = '${app.outputs.baseUri}/notifications/sms/api/v1/reports'

@description('Name of the function app, for deployments of code.')
output functionAppName string = names.app

@description('Resource group of everything.')
output resourceGroup string = group.name

@description('Service Bus namespace, for tools of operators.')
output serviceBusHost string = '${names.serviceBus}.servicebus.windows.net'

@description('Storage account with the tables and the undelivered reports, for tools of operators.')
output stateAccount string = names.stateAccount

@description('Name of the vault.')
output vaultName string = names.vault

@description('DNS records to create for a domain of your own; empty for an Azure-managed one.')
output emailDnsRecords dnsRecords = email.outputs.?dnsRecords
