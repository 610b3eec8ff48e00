"""The verdict on an attack: what an honest owner may notice of it."""

from collections import Counter
from dataclasses import replace

import pytest

from benchmarks.neighbours.honest import KINDS, Timings
from benchmarks.neighbours.probe import Delays
from benchmarks.neighbours.show import document, table
from benchmarks.neighbours.verdict import Round, Told

BEFORE = Timings([0.01] * 10, [0.02], {kind: [0.2] * 3 for kind in KINDS})
KEPT = Round(
    "slow-conditions",
    BEFORE,
    BEFORE,
    (Delays(0.001, 0.003), Delays(0.002, 0.25)),
    {"http": 120.0, "worker": 110.0},
    12.0,
    Told({"201": 400}, ["a note"], []),
)


def during(**changes):
    return replace(KEPT, during=replace(BEFORE, **changes))


def test_an_attack_that_nobody_notices_breaks_no_promise():
    assert KEPT.failures() == []
    assert "BROKEN" not in table([KEPT])
    assert document([KEPT])[0]["failures"] == []


@pytest.mark.parametrize(
    ("attack", "complaint"),
    [
        (during(reads=[0.01, 0.52]), "a read took 0.51 s longer"),
        (during(deliveries=BEFORE.deliveries | {"sms": [0.2, 2.3]}), "delivery (sms) took 2.10 s longer"),
        (replace(KEPT, memory={"http": 301.0, "worker": 110.0}), "http took 301 MB"),
        (replace(KEPT, memory={"http": 120.0, "worker": 301.0}), "worker took 301 MB"),
        (during(problems=Counter({"placement: 503": 2})), "placement: 503, 2 times"),
        (during(deliveries={"sms": [0.2]}), "not every kind of order was delivered"),
        (replace(KEPT, before=Timings()), "nothing was read"),
        (replace(KEPT, told=Told({}, [], ["tokens were accepted"])), "tokens were accepted"),
    ],
)
def test_what_was_noticed_is_told(attack, complaint):
    (failure,) = attack.failures()
    assert complaint in failure
    assert f"BROKEN  slow-conditions: {failure}" in table([attack])


def test_delays_of_machine_and_table_emulator_are_told_and_excuse_nothing():
    assert document([KEPT])[0]["idle"] == [0.001, 0.002]
    assert document([KEPT])[0]["tables"] == [0.003, 0.25]
    assert "     1      2      3    250" in table([KEPT])
    assert replace(during(reads=[0.52]), delays=(Delays(), Delays(9, 9))).failures()


def test_a_little_more_is_within_the_promise():
    assert during(reads=[0.5], deliveries={kind: [2.1] for kind in KINDS}).failures() == []
