"""Progress: plain lines in a log, one line that is rewritten on a terminal."""

import io
import os
import re
import sys

import pytest

from devstack import progress
from devstack.progress import Progress, above


class Terminal(io.StringIO):
    """A stream that says it is a terminal, and what it would show."""

    def isatty(self):
        return True

    def shown(self):
        lines = self.getvalue().split("\n")
        return [re.split(r"\r\x1b\[K", line)[-1] for line in lines]


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(progress, "_drawn", [])
    return Terminal()


def without_time(line):
    return re.sub(r"^ +\d+\.\d s  ", "", line)


def test_a_log_gets_a_plain_line_for_each_step_and_no_bar():
    log = io.StringIO()
    with Progress(2, log) as say:
        say("one")
        say.bar(1, 2)
        say("two")
    assert [without_time(line) for line in log.getvalue().splitlines()] == ["one", "two"]
    assert "\r" not in log.getvalue()


def test_a_terminal_that_knows_no_control_codes_gets_plain_lines(terminal, monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    Progress(0, terminal)("one")
    assert without_time(terminal.getvalue()) == "one\n"


def test_a_terminal_has_one_line_that_is_rewritten(terminal):
    say = Progress(0, terminal)
    say("placing")
    assert without_time(terminal.shown()[-1]) == "placing", "no bar while no share is known"
    say.bar(1, 4)
    assert [without_time(line) for line in terminal.shown()] == ["[#####...............] 1/4  placing"]
    say("closing")
    assert [without_time(line) for line in terminal.shown()] == ["[#####...............] 1/4  closing"]


def test_planned_steps_move_the_bar(terminal):
    say = Progress(4, terminal)
    for done in range(4):
        say("step")
        assert f" {done}/4 " in terminal.shown()[-1]


def test_rounds_that_are_left_out_count_as_done(terminal):
    say = Progress(7, terminal)
    for _ in say.rounds(3, -1.0):
        say("first half")
        say("second half")
    say("after the rounds")
    assert " 6/7 " in terminal.shown()[-1]


def test_a_finished_bar_is_full_and_ends_with_a_newline(terminal):
    with Progress(2, terminal) as say:
        say("one")
    assert terminal.getvalue().endswith("2/2  one\n")
    say.end()
    assert terminal.getvalue().count("\n") == 1, "ended twice"


def test_a_run_that_fails_leaves_the_bar_where_it_was(terminal):
    say = Progress(2, terminal)
    say("one")
    say.__exit__(ValueError, ValueError("away"), None)
    assert terminal.getvalue().endswith(" 0/2  one\n")


@pytest.mark.parametrize("columns", ["12", "30", "79"])
def test_a_narrow_terminal_gets_no_line_that_wraps(terminal, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    Progress(3, terminal)("a long description " * 9)
    assert len(terminal.shown()[-1]) == int(columns) - 1


def test_a_terminal_that_does_not_know_its_width_gets_whole_lines(terminal):
    ours, its = os.openpty()
    with os.fdopen(its, "w") as stream:
        Progress(0, stream)("a step")
        assert os.read(ours, 1000).decode().endswith("a step")
    os.close(ours)


def test_what_is_logged_meanwhile_is_above_the_line(terminal, monkeypatch):
    monkeypatch.setattr(sys, "stderr", terminal)
    say = Progress()
    say("waiting")
    above("http       | a line of a log\n")
    logged, waiting = terminal.shown()
    assert (logged, without_time(waiting)) == ("http       | a line of a log", "waiting")


def test_without_progress_a_line_is_written_as_it_is(capsys, monkeypatch):
    monkeypatch.setattr(progress, "_drawn", [])
    above("worker was ended")
    assert capsys.readouterr().err == "worker was ended\n"
