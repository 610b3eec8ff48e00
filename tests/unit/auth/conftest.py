from collections.abc import AsyncIterator

import jwt
import pytest

from tests.support.issuer import KeySources, PassingTime, key_sources


@pytest.fixture
async def sources() -> AsyncIterator[KeySources]:
    async with key_sources() as running:
        yield running


@pytest.fixture
def clock() -> PassingTime:
    """The time of the caches of keys."""
    return PassingTime()


@pytest.fixture
def decoded(monkeypatch) -> list[str]:
    """The tokens whose signature was checked."""
    checked: list[str] = []
    real = jwt.decode

    def noted(value, *args, **options):
        checked.append(value)
        return real(value, *args, **options)

    monkeypatch.setattr(jwt, "decode", noted)
    return checked
