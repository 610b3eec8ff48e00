// One identity for each purpose: user-assigned, so that their roles exist before the app starts.

import { identityNames, tags as tagsOf } from 'types.bicep'

@description('Names of the identities.')
param names identityNames
@description('Region.')
param location string
@description('Tags.')
param tags tagsOf

resource identities 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = [
  for name in [names.deployment, names.triggers, names.data, names.mail]: {
    name: name
    location: location
    tags: tags
  }
]
