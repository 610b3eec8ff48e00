"""Which functions a host triggers that gets a list of them, as an instance of Flex Consumption would."""

import json

import pytest

from devstack.tests.support.host.process import HostProcess

HTTP_FUNCTIONS = ["cookies", "echo_async", "echo_sync", "fail", "method", "size", "slow", "word"]


def listing(*functions):
    return {f"AzureFunctionsJobHost__functions__{number}": name for number, name in enumerate(functions)}


@pytest.mark.parametrize(
    ("names", "functions"),
    [
        (HTTP_FUNCTIONS, HTTP_FUNCTIONS),
        (["size", "on_timer"], ["on_timer", "size"]),
        (["ON_START"], ["on_start"]),
        (["on_timer", "no_such_function"], ["on_timer"]),
        ([], sorted([*HTTP_FUNCTIONS, "on_start", "on_timer"])),
    ],
)
def test_only_listed_functions_are_triggered(tmp_path, names, functions):
    with HostProcess(tmp_path, roles="http,timers", settings=listing(*names)) as host:
        assert host.ready()["functions"] == functions


def test_a_timer_that_is_not_listed_does_not_run(tmp_path):
    with HostProcess(tmp_path, roles="timers", settings=listing("on_timer")) as host:
        host.ready()
        assert host.terminate() == 0
        assert host.events("started") == [], "on_start, which runs at startup, is not listed"


def test_a_list_without_functions_of_the_app_is_an_error(tmp_path):
    with HostProcess(tmp_path, roles="queues", settings=listing("queues")) as host:
        assert host.process.wait(10) == 1
        assert "list no function of the app, but queues" in host.log()


def test_the_groups_of_an_app_can_be_listed(tmp_path):
    with HostProcess(tmp_path, roles="http", arguments=["--list-groups"]) as host:
        output, _ = host.process.communicate(timeout=15)
    groups = json.loads(output)
    assert sorted(groups.pop("http")["functions"]) == HTTP_FUNCTIONS
    assert groups == {
        **{
            name: {"role": "queues", "functions": [name]}
            for name in ("on_single", "on_batch", "on_dead_letter")
        },
        **{name: {"role": "timers", "functions": [name]} for name in ("on_timer", "on_start")},
    }
