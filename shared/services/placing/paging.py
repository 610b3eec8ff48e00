"""How the recipients of a large order are parted into pages: by number, and by the size of fields.

A page is one row. With fields at their limits, a hundred recipients would take five megabytes.
"""

from collections.abc import Iterator, Sequence

from shared.domain.orders.order import Recipient

# A row holds 720 000 bytes, and a character takes up to six of them in JSON. No request that can be read has
# so many fields that they need more pages than ids have room for.
PAGE_FIELD_CHARACTERS = 64_000


def parted(recipients: Sequence[Recipient], most: int) -> Iterator[Sequence[Recipient]]:
    """Yield the recipients in parts of up to `most`, fewer where their fields are long; one at least."""
    start = size = 0
    for index, recipient in enumerate(recipients):
        added = field_characters(recipient)
        if index > start and (index - start >= most or size + added > PAGE_FIELD_CHARACTERS):
            yield recipients[start:index]
            start, size = index, 0
        size += added
    if recipients:
        yield recipients[start:]


def field_characters(recipient: Recipient) -> int:
    """Return how long the fields of a recipient are, with their names."""
    if not recipient.fields:
        return 0
    return sum(map(len, recipient.fields)) + sum(map(len, recipient.fields.values()))
