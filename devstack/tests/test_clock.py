"""The clock file moves every process that maps it."""

import time
from datetime import UTC, datetime
from pathlib import Path

from devstack.clock import ClockFile


def test_a_new_file_is_real_time(tmp_path: Path) -> None:
    clock = ClockFile(tmp_path / "clock")
    assert clock.offset() == 0
    assert abs(clock.timestamp() - time.time()) < 1


def test_other_processes_see_a_move_at_once(tmp_path: Path) -> None:
    clock, other = ClockFile(tmp_path / "clock"), ClockFile(tmp_path / "clock")
    clock.set_offset(-86400.5)
    assert other.offset() == -86400.5
    assert abs((datetime.now(UTC) - other.now()).total_seconds() - 86400.5) < 1


def test_an_existing_file_keeps_its_offset(tmp_path: Path) -> None:
    ClockFile(tmp_path / "clock").set_offset(42)
    assert ClockFile(tmp_path / "clock").offset() == 42
    assert (tmp_path / "clock").stat().st_size == 16
