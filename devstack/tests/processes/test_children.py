import os
import signal

import pytest

from devstack.errors import ChildDiedError, DevstackError
from devstack.processes.children import Nursery
from devstack.tests.support.processes import is_running, stand_in, wait_until


class Watched(Nursery):
    """A nursery whose messages and changes can be looked at."""

    def __init__(self, logs):
        self.said, self.changes = [], 0
        super().__init__(logs, echo=False, say=self.said.append, on_change=self.count)

    def count(self):
        self.changes += 1


@pytest.fixture
def nursery(tmp_path):
    nursery = Watched(tmp_path)
    yield nursery
    nursery.close(())


def test_starts_together_and_leaves_nothing_behind(nursery):
    specs = [stand_in("serves", name="one"), stand_in("stubborn", name="two")]
    ready = nursery.start(specs, 10)
    assert ready["one"]["port"] == ready["two"]["port"] == 1234
    pids = list(nursery.pids.values())
    assert all(map(is_running, pids))
    nursery.close((("two",),))
    assert not any(map(is_running, pids))
    nursery.close(())  # again, as after a failed start


def test_child_that_dies_is_started_again_and_said_so(nursery):
    nursery.start([stand_in("serves")], 10)
    first = nursery.pids["part"]
    os.kill(nursery.pids["part"], signal.SIGKILL)
    wait_until(lambda: nursery.pids.get("part") not in (None, first))
    wait_until(lambda: nursery.changes == 1)
    (line,) = nursery.said
    assert line.startswith("part was ended by SIGKILL; starting it again (log: ")


def test_child_killed_on_purpose_stays_away_until_restarted(nursery):
    nursery.start([stand_in("serves")], 10)
    first = nursery.pids["part"]
    nursery.kill("part", signal.SIGKILL)
    assert nursery.stopped == ["part"]
    assert not is_running(first)
    nursery.restart("part", 10)
    assert nursery.pids["part"] != first
    assert nursery.said == []


def test_paused_child_stays_and_goes_on(nursery):
    nursery.start([stand_in("serves")], 10)
    nursery.kill("part", signal.SIGSTOP)
    nursery.kill("part", signal.SIGCONT)
    assert nursery.stopped == []


def test_child_that_keeps_dying_ends_the_cloud(nursery):
    nursery.start([stand_in("serves")], 10)
    for _ in range(3):
        pid = wait_until(lambda: nursery.pids.get("part"))
        os.kill(nursery.pids["part"], signal.SIGKILL)
        wait_until(lambda pid=pid: nursery.failure or nursery.pids.get("part") not in (None, pid))
    assert nursery.wait_failed(10)
    assert "it died 3 times in 10 s" in nursery.failure


def test_death_of_what_keeps_the_truth_ends_the_cloud(nursery):
    nursery.start([stand_in("serves", essential=True)], 10)
    os.kill(nursery.pids["part"], signal.SIGKILL)
    assert nursery.wait_failed(10)
    assert nursery.failure.startswith("part was ended by SIGKILL; what it kept is lost")


def test_child_that_cannot_start_fails_the_start(nursery):
    with pytest.raises(ChildDiedError, match="the reason"):
        nursery.start([stand_in("serves", name="one"), stand_in("raises", name="two")], 10)


def test_unknown_child_is_told(nursery):
    with pytest.raises(DevstackError, match="there is no child nobody"):
        nursery.kill("nobody", signal.SIGKILL)
