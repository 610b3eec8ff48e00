"""The state of a webhook, and what becomes of progress that its owner's changes have overtaken."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.orders.ids import known_id
from shared.domain.webhooks.ladder import GIVE_UP_AFTER
from shared.domain.webhooks.webhook import FORMER_SECRET_LASTS, Lost, Pause, Webhook

NOW = datetime(2031, 3, 3, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)
WEBHOOK = Webhook(
    item=known_id("5e2eb335-ffaa-4517-81a7-bf01ff000000"),
    owner="skd",
    url="https://hooks.example/path?key=secret",
    secret=b"sealed",
    created_at=NOW,
    delivered=7,
    visit="v",
)


def test_neither_secret_nor_address_is_shown():
    shown = repr(WEBHOOK.rotated(b"new one", NOW))
    assert "sealed" not in shown
    assert "new one" not in shown
    assert "key=secret" not in shown


def test_two_secrets_sign_for_a_day_after_a_rotation():
    rotated = WEBHOOK.rotated(b"new", NOW)
    assert rotated.secrets(NOW) == (b"new", b"sealed")
    assert rotated.secrets(NOW + FORMER_SECRET_LASTS - SECOND) == (b"new", b"sealed")
    assert rotated.secrets(NOW + FORMER_SECRET_LASTS) == (b"new",)
    assert WEBHOOK.secrets(NOW) == (b"sealed",)


def test_success_ends_a_row_of_failures():
    failed = WEBHOOK.refused(8, "status 500", NOW).refused(8, "status 500", NOW + 5 * SECOND)
    assert (failed.failures, failed.failing_since) == (2, NOW)
    assert failed.waits(NOW + 6 * SECOND)
    taken = failed.took(8, "status 200", NOW + 60 * SECOND)
    assert (taken.delivered, taken.failures, taken.failing_since, taken.again_at) == (8, 0, None, None)


def test_it_is_paused_after_three_days_without_a_success():
    failed = WEBHOOK.refused(8, "deadline", NOW)
    assert failed.pause is None
    calls = 1
    while failed.pause is None:
        assert failed.again_at is not None
        failed = failed.refused(8, "deadline", failed.again_at)
        calls += 1
    assert (failed.pause, failed.paused_at) == (Pause.FAILING, NOW + GIVE_UP_AFTER)
    assert calls < 30


def test_an_endpoint_that_is_gone_is_paused_at_once():
    gone = WEBHOOK.refused(8, "status 410", NOW, gone=True)
    assert (gone.pause, gone.again_at, gone.delivered) == (Pause.GONE, None, 7)


def test_numbers_that_are_left_out_were_deleted_before():
    assert WEBHOOK.took(11, "ok", NOW).lost == Lost(8, 10)
    assert WEBHOOK.took(11, "ok", NOW).took(12, "ok", NOW).lost == Lost(8, 10)


def test_a_pause_keeps_its_first_reason():
    assert WEBHOOK.paused(Pause.GONE, NOW).paused(Pause.OWNER, NOW + SECOND).pause is Pause.GONE


def test_resumed_it_begins_anew_where_it_stopped():
    resumed = WEBHOOK.refused(8, "no", NOW).paused(Pause.OWNER, NOW).resumed("w")
    assert (resumed.pause, resumed.failures, resumed.delivered, resumed.visit) == (None, 0, 7, "w")


class TestProgress:
    """A process has claimed the webhook, reached number 9, and stores that."""

    claimed = WEBHOOK.claimed("mine", NOW + SECOND)
    reached = claimed.took(8, "ok", NOW).took(9, "ok", NOW)

    def test_counts_while_nothing_else_has_changed(self):
        assert self.claimed.with_progress(self.reached, "mine") == self.reached.freed()

    def test_does_not_count_once_the_lease_is_anothers(self):
        assert WEBHOOK.claimed("other", NOW).with_progress(self.reached, "mine") is None
        assert WEBHOOK.with_progress(self.reached, "mine") is None

    def test_does_not_undo_a_replay(self):
        ended = self.claimed.replayed(3).with_progress(self.reached, "mine")
        assert (ended.delivered, ended.lease) == (2, None)

    def test_does_not_count_for_another_endpoint(self):
        moved = self.claimed.changed("https://other.example", None)
        ended = moved.with_progress(self.claimed.refused(8, "status 410", NOW, gone=True), "mine")
        assert (ended.pause, ended.url) == (None, "https://other.example")

    @pytest.mark.parametrize("pause", [None, Pause.GONE])
    def test_keeps_what_its_owner_changed_meanwhile(self, pause):
        changed = self.claimed.changed(WEBHOOK.url, "name").rotated(b"new", NOW).paused(Pause.OWNER, NOW)
        ended = changed.with_progress(replace(self.reached, pause=pause), "mine")
        assert (ended.delivered, ended.description, ended.secret) == (9, "name", b"new")
        assert (ended.pause, ended.paused_at) == (Pause.OWNER, NOW)
