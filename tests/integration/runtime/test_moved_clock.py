"""The app follows the clock file that the local cloud writes."""

from datetime import UTC, datetime

from devstack.clock import ClockFile
from shared.runtime.clock import OffsetFileClock


def test_app_sees_a_move_at_once(tmp_path):
    clock = ClockFile(tmp_path / "clock")
    app = OffsetFileClock(tmp_path / "clock")
    clock.set_offset(-86400.5)
    assert abs((datetime.now(UTC) - app.now()).total_seconds() - 86400.5) < 1
