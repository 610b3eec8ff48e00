"""The local cloud as tests use it: with kept data, killed parts and overridden settings."""

import http.client
import json
from urllib.parse import urlsplit

import pytest

from devstack.cloud.local_cloud import LocalCloud

pytestmark = pytest.mark.xdist_group("cloud")


def test_kept_data_outlives_a_restart(tmp_path):
    with LocalCloud(data=tmp_path) as cloud:
        metrics_key = cloud.fixtures()["metrics_api_key"]
        assert set(cloud.queues()) >= {
            "orders",
            "orders-bulk",
            "conditions",
            "email-send",
            "email-send-bulk",
            "sms-send",
            "sms-send-bulk",
            "delivery-reports",
            "status-feed",
        }
    with LocalCloud(data=tmp_path) as cloud:
        assert cloud.fixtures()["metrics_api_key"] == metrics_key
    assert (tmp_path / "secrets.json").stat().st_mode & 0o077 == 0


def test_everything_can_be_killed_and_comes_back_at_its_address():
    with LocalCloud(settings={"DEFAULT_SMS_SENDER": "Test"}) as cloud:
        assert health(cloud) == 200
        for name in ("worker", "http", "simulators", "servicebus"):
            cloud.kill(name)
            assert cloud.stopped_children == [name]
            cloud.restart(name)
        assert health(cloud) == 200
        assert cloud.outbox() == {"emails": [], "sms": []}
        cloud.wipe_queues()
        assert cloud.failure is None
        assert json.dumps(cloud.token())
        addresses = {cloud.api, cloud.control, *cloud.addresses.values()}
        assert len(addresses) == len(cloud.addresses) + 1


def health(cloud):
    connection = http.client.HTTPConnection(urlsplit(cloud.api).netloc, timeout=10)
    connection.request("GET", "/health")
    return connection.getresponse().status
