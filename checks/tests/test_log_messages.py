import pytest

from checks.log_messages import LogMessage, log_messages


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('_log.info("shard %s is %.1f s late", a, b)', LogMessage("shard … is … s late", is_error=False)),
        ('_log.warning("plain", extra={})', LogMessage("plain", is_error=False)),
        ('_log.exception("it failed")', LogMessage("it failed", is_error=True)),
        ('_log.error("it" " failed")', LogMessage("it failed", is_error=True)),
        ('raise ValueError(f"{a!r} of {b} stay")', LogMessage("… of … stay", is_error=True)),
    ],
)
def test_message(tmp_path, line, expected):
    (tmp_path / "module.py").write_text(f"def work():\n    {line}\n")
    assert log_messages(tmp_path) == [expected]


def test_either_of_two_messages(tmp_path):
    (tmp_path / "module.py").write_text('_log.info("on" if on else "off")')
    assert {message.text for message in log_messages(tmp_path)} == {"on", "off"}


@pytest.mark.parametrize(
    "line", ['print("said")', "_log.info(text)", 'math.log("x")', "raise error", '"""Log."""']
)
def test_what_is_no_message(tmp_path, line):
    (tmp_path / "module.py").write_text(line)
    assert log_messages(tmp_path) == []


@pytest.mark.parametrize(
    "documented", ["… is … s late", "shard … is … s late", "s late", "is … s late", "shard …"]
)
def test_documented_text_is_part_of_a_message(documented):
    assert LogMessage("shard … is … s late", is_error=False).contains(documented)


@pytest.mark.parametrize("documented", ["shard … is late", "late shard", "shard 7 is"])
def test_documented_text_is_not_part_of_a_message(documented):
    assert not LogMessage("shard … is … s late", is_error=False).contains(documented)
