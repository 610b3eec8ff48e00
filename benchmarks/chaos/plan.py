"""What a run does: which orders are placed when, and how much goes wrong meanwhile; decided by a seed."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.chaos.faults import OrderFault, plan_order_faults
from benchmarks.chaos.orders import BULK_RECIPIENTS, Kind, Order
from benchmarks.chaos.timeline import Outage, Strike, plan_outages, plan_strikes
from benchmarks.chaos.webhooks.moods import Mood, plan_moods

MOST_ORDERS = 10_000  # per channel
_ORDERS_PER_SECOND = 40.0  # on both channels; what two busy cores still work off beside the blows
_SHORTEST_SECONDS = 120.0
_ORDERS_PER_KILL = 150
_FEWEST_KILLS = 9
_DAYTIME_SHARE = 0.25
_ORDERS_PER_BULK = 500
_FAULTY_BULK_RECIPIENTS = 6  # of an order: each fails a call for a hundred recipients
_EARLY = 0.2  # reminders after a day are asked for early, so that the run need not last two days longer
# Share of the orders of a channel. The rest go to an address of their own.
_SHARES = {
    "email": {
        Kind.LATER: 0.03,
        Kind.CANCELLED: 0.04,
        Kind.PERSON: 0.03,
        Kind.ORGANISATION: 0.03,
        Kind.IDENTITY: 0.01,
        Kind.WANTED: 0.03,
        Kind.UNWANTED: 0.02,
        Kind.UNCLEAR: 0.02,
        Kind.REMINDED: 0.02,
        Kind.REMINDED_NEXT_DAY: 0.01,
    },
    "sms": {
        Kind.LATER: 0.03,
        Kind.CANCELLED: 0.04,
        Kind.PERSON: 0.05,
        Kind.WANTED: 0.03,
        Kind.UNWANTED: 0.02,
        Kind.UNCLEAR: 0.02,
        Kind.REMINDED: 0.02,
        Kind.REMINDED_NEXT_DAY: 0.01,
    },
}


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole run. `seconds` is how long orders are placed, `moods` are those of a webhook's endpoint."""

    seconds: float
    orders: tuple[Order, ...]
    faults: tuple[OrderFault, ...]
    strikes: tuple[Strike, ...]
    outages: tuple[Outage, ...]
    moods: tuple[Mood, ...] = ()

    @property
    def limits(self) -> dict[str, int]:
        """The limits for the providers, above the rate of placing so that only what piled up meets them."""
        per_channel = len(self.orders) / 2 / self.seconds
        return {
            "EMAIL_LIMIT_PER_MINUTE": max(120, round(per_channel * 60 * 3)),
            "SMS_LIMIT_PER_SECOND": max(6, round(per_channel * 4)),
        }


def plan_run(seed: int, orders_per_channel: int, kills: int | None) -> Plan:
    """Return the run that a seed stands for; `kills` None lets their number grow with the orders."""
    chance = random.Random(seed)
    seconds = max(_SHORTEST_SECONDS, 2 * orders_per_channel / _ORDERS_PER_SECOND)
    orders = _plan_orders(chance, orders_per_channel, seconds)
    faults: list[OrderFault] = []
    for channel in _SHARES:
        addresses = [to for order in orders if order.channel == channel for to in _faulty(order, chance)]
        faults += plan_order_faults(chance, channel, addresses)
    if kills is None:
        kills = max(_FEWEST_KILLS, orders_per_channel // _ORDERS_PER_KILL)
    outages = plan_outages(chance, seconds)
    strikes = plan_strikes(chance, seconds, kills)
    moods = plan_moods(chance, seconds)
    return Plan(seconds, tuple(orders), tuple(faults), tuple(strikes), tuple(outages), moods)


def _plan_orders(chance: random.Random, per_channel: int, seconds: float) -> list[Order]:
    kinds = [
        (channel, number, kind)
        for channel in _SHARES
        for number, kind in enumerate(_kinds(channel, per_channel))
    ]
    chance.shuffle(kinds)
    step = seconds / len(kinds)
    return sorted(
        (
            Order(
                _moved(kind, place * step),
                channel,
                number,
                kind,
                daytime=channel == "sms" and chance.random() < _DAYTIME_SHARE,
            )
            for place, (channel, number, kind) in enumerate(kinds)
        ),
        key=lambda order: order.at,
    )


def _kinds(channel: str, orders: int) -> Iterator[Kind]:
    """Yield the kinds of the orders by number; equal ones stand together, so that people do not repeat."""
    bulk = max(1, orders // _ORDERS_PER_BULK)
    special = {kind: max(1, round(share * orders)) for kind, share in _SHARES[channel].items()}
    plain = orders - bulk - sum(special.values())
    if plain < 1:
        raise ValueError(f"{orders} orders are too few for one of each kind")
    for kind, count in ({Kind.BULK: bulk} | special | {Kind.PLAIN: plain}).items():
        yield from [kind] * count


def _moved(kind: Kind, at: float) -> float:
    return at * _EARLY if kind is Kind.REMINDED_NEXT_DAY else at


def _faulty(order: Order, chance: random.Random) -> list[str]:
    """Return the addresses of an order that may get a fault of their own."""
    addresses = order.own_addresses
    if len(addresses) == BULK_RECIPIENTS:
        return chance.sample(addresses, _FAULTY_BULK_RECIPIENTS)
    return addresses
