"""A run announces as many steps as it has planned, so that its bar ends full."""

from contextlib import nullcontext
from unittest.mock import MagicMock

import pytest

from benchmarks import measure
from devstack.cloud.host_choice import HostKind
from devstack.progress import Progress


class Counted(Progress):
    """Progress that counts its steps."""

    steps = 0

    def __call__(self, what):
        self.steps += 1


@pytest.fixture
def say(monkeypatch):
    monkeypatch.setattr(measure, "open_stand", lambda *_, **__: nullcontext(MagicMock()))
    phases = MagicMock()
    phases.intake_and_drain.return_value = (None, None)
    monkeypatch.setattr(measure, "phases", phases)
    monkeypatch.setattr(measure, "without_queues", dict)
    replaced = (
        "Floor",
        "measure_import",
        "measure_growth",
        "prepare",
        "send_bulk",
        "send_with_lookups",
        "tell",
    )
    for name in replaced:
        monkeypatch.setattr(measure, name, MagicMock())
    return Counted()


@pytest.mark.parametrize("rounds", [1, 3])
@pytest.mark.parametrize("flex", [None, True, False])
def test_steps_on_our_own_host(say, rounds, flex):
    if not flex:
        measure.measure(rounds, 10, 1, say)
    if flex is not False:
        measure.measure_flex(rounds, 10, 1, say)
    assert say.steps == measure.planned_steps(rounds, HostKind.OWN, flex)


@pytest.mark.parametrize("rounds", [1, 3])
def test_steps_on_the_real_host(say, rounds):
    measure.measure_real_host(rounds, 10, 1, say, flex=False)
    assert say.steps == measure.planned_steps(rounds, HostKind.REAL, flex=False)
