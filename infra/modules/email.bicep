// E-mail over Azure Communication Services, sent with the app's identity.
//
// A domain of your own has to be verified in DNS before it can be linked: deploy, create the records, verify the
// domain, then deploy again with domainVerified.

@description('Unique part of resource names.')
param token string
@description('Tags.')
param tags object
@description('Where data rests.')
param dataLocation string
@description('Domain of your own; empty creates an Azure-managed one.')
param domain string
@description('Whether the records of that domain are verified.')
param domainVerified bool
@description('Local part of the sender address.')
param senderUsername string
@description('Principal that sends.')
param principalId string

var ownDomain = !empty(domain)
var linked = !ownDomain || domainVerified
var managedSender = 'DoNotReply' // the one sender that an Azure-managed domain comes with
// Communication and Email Service Owner: no smaller built-in role can send.
var emailServiceOwner = '09976791-48a7-449e-bb21-39d1a415f350'

resource emailService 'Microsoft.Communication/emailServices@2025-09-01' = {
  name: 'acse-notifications-${token}'
  location: 'global'
  tags: tags
  properties: { dataLocation: dataLocation }
}

resource emailDomain 'Microsoft.Communication/emailServices/domains@2025-09-01' = {
  parent: emailService
  name: ownDomain ? domain : 'AzureManagedDomain'
  location: 'global'
  tags: tags
  properties: {
    domainManagement: ownDomain ? 'CustomerManaged' : 'AzureManaged'
    userEngagementTracking: 'Disabled'
  }
}

var hasSender = ownDomain && domainVerified

resource sender 'Microsoft.Communication/emailServices/domains/senderUsernames@2025-09-01' = if (hasSender) {
  parent: emailDomain
  name: senderUsername
  properties: { username: senderUsername }
}

resource service 'Microsoft.Communication/communicationServices@2025-09-01' = {
  name: 'acs-notifications-${token}'
  location: 'global'
  tags: tags
  properties: {
    dataLocation: dataLocation
    disableLocalAuth: true
    linkedDomains: linked ? [emailDomain.id] : []
  }
}

resource sends 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(service.id, principalId, emailServiceOwner)
  scope: service
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', emailServiceOwner)
  }
}

@description('Name of the Communication resource.')
output serviceName string = service.name
@description('Address e-mail is sent through.')
output endpoint string = 'https://${service.properties.hostName}'
@description('Sender of e-mails whose order names none.')
output fromAddress string = '${ownDomain ? senderUsername : managedSender}@${emailDomain.properties.fromSenderDomain}'
@description('DNS records that verify a domain of your own.')
output dnsRecords object = ownDomain ? emailDomain.properties.verificationRecords : {}
