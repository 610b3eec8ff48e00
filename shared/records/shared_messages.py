"""Several work items in one message: a JSON array of the bodies that each of them would have alone.

Each item keeps its own failures and is handled, put off or kept as a dead letter by itself. A provider may
send its events in the same form. Ours begin on lines of their own, so they are told apart without being read:
their bodies hold no line feed.
"""

from collections.abc import Sequence

import orjson


def shared_body(bodies: Sequence[bytes]) -> bytes:
    """Return the body of a message for these items, each of which is a JSON object in one line."""
    return bodies[0] if len(bodies) == 1 else b"[\n%b\n]" % b",\n".join(bodies)


def items_in(body: bytes) -> list[bytes]:
    """Return the bodies of the items in a message, at least one: what cannot be read is one, as it came."""
    if not body.lstrip().startswith(b"["):
        return [body]
    if body.startswith(b"[\n") and body.endswith(b"\n]"):
        items = body[2:-2].split(b",\n")
        if all(item.startswith(b"{") and item.endswith(b"}") for item in items):
            return items
    try:
        values = orjson.loads(body)
    except orjson.JSONDecodeError:
        return [body]
    return [orjson.dumps(value) for value in values] or [body]
