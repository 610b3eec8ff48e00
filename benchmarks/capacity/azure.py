"""Limits and list prices of Azure that the model uses, each with its source.

Prices are US dollars without taxes, as listed for West Europe in November 2026, rounded. They were not
compared with a bill. What Microsoft does not publish is marked as assumed.
"""

from typing import Final

PRICES_AS_OF: Final = "November 2026"

# Service Bus: "Throttling operations on Azure Service Bus", "Service Bus pricing".
CREDITS_A_SECOND: Final = 1000  # of a namespace of the tier Standard
CREDITS_PER_MESSAGE: Final = 2  # one to send it and one to receive it
MESSAGES_A_SECOND_AND_UNIT: Final = 1000  # of the tier Premium; assumed, because it depends on their size
MOST_UNITS: Final = 16
OPERATIONS_PER_MESSAGE: Final = 3  # sent, received, completed
PER_MILLION_OPERATIONS: Final = 0.80  # of the tier Standard, beyond the first 13 million a month
STANDARD_A_MONTH: Final = 10.0
UNIT_A_MONTH: Final = 677.0  # of the tier Premium

# Table Storage: "Scalability and performance targets for Table storage".
TABLE_REQUESTS_A_SECOND: Final = 20_000  # of an account
ENTITIES_A_SECOND: Final = 2000  # of a partition, of 1 KiB each
PER_MILLION_TABLE_REQUESTS: Final = 0.045

# Flex Consumption: "Azure Functions Flex Consumption plan hosting", "Azure Functions pricing".
CORES: Final = {512: 0.25, 2048: 1.0, 4096: 2.0}  # of an instance, by its memory in MB
CORES_OF_REGION: Final = 250  # of a subscription in a region, unless raised
SHORTEST_EXECUTION_SECONDS: Final = 1.0  # that is charged when an instance is otherwise idle
PER_GB_SECOND: Final = 0.000026
PER_MILLION_EXECUTIONS: Final = 0.40

# Event Grid: "Azure Event Grid quotas and limits", "Event Grid pricing".
EVENTS_A_SECOND: Final = 5000  # of a topic
PER_MILLION_EVENTS: Final = 0.60

# Communication Services: "Service limits for Azure Communication Services", "Email pricing".
EMAILS_AN_HOUR: Final = 100  # of a domain of one's own, until it is raised; 30 in any minute of that hour
PER_MILLION_EMAILS: Final = 250.0

BUSY: Final = 0.6  # of a core, at which Flex has added an instance; assumed
