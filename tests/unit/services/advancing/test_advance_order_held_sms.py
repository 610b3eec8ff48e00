"""SMS held by the window, beside e-mails of the same order that the provider does not take for hours."""

from datetime import timedelta

import pytest

from shared.domain.orders.order import (
    ChainRequest,
    ChannelSchema,
    EmailTemplate,
    OrderRequest,
    OrderType,
    Recipient,
    SendingTimePolicy,
    SmsTemplate,
)
from shared.ports.sending import SendOutcome, SendStatus
from tests.support.pipeline import world as w
from tests.support.pipeline.process import Process
from tests.support.pipeline.surroundings import Email


@pytest.fixture
def process():
    world = w.World(w.VirtualClock(w.start_of_day()), w.VirtualClock(w.start_of_day()))
    world.clock.at += timedelta(hours=12)  # the evening
    return Process(world)


async def pass_time(process, span):
    world = process.world
    world.clock.at += span
    world.real_time.at += span
    await process.release_due()
    await process.carry_out()


@pytest.mark.parametrize("people", [1, 101])
async def test_sms_leave_when_the_window_opens_though_emails_of_the_order_still_wait(
    process, people, monkeypatch
):
    async def full(self, email):
        return SendOutcome(SendStatus.NOT_SENT, retry_after=3600)

    monkeypatch.setattr(Email, "send", full)
    world = process.world
    order = OrderRequest(
        OrderType.NOTIFICATION,
        world.clock.now(),
        ChannelSchema.EMAIL_AND_SMS,
        tuple(Recipient(f"kari{n}@example.no", f"+479900{n:04}") for n in range(people)),
        email=EmailTemplate("from@example.no", "hei", "hei"),
        sms=SmsTemplate(SendingTimePolicy.DAYTIME.value, "hei"),
        sending_time_policy=SendingTimePolicy.DAYTIME,
    )
    await process.place("ttd", ChainRequest(order))
    opening = world.window.next_opening(world.clock.now())
    while world.clock.now() < opening:
        assert not world.sms_calls
        await pass_time(process, timedelta(minutes=5))
    await pass_time(process, timedelta(minutes=15))
    assert len(world.sms_calls) == people
    assert not world.broken_rules
