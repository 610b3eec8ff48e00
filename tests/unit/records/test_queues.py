"""The queues named in code are the queues declared for deployment."""

import json
from pathlib import Path

from shared.records.queues import PULSE, QUEUES

DECLARATION = Path(__file__).parents[3] / "infra" / "queues.json"


def test_every_queue_is_declared_and_named():
    declared = json.loads(DECLARATION.read_text(encoding="utf-8"))["queues"]
    assert sorted((*QUEUES, PULSE)) == sorted(queue["name"] for queue in declared)
