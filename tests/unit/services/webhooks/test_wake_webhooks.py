"""Wakes of webhooks: one a second for all appends, and one again where the queue took none."""

from datetime import timedelta

from shared.records import queues
from shared.records.webhook_records import load_webhook_wake

SECOND = timedelta(seconds=1)


def wakes(desk):
    return [message for message in desk.world.messages if message.queue == queues.WEBHOOKS]


async def test_appends_of_a_second_share_a_wake_at_its_end(desk):
    await desk.create()
    desk.world.messages.clear()
    for _ in range(3):
        await desk.append(2)
    (wake,) = wakes(desk)
    assert wake.scheduled_at == desk.world.clock.now() + SECOND
    assert load_webhook_wake(wake.body).owner == desk.owner
    desk.world.clock.at += SECOND
    await desk.append(2)
    assert len(wakes(desk)) == 2


async def test_a_queue_that_takes_no_wake_fails_no_append(desk):
    await desk.create()
    desk.world.messages.clear()
    desk.world.queues_down = True
    await desk.append(2)
    desk.world.queues_down = False
    await desk.append(1)
    assert len(wakes(desk)) == 1
    await desk.pass_time(2 * SECOND)
    assert desk.receiver.took == [1, 2, 3]
