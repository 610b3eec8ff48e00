"""The queues, named once; their policy is declared in infra/queues.json."""

ORDERS = "orders"
ORDERS_BULK = "orders-bulk"  # the same work: of owners that have much, and of the pages of large orders
CONDITIONS = "conditions"
EMAIL_SEND = "email-send"
SMS_SEND = "sms-send"
DELIVERY_REPORTS = "delivery-reports"
STATUS_FEED = "status-feed"
QUEUES = (ORDERS, ORDERS_BULK, CONDITIONS, EMAIL_SEND, SMS_SEND, DELIVERY_REPORTS, STATUS_FEED)
PULSE = "pulse"  # carries no work, so nothing that concerns all queues of work concerns it
