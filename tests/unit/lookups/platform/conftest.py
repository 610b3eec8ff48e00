import pytest

from shared.lookups.http_client import HttpClient


@pytest.fixture
def http():
    client = HttpClient(public_only=False, insecure_local=True)
    yield client
    client.close()
