"""The providers meet the simulators: real SDKs, real sockets, one process."""

import base64
from collections.abc import AsyncIterator

import pytest
from azure.core.credentials import AzureKeyCredential

from devstack.tests.support.simulators import ACS_KEY, Cloud, cloud, start_cloud
from shared.providers.email_acs import AcsEmailProvider
from shared.providers.sms_link_mobility import LinkMobilityGateway
from shared.runtime.http_transport import LeanTransport

SENDER = "ikke-svar@example.no"

__all__ = ["cloud", "start_cloud"]


@pytest.fixture
async def transport() -> AsyncIterator[LeanTransport]:
    lean = LeanTransport()
    yield lean
    await lean.shutdown()


@pytest.fixture
def email_provider(cloud: Cloud, transport: LeanTransport) -> AcsEmailProvider:
    return AcsEmailProvider(
        cloud.url("acs"), AzureKeyCredential(ACS_KEY), transport, default_sender=SENDER, deadline_seconds=2
    )


@pytest.fixture
def wrong_key_provider(cloud: Cloud, transport: LeanTransport) -> AcsEmailProvider:
    wrong = AzureKeyCredential(base64.b64encode(b"another key").decode())
    return AcsEmailProvider(cloud.url("acs"), wrong, transport, default_sender=SENDER, deadline_seconds=2)


@pytest.fixture
def sms_gateway(cloud: Cloud, transport: LeanTransport) -> LinkMobilityGateway:
    return LinkMobilityGateway(
        cloud.url("sms", "/"),
        "sms-user",
        "sms-pass",
        transport,
        default_sender="Altinn",
        read_timeout_seconds=1,
    )
