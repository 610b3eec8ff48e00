"""The daily files of metrics, as whoever bills for messages fetches them."""

import io
from typing import Any

import pyarrow.parquet as pq
import requests

from devstack.cloud.local_cloud import LocalCloud
from tests.support.scenarios.owner import API, CALL_SECONDS, Owner, personal


def ask_metrics(
    cloud: LocalCloud, method: str, path: str = "", *, headers: dict[str, str] | None = None, **request: Any
) -> requests.Response:
    """Call an endpoint of metrics, with the key unless `headers` say otherwise."""
    if headers is None:
        headers = {"X-API-Key": personal(cloud.fixtures()["metrics_api_key"])}
    return requests.request(
        method, f"{cloud.api}{API}/metrics{path}", headers=headers, timeout=CALL_SECONDS, **request
    )


def rows_of(cloud: LocalCloud, owner: Owner, path: str) -> tuple[list[dict[str, Any]], requests.Response]:
    """Return what yesterday's file at `/sms` or `/email` says of an owner, and the answer it came in."""
    answer = ask_metrics(cloud, "POST", path)
    assert answer.status_code == 200, answer.text
    table = pq.read_table(io.BytesIO(answer.content))
    assert int(answer.headers["X-Total-FileTransfer-Count"]) == table.num_rows
    return [row for row in table.to_pylist() if row["CreatorName"] == owner.org], answer
