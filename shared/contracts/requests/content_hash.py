"""A hash of what a request asks for, to tell its repeat from another request with the same idempotency id.

It is made of the members as they were read, not of the bytes. So the order and case of names, unknown
members, spellings of a time or an enumeration, and a null in place of nothing make no difference. A time that
is left out stays left out, and what the settings add does not count.
"""

import hashlib

import orjson

from shared.contracts.reading.wire_model import WireModel


def content_hash(request: WireModel) -> str:
    """Return the hash of a request of version 2, without its idempotency id, as hex digits."""
    members = request.model_dump(by_alias=True, exclude_defaults=True, exclude={"idempotency_id"})
    return hashlib.sha256(orjson.dumps(members, option=orjson.OPT_SORT_KEYS)).hexdigest()
