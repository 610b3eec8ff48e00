"""Attacks with credentials, or with what looks like one."""

import asyncio
import base64
import json
import secrets
from collections.abc import Iterable
from datetime import timedelta

from benchmarks.neighbours.field import API, Field
from benchmarks.neighbours.vault import HEADER
from benchmarks.neighbours.wire import Request

_FEED = f"{API}/future/shipment/feed"
_LONGEST_TOKEN = 16_384
_VALID_SECONDS = 8


async def expired_keys(field: Field) -> None:
    """800 platform tokens, remembered as genuine, again and again once their certificate has expired."""
    requests = _reads(field.vault.token("fleeting", number=number) for number in range(800))
    await field.begin()
    field.vault.add("fleeting", timedelta(seconds=_VALID_SECONDS))
    before = await field.crowd.ask_all(requests[:400], 4)
    field.note(f"{before[200]} of 400 accepted while it was valid")
    await asyncio.sleep(_VALID_SECONDS)
    after = await field.crowd.ask_all(requests * 3, 4)
    field.note(f"{after[401]} of {after.total()} refused after that")
    if after[200]:
        field.broken.append(f"{after[200]} tokens were accepted although their certificate had expired")


async def large_tokens(field: Field) -> None:
    """8 192 genuine platform tokens of 16 kB, with as many objects as fit."""
    field.vault.add("large")
    filling: list[object] = [{}] * 3_900  # three characters each, a third more in base64
    requests = _reads(field.vault.token("large", number=number, filling=filling) for number in range(8192))
    await field.begin()
    answers = await field.crowd.ask_all(requests, 8)
    field.note(f"{answers[200]} accepted")


async def made_up_issuers(field: Field) -> None:
    """2 000 platform tokens of made-up issuers by somebody without a credential, three times over."""
    requests = _reads(_unsigned(f"made-up-{number}") for number in range(2000))
    await field.begin()
    asked = field.vault.asked
    for _ in range(3):
        await field.crowd.ask_all(requests, 16)
    field.note(f"{field.vault.asked - asked} questions to the vault")


def _reads(tokens: Iterable[str]) -> list[Request]:
    kept = list(tokens)
    assert len(max(kept, key=len)) <= _LONGEST_TOKEN
    return [Request("GET", _FEED, (f"{HEADER}: {token}",)) for token in kept]


def _unsigned(issuer: str) -> str:
    head = _part({"alg": "RS256", "typ": "JWT"})
    return f"{head}.{_part({'iss': issuer, 'exp': 4_000_000_000})}.{secrets.token_urlsafe(256)}"


def _part(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")
