"""A peer that stands for a register of the platform: what it answers, and what it was asked."""

import json
from collections.abc import Mapping
from typing import Any

from shared.lookups.http_client import HttpClient
from shared.lookups.platform.platform_service import PlatformService
from tests.support.peer import Answering, Peer, in_turn, response

NIN, ORG = "01017012345", "910000001"


def service(peer: Peer, http: HttpClient, **more: Any) -> PlatformService:
    """Return the client of a register whose address is the peer's."""
    return PlatformService("Service", f"{peer.url}/api/v1", http, **more)


def answer(document: Mapping[str, Any]) -> bytes:
    """Return an answer with this document."""
    return response(200, json.dumps(document).encode())


def answering(*documents: Mapping[str, Any]) -> Answering:
    """Answer with one of the documents after the other."""
    return in_turn(*(answer(document) for document in documents))


def asked(peer: Peer) -> list[tuple[str, Any]]:
    """Return the path and document of each question."""
    return [(received.target, json.loads(received.body)) for received in peer.received]
