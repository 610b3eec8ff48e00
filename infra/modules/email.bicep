// E-mail over Azure Communication Services, sent with an identity that can do nothing else.
//
// A domain of your own has to be verified in DNS before it can be linked: deploy, create the records, verify the
// domain, then deploy again with domainVerified. A sender name of your own is forbidden until Microsoft has raised
// the sending limits of the subscription; DoNotReply comes with every domain.

import { dnsRecords as dnsRecordsOf, names as namesOf, tags as tagsOf } from 'types.bicep'

@description('Names of all resources.')
param names namesOf
@description('Tags.')
param tags tagsOf
@description('Where data rests.')
param dataLocation string
@description('Whether the domain is your own; if not, it is an Azure-managed one.')
param ownDomain bool
@description('Whether the records of that domain are verified.')
param domainVerified bool
@description('Local part of the sender address, or empty for DoNotReply.')
param senderUsername string

// Communication and Email Service Owner: no smaller built-in role can send.
var emailServiceOwner = '09976791-48a7-449e-bb21-39d1a415f350'
var linked = !ownDomain || domainVerified

resource mail 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: names.identities.mail
}

resource emailService 'Microsoft.Communication/emailServices@2025-09-01' = {
  name: names.emailService
  location: 'global'
  tags: tags
  properties: { dataLocation: dataLocation }
}

resource emailDomain 'Microsoft.Communication/emailServices/domains@2025-09-01' = {
  parent: emailService
  name: names.emailDomain
  location: 'global'
  tags: tags
  properties: {
    domainManagement: ownDomain ? 'CustomerManaged' : 'AzureManaged'
    userEngagementTracking: 'Disabled'
  }
}

resource sender 'Microsoft.Communication/emailServices/domains/senderUsernames@2025-09-01' = if (linked && !empty(senderUsername)) {
  parent: emailDomain
  name: senderUsername
  properties: { username: senderUsername }
}

resource service 'Microsoft.Communication/communicationServices@2025-09-01' = {
  name: names.communication
  location: 'global'
  tags: tags
  properties: {
    dataLocation: dataLocation
    disableLocalAuth: true
    linkedDomains: linked ? [emailDomain.id] : []
  }
}

resource sends 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(service.id, mail.id, emailServiceOwner)
  scope: service
  properties: {
    principalId: mail.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', emailServiceOwner)
  }
}

@description('DNS records that verify a domain of your own.')
output dnsRecords dnsRecordsOf = ownDomain ? emailDomain.properties.verificationRecords : {}
