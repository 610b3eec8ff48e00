"""Every function is run by as many processes as were asked for, in both layouts of the local cloud."""

from collections import Counter

import pytest

from devstack.cloud.groups import all_in_one, by_group, list_groups
from devstack.errors import DevstackError
from devstack.host.groups import Role
from devstack.tests.support.emulator_process import EmulatorProcess
from devstack.tests.support.host.process import SAMPLE_APP, HostProcess

SETTINGS = {"SINGLE_QUEUE": "singles", "TIMER_SCHEDULE": "0 0 3 * * *"}
QUEUE_FUNCTIONS = ["on_batch", "on_dead_letter", "on_single"]
TIMER_FUNCTIONS = ["on_start", "on_timer"]


@pytest.fixture(scope="module")
def emulator(tmp_path_factory):
    with EmulatorProcess(tmp_path_factory.mktemp("emulator")) as process:
        yield process


@pytest.fixture(scope="module")
def groups():
    return list_groups(SAMPLE_APP, SETTINGS)


@pytest.fixture
def functions_of(emulator, tmp_path):
    """Run one process, and return the functions that it triggers."""

    def functions(part):
        settings = {"SampleBus": emulator.connection_string, **part.settings}
        with HostProcess(tmp_path, roles=part.serves, settings=settings) as host:
            return host.ready()["functions"]

    return functions


def test_in_flex_each_function_has_its_own_processes_and_a_timer_one(groups, functions_of):
    parts = by_group(groups, workers=2)
    served = {part.name: functions_of(part) for part in parts}
    http = served.pop("http")
    assert len(http) == 8
    assert served == {
        **{f"worker-{name}": [name] for name in QUEUE_FUNCTIONS + TIMER_FUNCTIONS},
        **{f"worker-{name}-2": [name] for name in QUEUE_FUNCTIONS},
    }


def test_all_in_one_the_first_worker_has_the_timers_and_every_worker_all_queues(functions_of):
    served = {part.name: functions_of(part) for part in all_in_one(workers=2)}
    assert len(served.pop("http")) == 8
    assert served == {"worker": sorted(QUEUE_FUNCTIONS + TIMER_FUNCTIONS), "worker-2": QUEUE_FUNCTIONS}


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_number_of_processes_is_the_one_asked_for(groups, workers):
    flex = by_group(groups, workers)
    assert Counter(part.serves for part in flex) == Counter(
        {Role.HTTP: 1, Role.QUEUES: 3 * workers, Role.TIMERS: 2 * min(workers, 1)}
    )
    assert len({part.name for part in flex}) == len(flex)
    assert len(all_in_one(workers)) == 1 + workers


def test_app_that_cannot_be_loaded_is_told_with_its_reason(tmp_path):
    (tmp_path / "function_app.py").write_text("raise RuntimeError('the reason')")
    with pytest.raises(DevstackError, match=r"(?s)cannot be listed: .*RuntimeError: the reason"):
        list_groups(tmp_path, {})
