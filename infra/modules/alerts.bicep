// What somebody has to look at. The rules are declared once, in alerts.json; each has a heading in
// docs/operations.md, to which it links.
//
// Queries read what is never sampled (host.json): log lines and the counts of runs that the host adds up. Rules on
// metrics of the platform also work when the app is down or the telemetry of the day is used up. Rules that notice
// silence stay silent if there is no telemetry at all: for that there are nothing-runs and telemetry-cap.

import { names as namesOf, presetValues, tags as tagsOf } from 'types.bicep'

@description('Names of all resources.')
param names namesOf
@description('Region of the rules that query logs.')
param location string
@description('Tags.')
param tags tagsOf
@description('Size and number of instances.')
param size presetValues
@description('Who is told; empty tells nobody.')
param email string
@description('Where operators read the runbooks.')
param runbookUri string

var declaration = loadJsonContent('../alerts.json')
var receivers = empty(email) ? [] : [{ name: 'operators', emailAddress: email, useCommonAlertSchema: true }]
var ofUs = 'where AppRoleName =~ "${names.app}"'

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-07-01' existing = {
  name: names.workspace
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: names.insights
}

resource namespace 'Microsoft.ServiceBus/namespaces@2026-01-01' existing = {
  name: names.serviceBus
}

resource state 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: names.stateAccount
}

resource vault 'Microsoft.KeyVault/vaults@2026-02-01' existing = {
  name: names.vault
}

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' existing = {
  name: names.eventTopic
}

resource app 'Microsoft.Web/sites@2025-03-01' existing = {
  name: names.app
}

var watched = {
  serviceBus: { id: namespace.id, type: 'Microsoft.ServiceBus/namespaces' }
  state: { id: state.id, type: 'Microsoft.Storage/storageAccounts' }
  vault: { id: vault.id, type: 'Microsoft.KeyVault/vaults' }
  eventTopic: { id: topic.id, type: 'Microsoft.EventGrid/systemTopics' }
  app: { id: app.id, type: 'Microsoft.Web/sites' }
}
// The only one whose threshold depends on the size.
var atMaximum = {
  name: 'instances-at-maximum'
  description: 'The app has run on as many instances as it may for 15 minutes: what comes in has to wait.'
  severity: 3
  of: 'app'
  metrics: ['InstanceCount']
  aggregation: 'Minimum'
  operator: 'GreaterThanOrEqual'
  threshold: size.maximumInstanceCount
  window: 'PT15M'
}

resource operators 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-notifications'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'notify-ops'
    enabled: true
    emailReceivers: receivers
  }
}

// A new workspace has no tables yet: the empty table beside each lets its query run all the same, and the
// validation at deployment, which would refuse it, is skipped.
resource logRules 'Microsoft.Insights/scheduledQueryRules@2026-03-01' = [
  for alert in declaration.logs: {
    name: 'alert-${alert.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: 'Notifications: ${alert.name}'
      description: '${alert.description} ${runbookUri}#alert-${alert.name}'
      severity: alert.severity
      enabled: true
      autoMitigate: true
      skipQueryValidation: true
      evaluationFrequency: 'PT5M'
      windowSize: 'PT15M'
      scopes: [workspace.id]
      criteria: {
        allOf: [
          {
            query: join(
              concat(
                ['union isfuzzy=true ${alert.table}, (datatable(${declaration.tables[alert.table]})[])'],
                contains(declaration.tables[alert.table], 'AppRoleName') ? [ofUs] : [],
                alert.query
              ),
              ' | '
            )
            timeAggregation: 'Maximum'
            metricMeasureColumn: 'Hits'
            operator: 'GreaterThan'
            threshold: alert.threshold
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      actions: {
        actionGroups: [operators.id]
        customProperties: { runbook: '${runbookUri}#alert-${alert.name}' }
      }
    }
  }
]

resource metricRules 'Microsoft.Insights/metricAlerts@2026-01-01' = [
  for alert in concat(declaration.metrics, [atMaximum]): {
    name: 'alert-${alert.name}'
    location: 'global'
    tags: tags
    properties: {
      description: '${alert.description} ${runbookUri}#alert-${alert.name}'
      severity: alert.severity
      enabled: true
      autoMitigate: true
      scopes: [watched[alert.of].id]
      evaluationFrequency: 'PT5M'
      windowSize: alert.window
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
        allOf: [
          for metric in alert.metrics: {
            criterionType: 'StaticThresholdCriterion'
            name: metric
            metricName: metric
            metricNamespace: watched[alert.of].type
            dimensions: contains(alert, 'dimension')
              ? [{ name: alert.dimension, operator: 'Include', values: alert.values }]
              : []
            operator: alert.operator
            threshold: alert.threshold
            timeAggregation: alert.aggregation
          }
        ]
      }
      actions: [{ actionGroupId: operators.id }]
    }
  }
]

// Asked from outside, from three places, whether the app can reach what it needs.
resource visits 'Microsoft.Insights/webtests@2022-06-15' = if (size.availabilityTest) {
  name: 'availability-${names.app}'
  location: location
  tags: union(tags, { 'hidden-link:${insights.id}': 'Resource' })
  kind: 'standard'
  properties: {
    SyntheticMonitorId: 'availability-${names.app}'
    Name: 'availability'
    Kind: 'standard'
    Enabled: true
    Frequency: 300
    Timeout: 30
    RetryEnabled: true
    Locations: [{ Id: 'emea-nl-ams-azr' }, { Id: 'emea-gb-db3-azr' }, { Id: 'emea-se-sto-edge' }]
    Request: { RequestUrl: 'https://${app.properties.defaultHostName}/health/ready', HttpVerb: 'GET' }
    ValidationRules: { ExpectedHttpStatusCode: 200, SSLCheck: true, SSLCertRemainingLifetimeCheck: 7 }
  }
}

resource availability 'Microsoft.Insights/metricAlerts@2026-01-01' = if (size.availabilityTest) {
  name: 'alert-availability'
  location: 'global'
  tags: tags
  properties: {
    description: 'The API is not ready, seen from two of three places. ${runbookUri}#alert-availability'
    severity: 1
    enabled: true
    autoMitigate: true
    scopes: [visits.id, insights.id]
    evaluationFrequency: 'PT1M'
    windowSize: 'PT15M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.WebtestLocationAvailabilityCriteria'
      webTestId: visits.id
      componentId: insights.id
      failedLocationCount: 2
    }
    actions: [{ actionGroupId: operators.id }]
  }
}
