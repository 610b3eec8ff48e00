"""`python -m benchmarks.opening`: how evenly held SMS leave after the window opens, and how late.

Half of the SMS are orders of their own, the other half is one order. All are placed in the evening; then the
clock of the local cloud is set to shortly before the opening, and goes on as real time does. Each SMS has a
place in the spread: what the gateway got is compared with that.
"""

import argparse
import http.client
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from benchmarks.bulk import RECIPIENTS_PER_PAGE
from benchmarks.orders import PATH, order_body, phone_number
from benchmarks.processes import Neighbours
from benchmarks.report import Figure, as_json, percentile, save, table
from benchmarks.stand import Stand, open_stand
from devstack.cloud.host_choice import HostKind
from devstack.json_client import JsonClient
from devstack.progress import Progress
from shared.domain.orders.ids import known_id
from shared.domain.orders.lifetime import place_in_spread
from shared.records.queues import QUEUES

_OSLO = ZoneInfo("Europe/Oslo")
_CLIENTS = 8
_LARGE_PATH = "/notifications/api/v1/orders/sms"
_LARGE_TEXT = "The office is closed on Friday. It opens again on Monday at nine."
_BEFORE = timedelta(seconds=15)
_PATIENCE = timedelta(minutes=5)  # after the spread
_PARTS = 20  # of the spread: half minutes of ten minutes
_ANSWER_SECONDS = 60.0
_LATE_SECONDS = 60.0
_UNEVEN = 1.25  # the fullest part against what its places say

type _Places = dict[str, float]


@dataclass(frozen=True, slots=True)
class Opening:
    """What was planned and what happened, as seconds after the opening by phone number."""

    spread: float
    planned: _Places
    sent: _Places
    in_large: frozenset[str]
    doubled: int
    messages: dict[str, float]
    calls: float

    def lateness(self, numbers: Iterable[str]) -> list[float]:
        """Return by how many seconds each of these SMS left after its place."""
        return [self.sent[number] - self.planned[number] for number in numbers if number in self.sent]

    def by_part(self, times: _Places, numbers: Iterable[str]) -> Counter[int]:
        """Count these SMS by part of the spread; what left after it is in a last part of its own."""
        return Counter(
            max(0, min(_PARTS, int(times[number] / self.spread * _PARTS)))
            for number in numbers
            if number in times
        )


def open_window(stand: Stand, count: int, spread: timedelta, say: Progress) -> Opening:
    """Place that many SMS in the evening, let the window open, and wait until all were sent."""
    day = datetime.now(UTC).astimezone(_OSLO).date() + timedelta(days=1)
    evening = datetime(day.year, day.month, day.day, 20, tzinfo=_OSLO)
    opening = (evening + timedelta(days=1)).replace(hour=9)
    stand.cloud.set_clock(evening)
    singles = [phone_number(number) for number in range(count // 2)]
    others = [phone_number(number) for number in range(count // 2, count)]
    say(f"placing {len(singles)} orders and one for {len(others)} recipients")
    places = _place_singles(stand, singles) | _place_large(stand, others)
    stand.wait_quiet()
    stand.cloud.clear_outbox()
    before = stand.snapshot()
    stand.cloud.set_clock(opening - _BEFORE)
    say("the window opens")
    outbox = _wait_for(stand, count, _BEFORE + spread + _PATIENCE)
    spent = stand.snapshot().since(before)
    left = Counter(sms["to"] for sms in outbox)
    return Opening(
        spread=spread.total_seconds(),
        planned={number: place * spread.total_seconds() for number, place in places.items()},
        sent={
            sms["to"]: (datetime.fromisoformat(sms["at"]) - opening).total_seconds()
            for sms in reversed(outbox)
        },
        in_large=frozenset(others),
        doubled=sum(times - 1 for times in left.values()),
        messages={name: spent.messages[name] / count for name in QUEUES},
        calls=spent.calls.total() / count,
    )


def _wait_for(stand: Stand, count: int, longest: timedelta) -> Sequence[dict[str, Any]]:
    """Return what the gateway got, oldest first, once it is all there or the time is over."""
    control, deadline = JsonClient(stand.cloud.control), time.monotonic() + longest.total_seconds()
    sms: Sequence[dict[str, Any]] = ()
    while len(sms) < count and (left := deadline - time.monotonic()) > 0:
        path = f"/outbox?count={count}&wait={left:.0f}s"
        sms = control.ask("GET", path, wait=left + _ANSWER_SECONDS)["sms"]
    stand.wait_quiet()
    return sms


def _place_singles(stand: Stand, numbers: Sequence[str]) -> _Places:
    def place(client: int) -> _Places:
        connection = http.client.HTTPConnection(urlsplit(stand.cloud.api).netloc, timeout=60)
        found = {}
        for index in range(client, len(numbers), _CLIENTS):
            body = order_body("sms", index, run="opening", daytime=True)
            answer = _post(connection, stand.token, PATH, body)
            found[numbers[index]] = place_in_spread(known_id(answer["notification"]["shipmentId"]))
        connection.close()
        return found

    with ThreadPoolExecutor(_CLIENTS) as pool:
        return {number: at for some in pool.map(place, range(_CLIENTS)) for number, at in some.items()}


def _place_large(stand: Stand, numbers: Sequence[str]) -> _Places:
    connection = http.client.HTTPConnection(urlsplit(stand.cloud.api).netloc, timeout=120)
    document = {"body": _LARGE_TEXT, "recipients": [{"mobileNumber": number} for number in numbers]}
    answer = _post(connection, stand.token, _LARGE_PATH, json.dumps(document).encode())
    connection.close()
    order = known_id(answer["orderId"])
    if len(numbers) <= RECIPIENTS_PER_PAGE:
        return dict.fromkeys(numbers, place_in_spread(order))
    return {
        number: place_in_spread(order.of_page(index // RECIPIENTS_PER_PAGE + 1))
        for index, number in enumerate(numbers)
    }


def _post(connection: http.client.HTTPConnection, token: str, path: str, body: bytes) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection.request("POST", path, body, headers)
    answer = connection.getresponse()
    text = answer.read()
    if answer.status not in (201, 202):
        raise RuntimeError(f"an order was not accepted: {answer.status} {text!r}")
    return dict(json.loads(text))


def histogram(found: Opening) -> str:
    """Return by part of the spread how many SMS were to leave, and how many left."""
    planned, sent = found.by_part(found.planned, found.planned), found.by_part(found.sent, found.planned)
    of_large = found.by_part(found.sent, found.in_large)
    seconds = found.spread / _PARTS
    most = max(sent.values(), default=1)
    lines = [f"{'from':>8} {'planned':>8} {'sent':>8} {'of the one order':>18}"]
    for part in range(_PARTS + 1):
        counts = f"{planned[part]:>8} {sent[part]:>8} {of_large[part]:>18}"
        lines.append(f"{part * seconds:>6.0f} s {counts}  {'#' * round(40 * sent[part] / most)}".rstrip())
    return "\n".join(lines)


def figures(found: Opening) -> list[Figure]:
    """Return every figure beside its budget."""
    rows = []
    singles = found.planned.keys() - found.in_large
    for group, numbers in (("Orders for one recipient", singles), ("One large order", found.in_large)):
        late = found.lateness(numbers)
        rows += [
            Figure(group, "sent", len(late), "SMS", at_least=len(numbers)),
            Figure(group, "earliest, after its place", min(late, default=0.0), "s", at_least=0.0),
            Figure(group, "p50 after its place", percentile(late, 50) if late else 0.0, "s"),
            Figure(group, "latest, after its place", max(late, default=0.0), "s", at_most=_LATE_SECONDS),
        ]
    planned, sent = found.by_part(found.planned, found.planned), found.by_part(found.sent, found.planned)
    fullest = max(sent.values(), default=0) / max(planned.values(), default=1)
    group = "All"
    rows += [
        Figure(group, "sent twice", found.doubled, "SMS", at_most=0),
        Figure(group, "fullest part, against that of the places", fullest, "times", at_most=_UNEVEN),
        Figure(group, "table calls for each SMS", found.calls, ""),
    ]
    return rows + [
        Figure(group, f"messages on {name} for each SMS", each, "") for name, each in found.messages.items()
    ]


def main() -> int:
    """Run as the command line says; 1 when a budget is not met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.opening", description=__doc__)
    parser.add_argument("--orders", type=int, default=50_000, help="SMS, half of them in one order")
    parser.add_argument("--workers", type=int, default=4, help="worker processes")
    parser.add_argument("--spread", type=int, default=600, help="seconds over which they leave")
    chosen = parser.parse_args()
    neighbours, spread = Neighbours(), timedelta(seconds=chosen.spread)
    settings = {"SMS_SEND_WINDOW_SPREAD_SECONDS": str(chosen.spread)}
    with Progress() as say:
        say("starting the local cloud")
        with open_stand(chosen.workers, HostKind.OWN, settings) as stand:
            found = open_window(stand, chosen.orders, spread, say)
    rows = figures(found)
    print(f"{histogram(found)}\n{table(rows)}", flush=True)
    share = neighbours.share()
    print(f"other programs took {share:.0%} of the machine meanwhile")
    document = {
        "orders": chosen.orders,
        "workers": chosen.workers,
        "spread": chosen.spread,
        "neighbours": round(share, 3),
        "figures": as_json(rows),
    }
    print(f"written to {save('opening', document)}")
    return 0 if all(row.met is not False for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
