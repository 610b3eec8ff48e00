"""Identifiers of resources in the resource registry, whose access rules narrow the recipients."""

_PREFIX = "urn:altinn:resource:"


def is_resource_id(text: str) -> bool:
    """Whether the text is a resource URN: the prefix and at least one more character."""
    return len(text) > len(_PREFIX) and text.startswith(_PREFIX)


def resource_name(text: str | None) -> str | None:
    """Return the bare name under which other platform services know the resource; None when there is none.

    Accepts the name with or without its URN prefix; at most one prefix is removed.
    """
    if text is None:
        return None
    return text.strip().removeprefix(_PREFIX) or None
