from collections.abc import AsyncIterator

import pytest

from tests.support.issuer import KeySources, key_sources


@pytest.fixture
async def sources() -> AsyncIterator[KeySources]:
    async with key_sources() as running:
        yield running
