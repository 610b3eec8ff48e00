"""All children of a local cloud: started, restarted, ended, and given up on."""

import os
import signal

import pytest

from devstack.errors import ChildDiedError, DevstackError
from devstack.processes.children import Children
from devstack.tests.support.processes import is_running, stand_in, wait_until


class Watched(Children):
    """Children whose messages and changes a test can see."""

    def __init__(self, logs):
        self.said, self.changes = [], 0
        super().__init__(logs, echo=False, say=self.said.append, on_change=self.count)

    def count(self):
        self.changes += 1


@pytest.fixture
def children(tmp_path):
    children = Watched(tmp_path)
    yield children
    children.close(())


def test_starts_together_and_leaves_nothing_behind(children):
    specs = [stand_in("serves", name="one"), stand_in("stubborn", name="two")]
    ready = children.start(specs, 10)
    assert ready["one"]["port"] == ready["two"]["port"] == 1234
    pids = list(children.pids.values())
    assert all(map(is_running, pids))
    children.close((("two",),))
    assert not any(map(is_running, pids))
    children.close(())  # again, as after a failed start


def test_child_that_dies_is_started_again(children):
    children.start([stand_in("serves")], 10)
    first = children.pids["part"]
    os.kill(children.pids["part"], signal.SIGKILL)
    wait_until(lambda: children.pids.get("part") not in (None, first))
    wait_until(lambda: children.changes == 1)
    (line,) = children.said
    assert line.startswith("part was ended by SIGKILL; starting it again (log: ")


def test_child_killed_on_purpose_stays_away_until_restarted(children):
    children.start([stand_in("serves")], 10)
    first = children.pids["part"]
    children.kill("part", signal.SIGKILL)
    assert children.stopped == ["part"]
    assert not is_running(first)
    children.restart("part", 10)
    assert children.pids["part"] != first
    assert children.said == []


def test_paused_child_stays_and_goes_on(children):
    children.start([stand_in("serves")], 10)
    children.kill("part", signal.SIGSTOP)
    children.kill("part", signal.SIGCONT)
    assert children.stopped == []


def test_child_that_keeps_dying_ends_the_cloud(children):
    children.start([stand_in("serves")], 10)
    for _ in range(3):
        pid = wait_until(lambda: children.pids.get("part"))
        os.kill(children.pids["part"], signal.SIGKILL)
        wait_until(lambda pid=pid: children.failure or children.pids.get("part") not in (None, pid))
    assert children.wait_failed(10)
    assert "it ended 3 times in 10 s" in children.failure


def test_end_of_an_essential_child_ends_the_cloud(children):
    children.start([stand_in("serves", essential=True)], 10)
    os.kill(children.pids["part"], signal.SIGKILL)
    assert children.wait_failed(10)
    assert children.failure.startswith("part was ended by SIGKILL; its data is lost")


def test_child_that_cannot_start_fails_the_start(children):
    with pytest.raises(ChildDiedError, match="the reason"):
        children.start([stand_in("serves", name="one"), stand_in("raises", name="two")], 10)


def test_unknown_child_is_told(children):
    with pytest.raises(DevstackError, match="there is no child nobody"):
        children.kill("nobody", signal.SIGKILL)
