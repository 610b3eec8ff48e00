"""The attacks by name, at twice the size with which they once took the service away from others.

Each is a function of a `Field`: it prepares, begins, and returns when it has done what it can.
"""

from collections.abc import Awaitable, Callable, Mapping

from benchmarks.neighbours.attacks.conditions import (
    burst_of_conditions,
    large_heads,
    silent_name_servers,
    slow_conditions,
)
from benchmarks.neighbours.attacks.large_orders import (
    hostile_numbers,
    long_texts,
    one_reference,
    orders_for_persons,
)
from benchmarks.neighbours.attacks.reports import odd_reports
from benchmarks.neighbours.attacks.tokens import expired_keys, large_tokens, made_up_issuers
from benchmarks.neighbours.field import Field

type Attack = Callable[[Field], Awaitable[None]]

ATTACKS: Mapping[str, Attack] = {
    attack.__name__.replace("_", "-"): attack
    for attack in (
        slow_conditions,
        burst_of_conditions,
        hostile_numbers,
        orders_for_persons,
        silent_name_servers,
        expired_keys,
        large_tokens,
        made_up_issuers,
        odd_reports,
        large_heads,
        long_texts,  # these two take longest, and get the time that the others left
        one_reference,
    )
}
