"""The endpoint of a run meets its callers in every mood, and is good at last."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from benchmarks.chaos.webhooks.moods import Mood
from benchmarks.chaos.webhooks.watch import WebhookWatch

NOON = datetime(2031, 5, 5, 10, tzinfo=UTC)


def test_after_a_day_of_silence_each_mood_that_was_not_met_comes_once():
    cloud = SimpleNamespace(at=NOON, now=lambda: cloud.at)
    watch = WebhookWatch(cloud, SimpleNamespace(), (Mood.SLOW,) * 99)
    moods = []

    def call():
        moods.append(watch.endpoint.mood())
        watch.endpoint.moods[moods[-1].value] += 1

    call()
    watch.go_down()
    call()
    cloud.at += timedelta(days=1)
    for _ in range(10):
        call()
    assert moods[:2] == [Mood.SLOW, Mood.DOWN]
    assert set(moods) == set(Mood)
    assert moods[-5:] == [Mood.GOOD] * 5
    assert len(moods) - moods.count(Mood.GOOD) == len(Mood) - 1
