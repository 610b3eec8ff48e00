"""Addresses of links: `amqps://host:port/orders/$DeadLetterQueue/$management` and shorter forms of it."""

from dataclasses import dataclass
from urllib.parse import urlsplit

_MANAGEMENT_SUFFIX = "/$management"


@dataclass(frozen=True, slots=True)
class QueueAddress:
    """A queue by its lower-case name, which includes the dead-letter suffix; or its management node."""

    queue: str
    management: bool


def parse_address(address: str) -> QueueAddress:
    """Read an address with or without scheme and host; service entities are not case-sensitive."""
    path = entity_path(address)
    if path.endswith(_MANAGEMENT_SUFFIX):
        return QueueAddress(path.removesuffix(_MANAGEMENT_SUFFIX), management=True)
    return QueueAddress(path, management=False)


def entity_path(uri: str) -> str:
    """Return the lower-case path below the namespace, without slashes at its ends."""
    path = urlsplit(uri).path if "://" in uri else uri
    return path.strip("/").lower()
