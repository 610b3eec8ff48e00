"""Several work items in one message: a JSON array of the bodies that each of them would have alone.

Each item keeps its own failures and is handled, put off or kept as a dead letter by itself. A provider may
send its events in the same form.
"""

from collections.abc import Sequence

import orjson


def shared_body(bodies: Sequence[bytes]) -> bytes:
    """Return the body of a message for these items, each of which is valid JSON."""
    return bodies[0] if len(bodies) == 1 else b"[%b]" % b",".join(bodies)


def items_in(body: bytes) -> list[bytes]:
    """Return the bodies of the items in a message, at least one: what cannot be read is one, as it came."""
    if not body.lstrip().startswith(b"["):
        return [body]
    try:
        items = orjson.loads(body)
    except orjson.JSONDecodeError:
        return [body]
    return [orjson.dumps(item) for item in items] or [body]
