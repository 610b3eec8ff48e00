// Tells when the costs of the month reach the budget. It stops nothing.

@description('What the resource group may cost a month, in the currency of the subscription.')
param amount int
@description('Who is told.')
param email string
@description('First day of the month in which the budget is made.')
param startDate string = utcNow('yyyy-MM-01')

resource budget 'Microsoft.Consumption/budgets@2026-06-01' = {
  name: 'alert-budget'
  properties: {
    category: 'Cost'
    amount: amount
    timeGrain: 'Monthly'
    timePeriod: { startDate: startDate }
    notifications: {
      reached: { enabled: true, operator: 'GreaterThan', threshold: 80, contactEmails: [email] }
      expected: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 100
        thresholdType: 'Forecasted'
        contactEmails: [email]
      }
    }
  }
}
