// What somebody has to look at: poison messages, server errors, providers in trouble, a late agenda or purge,
// full queues.
//
// Requests are never sampled (host.json); counts of other telemetry are estimates.

@description('Region of the rules that query logs.')
param location string
@description('Tags.')
param tags object
@description('Workspace with the telemetry.')
param workspaceId string
@description('Service Bus namespace.')
param serviceBusId string
@description('Name of the function app, as telemetry shows it.')
param functionAppName string
@description('Who is told; empty tells nobody.')
param email string

var receivers = empty(email) ? [] : [{ name: 'operators', emailAddress: email, useCommonAlertSchema: true }]

var ours = 'where AppRoleName =~ "${functionAppName}"'
var hits = 'summarize Hits = sum(ItemCount)' // counts what sampling left out as well

var pulses = 'where Name in~ ("release_due", "second_pulse") and Success'
var skipped = 'where Message has "left for the next pass" or Message has "could not be worked through"'

var logAlerts = [
  {
    name: 'dead-letters'
    description: 'A message could not be handled and was recorded in the table DeadLetters: repair, then replay it.'
    severity: 2
    query: join(['AppTraces', ours, 'where Message has "dead letter on"', hits], ' | ')
    threshold: 0
  }
  {
    name: 'server-errors'
    description: 'The API answered 5xx more than a few times in 15 minutes.'
    severity: 2
    query: join(['AppRequests', ours, 'where toint(ResultCode) >= 500', hits], ' | ')
    threshold: 5
  }
  {
    name: 'function-failures'
    description: 'Queue or timer functions raised: unexpected errors, tried again until they become dead letters.'
    severity: 3
    query: join(['AppRequests', ours, 'where Success == false and toint(ResultCode) < 400', hits], ' | ')
    threshold: 20
  }
  {
    name: 'agenda-lag'
    description: 'Seconds since the agenda was last worked through: what is due waits at least that long.'
    severity: 1
    query: join(
      [
        'AppRequests'
        ours
        pulses
        'summarize Last = max(TimeGenerated)'
        'project Hits = coalesce(datetime_diff("second", now(), Last), 3600)' // no run at all is late, too
      ],
      ' | '
    )
    threshold: 600
  }
  {
    name: 'agenda-pulse-lost'
    description: 'One of the two that work through the agenda has stopped, the timer or the message: restart the app.'
    severity: 2
    query: join(
      [
        'AppRequests'
        ours
        pulses
        'summarize Last = max(TimeGenerated) by Name'
        'summarize Last = min(Last), Alive = count()'
        'project Hits = iff(Alive < 2, 3600, datetime_diff("second", now(), Last))'
      ],
      ' | '
    )
    threshold: 600
  }
  {
    name: 'provider-settings'
    description: 'A provider refuses a setting of ours, which the log names; nothing is sent until it is corrected.'
    severity: 1
    query: join(['AppTraces', ours, 'where Message has "refuses our settings"', hits], ' | ')
    threshold: 0
  }
  {
    name: 'provider-away'
    description: 'A provider has not answered for minutes; what is to be sent waits, and is lost when it expires.'
    severity: 2
    query: join(['AppTraces', ours, 'where Message has "is away, it is left alone"', hits], ' | ')
    threshold: 0
  }
  {
    name: 'loop-lag'
    description: 'Processes stood still for half a second or more, again and again: everybody on them waited.'
    severity: 2
    query: join(['AppTraces', ours, 'where Message has "the event loop stood still for"', hits], ' | ')
    threshold: 5
  }
  {
    name: 'agenda-shards-skipped'
    description: 'Parts of the agenda could not be read or moved again and again: tables are slow or refuse.'
    severity: 2
    query: join(['AppTraces', ours, skipped, hits], ' | ')
    threshold: 10
  }
  {
    name: 'purge-behind'
    description: 'What should have been forgotten is more than a day late: the purge does not keep up, or it fails.'
    severity: 2
    query: join(['AppTraces', ours, 'where Message has "the purge is behind"', hits], ' | ')
    threshold: 0
  }
  {
    name: 'purge-stopped'
    description: 'No run of the purge has ended well for 15 minutes, although one begins every two minutes.'
    severity: 3
    query: join(
      [
        'AppRequests'
        ours
        'where Name =~ "purge_old" and Success'
        'summarize Runs = count()'
        'project Hits = iff(Runs == 0, 1, 0)' // a purge that does not run cannot say that it is behind
      ],
      ' | '
    )
    threshold: 0
  }
]

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

resource logRules 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for alert in logAlerts: {
    name: 'alert-${alert.name}'
    location: location
    tags: tags
    properties: {
      displayName: 'Notifications: ${alert.name}'
      description: alert.description
      severity: alert.severity
      enabled: true
      autoMitigate: true
      evaluationFrequency: 'PT5M'
      windowSize: 'PT15M'
      scopes: [workspaceId]
      criteria: {
        allOf: [
          {
            query: alert.query
            timeAggregation: 'Maximum'
            metricMeasureColumn: 'Hits'
            operator: 'GreaterThan'
            threshold: alert.threshold
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      actions: { actionGroups: [operators.id] }
    }
  }
]

// Seen by the platform itself, so they also fire when the app is down and logs nothing.
var queueAlerts = [
  {
    name: 'dead-letters-left'
    description: 'Dead letters stay on a queue: the app does not start, or it can neither send nor store.'
    metric: 'DeadletteredMessages'
    threshold: 0
    window: 'PT15M'
    aggregation: 'Minimum'
  }
  {
    name: 'queue-backlog'
    description: 'A queue is never empty of work for 15 minutes: senders are slower than what comes in.'
    metric: 'ActiveMessages'
    threshold: 10000
    window: 'PT15M'
    aggregation: 'Minimum'
  }
  {
    name: 'service-bus-throttled'
    description: 'The namespace refused requests because its tier is exhausted. Consider Premium.'
    metric: 'ThrottledRequests'
    threshold: 100
    window: 'PT5M'
    aggregation: 'Total'
  }
]

resource queueRules 'Microsoft.Insights/metricAlerts@2018-03-01' = [
  for alert in queueAlerts: {
    name: 'alert-${alert.name}'
    location: 'global'
    tags: tags
    properties: {
      description: alert.description
      severity: 2
      enabled: true
      autoMitigate: true
      scopes: [serviceBusId]
      evaluationFrequency: 'PT5M'
      windowSize: alert.window
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
        allOf: [
          {
            criterionType: 'StaticThresholdCriterion'
            name: alert.name
            metricName: alert.metric
            metricNamespace: 'Microsoft.ServiceBus/namespaces'
            dimensions: [{ name: 'EntityName', operator: 'Include', values: ['*'] }]
            operator: 'GreaterThan'
            threshold: alert.threshold
            timeAggregation: alert.aggregation
          }
        ]
      }
      actions: [{ actionGroupId: operators.id }]
    }
  }
]
