"""What the API accepts at most, and how exact clocks have to be.

The reference API knows no upper bounds. These are far above what senders use and keep one request storable.
A request beyond them is answered with 400, naming the limit. Lengths are characters.
"""

from datetime import UTC, datetime, timedelta

REQUEST_NESTING = 32
REQUEST_PARTS = 1_000_000  # objects, lists and commas; each costs memory far beyond the byte it takes
REPORTED_PROBLEMS = 1_000  # messages in one answer; nobody mends more mistakes at once

IDEMPOTENCY_ID_LENGTH = 512
REFERENCE_LENGTH = 255
SENDER_LENGTH = 320
ADDRESS_LENGTH = 512
URL_LENGTH = 4096
SUBJECT_LENGTH = 4096
EMAIL_BODY_LENGTH = 512 * 1024
SMS_BODY_LENGTH = 64 * 1024

RECIPIENTS = 100_000
REMINDERS = 50  # the identifier scheme numbers the orders of a chain in one byte
ATTACHMENTS = 50

# Room for every expiry and delay to be added to a send time without leaving the calendar.
LATEST_SEND_TIME = datetime(9000, 1, 1, tzinfo=UTC)

V1_SEND_TIME_TOLERANCE = timedelta(minutes=5)
# Forgives clocks that drift, not senders that are late.
SEND_TIME_TOLERANCE = timedelta(seconds=5)

INSTANT_SMS_LIFETIME_SECONDS = range(60, 172_800 + 1)
ATTACHMENT_LINK_MARGIN = timedelta(minutes=15)
