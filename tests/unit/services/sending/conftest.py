"""Processes that share the row of a provider, for the tests of permits."""

import pytest

from shared.services.sending.permit_calls import PermitCalls
from shared.storage.provider_states import ProviderStates
from tests.support.pipeline import world as w
from tests.support.pipeline.process import Process
from tests.support.pipeline.provider_calls import Clocks, CountedStore
from tests.support.pipeline.surroundings import Store


@pytest.fixture
def clocks():
    return Clocks()


@pytest.fixture
async def store(clocks):
    return CountedStore(Store(Process(w.World(clocks.business, clocks.real))))


@pytest.fixture
def new_process(store, clocks):
    def make(*limits, provider="email"):
        states = ProviderStates(store, provider, [limit.name for limit in limits])
        return PermitCalls(states=states, limits=limits, clock=clocks.business)

    return make
