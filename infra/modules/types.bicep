// The types that several modules share.

@export()
@description('Tags of every resource.')
type tags = {
  *: string
}

@export()
@description('Instances that are kept running for http, or for one function: function:NAME.')
type alwaysReadyGroup = {
  name: string
  instanceCount: int
}

@export()
@description('Names of resources that several modules refer to. They are known before anything is deployed.')
type names = {
  identities: identityNames
  hostAccount: string
  packageAccount: string
  stateAccount: string
  packageContainer: string
  undeliveredContainer: string
  serviceBus: string
  vault: string
  communication: string
  emailService: string
  emailDomain: string
  eventTopic: string
  workspace: string
  insights: string
  network: string
  plan: string
  app: string
}

@export()
@description('One identity for each purpose.')
type identityNames = {
  @description('Reads and writes the deployment package.')
  deployment: string
  @description('Of the Functions host: its own storage, triggers, telemetry.')
  triggers: string
  @description('Of the code: tables, sending to queues, secrets.')
  data: string
  @description('Sends e-mail, nothing else.')
  mail: string
}

@export()
@description('What a preset decides.')
type presetValues = {
  instanceMemoryMB: int
  maximumInstanceCount: int
  alwaysReady: alwaysReadyGroup[]
  zoneRedundant: bool
  serviceBusTier: 'Standard' | 'Premium'
  storageSku: storageSku
  efficientScaling: bool
  dailyTelemetryCapGb: int
  deleteLocks: bool
  availabilityTest: bool
}

@export()
@description('Redundancy of storage accounts.')
type storageSku = 'Standard_LRS' | 'Standard_ZRS' | 'Standard_GZRS'

@export()
@secure()
@description('Secrets of the vault by their names; an empty one is not stored.')
type secretValues = {
  'sms-gateway-username': string
  'sms-gateway-password': string
  'sms-report-username': string
  'sms-report-password': string
  'sms-report-former-password': string
  'webhook-secrets-key': string
  'webhook-secrets-former-key': string
  'metrics-api-key': string
  'maskinporten-encoded-jwk': string
  'platform-subscription-key': string
  'platform-access-token-pfx': string
}

@export()
@description('Which of the optional secrets are stored.')
type storedSecrets = {
  smsReportFormerPassword: bool
  webhookSecretsKey: bool
  webhookSecretsFormerKey: bool
  metricsApiKey: bool
  maskinportenEncodedJwk: bool
  platformSubscriptionKey: bool
  platformAccessTokenPfx: bool
}

@export()
@description('What the deployment decides about the settings of the app.')
type appSettings = {
  publicBaseUri: string
  emailSenderUsername: string
  emailLimitPerMinute: int
  emailLimitPerHour: int
  smsLimitPerSecond: int
  ownerOrdersPerMinute: int
  ownerRecipientsPerMinute: int
  priceLists: string
  supportSearchByEmail: bool
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

@export()
@description('Records that prove whose domain it is, and that let others trust its e-mail.')
type dnsRecords = {
  *: dnsRecord
}

@description('A record; its type and time to live are in it, too.')
type dnsRecord = {
  name: string
  value: string
}
