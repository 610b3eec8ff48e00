"""The pages about statuses name every status that an answer may have, and no other."""

import re

import pytest

from devstack.project import ROOT
from shared.contracts.answers.status_names import order_status_name, result_name
from shared.domain.orders.notification import results_of
from shared.domain.orders.order import Channel, OrderStatus

PAGES = ("docs/statuses.md", "docs/nb/statuses.md")
STATUSES = {order_status_name(status) for status in OrderStatus} | {
    result_name(channel, result) for channel in Channel for result in results_of(channel)
}


@pytest.mark.parametrize("page", PAGES)
def test_every_status_has_its_row(page):
    rows = re.findall(r"^\| `((?:Order|Email|SMS)_\w+)` \|", (ROOT / page).read_text(), re.MULTILINE)
    assert sorted(rows) == sorted(STATUSES)
