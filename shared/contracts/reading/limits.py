"""What the API accepts at most, and how exact clocks have to be.

The reference API knows no upper bounds. These are far above what senders use. A request beyond them is
answered with 400, naming the limit. Lengths are characters.
"""

from datetime import UTC, datetime, timedelta

REQUEST_NESTING = 32  # as in the reference API
REQUEST_PARTS = 1_000_000  # objects, lists and commas; each costs memory far beyond the byte it takes
REPORTED_PROBLEMS = 1_000  # messages in one answer; nobody mends more mistakes at once

# References, ids, subjects, senders, links. Feed entries repeat some of them, five hundred entries a page,
# and the URL that asks for a reference has no room for a longer one.
TEXT_LENGTH = 8192
# A mailbox has at most 254 characters, a number 15 digits. The row of a hundred recipients holds each of them
# two or three times.
ADDRESS_LENGTH = 512
# A chain is one transaction of 4 MiB, and one row of it takes 720 000 bytes, packed.
EMAIL_BODY_LENGTH = 512 * 1024
SMS_BODY_LENGTH = 64 * 1024  # over 400 parts; gateways take a fraction of that

RECIPIENTS = 100_000  # a thousand pages; the identifier scheme numbers some 4 000
REMINDERS = 50  # the identifier scheme numbers the orders of a chain in one byte
ATTACHMENTS = 50  # each is a call of its own before the e-mail leaves

# Room for every expiry and delay to be added to a send time without leaving the calendar.
LATEST_SEND_TIME = datetime(9000, 1, 1, tzinfo=UTC)

V1_SEND_TIME_TOLERANCE = timedelta(minutes=5)
# Forgives clocks that drift, not senders that are late.
SEND_TIME_TOLERANCE = timedelta(seconds=5)

INSTANT_SMS_LIFETIME_SECONDS = range(60, 172_800 + 1)
ATTACHMENT_LINK_MARGIN = timedelta(minutes=15)
