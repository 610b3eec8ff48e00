// One identity for the app: user-assigned, so that its roles exist before the app starts.

@description('Name of the identity.')
param name string
@description('Region.')
param location string
@description('Tags.')
param tags object

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

@description('Resource id.')
output id string = identity.id
@description('Client id, by which the app selects it.')
output clientId string = identity.properties.clientId
@description('Principal id, which roles are given to.')
output principalId string = identity.properties.principalId
