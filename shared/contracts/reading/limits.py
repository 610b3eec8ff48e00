"""Upper bounds of requests, and tolerances for send times.

The reference API has no upper bounds. These are far above what senders use. A request beyond one is answered
with 400 and the limit. Lengths are in characters.
"""

from datetime import UTC, datetime, timedelta

REQUEST_NESTING = 32  # as in the reference API
# What reading one body may take, with itself and one more body of its size that waits. A hundred thousand
# recipients take some 50 MB, with all members written out and addresses as long as fit at most 190 MB.
REQUEST_MEMORY_BYTES = 200_000_000
REQUEST_ESCAPES = 5_000_000  # backslashes; the parser reads a text in one call, and each takes it some time
REPORTED_PROBLEMS = 1_000  # error texts in one answer

# References, ids, subjects, senders, links. A page of the feed repeats some of them five hundred times, and
# a longer reference would not fit into the URL of a search.
TEXT_LENGTH = 8192
# A mailbox has at most 254 characters, a number 15 digits. A row holds the addresses of a hundred recipients,
# two or three times each.
ADDRESS_LENGTH = 512
# A chain is one transaction of at most 4 MiB, and one of its rows holds at most 720 000 bytes, packed.
EMAIL_BODY_LENGTH = 512 * 1024
SMS_BODY_LENGTH = 64 * 1024  # over 400 parts; gateways accept far fewer

FIELDS = 50  # of one recipient
FIELD_BYTES = 1024  # of a value, in UTF-8
RECIPIENTS = 100_000  # a thousand pages; ids have room for some 4 000
REMINDERS = 50  # ids number the orders of a chain in one byte
ATTACHMENTS = 50  # each is fetched by a call of its own before the e-mail is sent

# Any expiry or delay can be added to it without leaving the calendar.
LATEST_SEND_TIME = datetime(9000, 1, 1, tzinfo=UTC)

V1_SEND_TIME_TOLERANCE = timedelta(minutes=5)
# For clocks that drift, not for senders that are late.
SEND_TIME_TOLERANCE = timedelta(seconds=5)

INSTANT_SMS_LIFETIME_SECONDS = range(60, 172_800 + 1)
ATTACHMENT_LINK_MARGIN = timedelta(minutes=15)
