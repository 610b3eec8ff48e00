"""One broker for all tests, and SDK clients that are opened once.

Connecting an SDK sender or receiver takes half a second and closing one takes longer, so tests share them and
start from wiped queues. A shared receiver must never be left with credit: ask for exactly what will come.
"""

from collections.abc import Iterator

import pytest

from devstack.tests.support.broker import BrokerThread, Sdk


@pytest.fixture(scope="session")
def broker_thread(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerThread]:
    thread = BrokerThread(tmp_path_factory.mktemp("broker"))
    yield thread
    thread.stop()


@pytest.fixture
def broker(broker_thread: BrokerThread) -> BrokerThread:
    """The shared broker with empty queues and the clock at real time."""
    broker_thread.clock.set_offset(0)
    broker_thread.call(broker_thread.running.broker.wipe)
    return broker_thread


@pytest.fixture(scope="session")
def shared_sdk(broker_thread: BrokerThread) -> Iterator[Sdk]:
    sdk = Sdk(broker_thread.connection_string)
    yield sdk
    sdk.close()


@pytest.fixture
def sdk(shared_sdk: Sdk, broker: BrokerThread) -> Sdk:
    """The shared clients, for a test that starts with empty queues."""
    assert broker.counts("plain")["active"] == 0
    return shared_sdk
