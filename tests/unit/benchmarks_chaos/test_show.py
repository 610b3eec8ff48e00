"""The table names every cause, and what they leave over."""

from benchmarks.chaos.show import document, table
from benchmarks.chaos.verdict import judge
from tests.support.chaos_evidence import Seen


def lines_of(text):
    return [" ".join(line.split()) for line in text.splitlines()]


def test_table_adds_up_and_tells_what_is_not_clean():
    seen = Seen()
    for number in range(12):
        order = seen.order()
        (message_id,) = seen.sent(order)
        seen.closed(order, "Failed_TTL")
        if number < 2:
            seen.reports[message_id] = "report dropped"
    verdict = judge(seen.evidence())
    lines = lines_of(table(verdict, {"worker killed": 3}))
    at = lines.index("Why 12 messages expired")
    assert lines[at + 1 : at + 3] == ["report dropped 2", "without a cause 10"]
    assert "worker killed 3" in lines
    (fault,) = [line for line in lines if line.startswith("NOT CLEAN")]
    assert fault.startswith(
        "NOT CLEAN: expired without cause: 10 (e2 somebody2@example.no Email_Failed_TTL, "
    )
    assert len(document(verdict)["faults"]["expired without cause"]) == 10
    assert document(verdict)["clean"] is False


def test_table_of_a_clean_run_complains_of_nothing():
    seen = Seen()
    order = seen.order("sms")
    first, _ = seen.sent(order, times=2)
    seen.answers[first] = "answer lost"
    seen.closed(order)
    lines = lines_of(table(judge(seen.evidence()), {}))
    assert lines[lines.index("Why 1 SMS went out again") + 1] == "answer lost 1"
    assert not [line for line in lines if "NOT CLEAN" in line]
