"""A daily file is built a part at a time: a day of many notifications is never in memory as rows."""

import base64
import hashlib
import io
from datetime import timedelta
from types import SimpleNamespace

import azure.functions as func
import pyarrow.parquet as pq
import pytest

from functions.endpoints.metrics import daily_file
from shared.auth.keys import ApiKeyRefusedError
from shared.contracts.metrics.daily_file import MetricsFile
from shared.domain.orders.order import Channel
from shared.services.feeding.collect_metrics import CollectMetrics
from tests.support.pipeline import world as w
from tests.support.pipeline.ended_orders import EndedOrders, WatchedStore

YESTERDAY = w.start_of_day()


class Day:
    """What ended yesterday, and the app that tells of it."""

    def __init__(self):
        self.clock = w.VirtualClock(YESTERDAY)
        self.store = WatchedStore(self.clock)
        self.ended = EndedOrders(self.store, self.clock)
        self.collect = CollectMetrics(orders=self.ended.orders, feed=self.ended.feed)

    async def close(self, *orders, owner="ttd"):
        """Let orders end; each is how many SMS and e-mails its pages have, or its only row."""
        await self.ended.end(owner, *orders)
        self.store.forget()

    async def file(self, channel, **limits):
        """Return the answer the day after, and the rows in it."""
        self.clock.at = YESTERDAY + timedelta(days=1)
        app = SimpleNamespace(
            metrics_api_key=SimpleNamespace(check=_check),
            clock=self.clock,
            settings=SimpleNamespace(environment_name="local"),
            collect_metrics=self.collect,
        )
        request = func.HttpRequest("POST", "/", headers={"X-API-Key": "key"}, body=b"")
        answer = await daily_file(app, request, channel, **limits)
        return answer, pq.read_table(io.BytesIO(answer.get_body())).to_pylist()


def _check(headers):
    if headers["X-API-Key"] != "key":
        raise ApiKeyRefusedError("no")


@pytest.fixture
def day():
    return Day()


@pytest.fixture
def parts(monkeypatch):
    """Note how many rows were written at once."""
    sizes = []
    add = MetricsFile.add

    def noted(self, rows):
        sizes.append(len(rows))
        add(self, rows)

    monkeypatch.setattr(MetricsFile, "add", noted)
    return sizes


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 20, 1203])
async def test_rows_are_written_some_at_a_time(day, parts, count):
    await day.close(*[[(1, 0)]] * (count // 2), *[[(0, 1)]] * 3)
    await day.close(*[[(1, 0)]] * (count - count // 2), owner="skd")
    answer, rows = await day.file(Channel.SMS, rows_at_once=10)
    assert len({row["ShipmentId"] for row in rows}) == len(rows) == count
    assert sum(parts) == count
    assert max(parts, default=0) <= 10
    assert len(parts) == -(-count // 10)
    assert answer.headers["X-Total-FileTransfer-Count"] == str(count)
    assert answer.headers["X-File-Size"] == str(len(answer.get_body()))
    digest = hashlib.md5(answer.get_body(), usedforsecurity=False).digest()
    assert answer.headers["X-File-Hash"] == base64.b64encode(digest).decode()


@pytest.mark.parametrize(("channel", "count"), [(Channel.SMS, 3 * 120 + 7), (Channel.EMAIL, 2 * 120 + 1)])
async def test_large_and_small_orders_are_in_the_file(day, channel, count):
    await day.close([(7, 0)], [(3, 2)] * 120, [(0, 1)])
    _, rows = await day.file(channel)
    assert len({row["ShipmentId"] for row in rows}) == len(rows) == count
