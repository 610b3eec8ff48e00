"""The queues, named once; their policy is declared in infra/queues.json."""

ORDERS = "orders"
ORDERS_BULK = "orders-bulk"  # the same work: of owners that have much, and of the pages of large orders
CONDITIONS = "conditions"
EMAIL_SEND = "email-send"
EMAIL_SEND_BULK = "email-send-bulk"  # the same work, as of orders-bulk, and long texts
SMS_SEND = "sms-send"
SMS_SEND_BULK = "sms-send-bulk"
DELIVERY_REPORTS = "delivery-reports"
STATUS_FEED = "status-feed"
WEBHOOKS = "webhooks"
QUEUES = (
    ORDERS,
    ORDERS_BULK,
    CONDITIONS,
    EMAIL_SEND,
    EMAIL_SEND_BULK,
    SMS_SEND,
    SMS_SEND_BULK,
    DELIVERY_REPORTS,
    STATUS_FEED,
    WEBHOOKS,
)
AWAITED = frozenset({DELIVERY_REPORTS})  # the SMS gateway waits until its reports are on the queue
PULSE = "pulse"  # carries no work, so nothing that concerns all queues of work concerns it
