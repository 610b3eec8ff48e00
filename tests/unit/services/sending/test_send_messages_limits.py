"""Senders that keep to a provider's limit: how often they call, and that everybody is written to once."""

from datetime import timedelta

import pytest

from shared.domain.orders.order import (
    ChainRequest,
    Channel,
    ChannelSchema,
    EmailTemplate,
    OrderRequest,
    OrderType,
    Recipient,
    SendingTimePolicy,
    SmsTemplate,
)
from shared.ports.email import EmailOperation, EmailOperationStatus
from shared.ports.sending import SendOutcome, SendStatus
from tests.support.pipeline import world as w
from tests.support.pipeline.process import Process
from tests.support.pipeline.providers import Email

LIMIT = 10
WINDOWS = {Channel.EMAIL: timedelta(minutes=1), Channel.SMS: timedelta(seconds=1)}


@pytest.fixture
def world():
    clock = w.VirtualClock(w.start_of_day())
    return w.World(clock, clock, provider_limit=LIMIT)


def order(world, *recipients, schema):
    return OrderRequest(
        OrderType.NOTIFICATION,
        world.clock.now(),
        schema,
        recipients,
        email=EmailTemplate("from@example.no", "hei", "hei"),
        sms=SmsTemplate(SendingTimePolicy.ANYTIME.value, "hei"),
        sending_time_policy=SendingTimePolicy.ANYTIME,
    )


async def sending_times(process, channel):
    """Deliver every message when it is due; return when each call to the provider was made."""
    world, times = process.world, []
    while world.messages:
        message = min(world.messages, key=lambda m: m.scheduled_at or world.clock.now())
        world.messages.remove(message)
        world.clock.at = max(world.clock.at, message.scheduled_at or world.clock.at)
        await process.handle(message)
        sent = (world.emails if channel is Channel.EMAIL else world.sms_calls).total()
        times += [world.clock.now()] * (sent - len(times))
    return times


@pytest.mark.parametrize("channel", Channel)
async def test_w21_senders_keep_to_the_limit_and_write_to_everybody_once(world, channel):
    process = Process(world)
    is_email = channel is Channel.EMAIL
    schema = ChannelSchema.EMAIL if is_email else ChannelSchema.SMS
    everybody = [
        Recipient(email_address=f"kari{n}@example.no")
        if is_email
        else Recipient(mobile_number=f"+479900{n:04}")
        for n in range(40)
    ]
    for recipients in (everybody[:25], *([one] for one in everybody[25:])):
        await process.place("ttd", ChainRequest(order(world, *recipients, schema=schema)))
    times = await sending_times(process, channel)
    assert len(times) == len(everybody)
    calls = world.emails if is_email else world.sms_calls
    assert set(calls.values()) == {1}
    assert all(b - a >= WINDOWS[channel] for a, b in zip(times, times[LIMIT:], strict=False))
    assert times[-1] - times[0] < 2 * len(everybody) / LIMIT * WINDOWS[channel]


async def test_a_provider_that_is_too_busy_to_be_asked_is_asked_again_later(world, monkeypatch):
    process, refusals = Process(world), 20
    answer = Email.operation

    async def lost(self, email):
        return SendOutcome(SendStatus.IN_DOUBT)

    async def busy(self, operation_id):
        nonlocal refusals
        refusals -= 1
        if refusals < 0:
            monkeypatch.undo()
            return await answer(self, operation_id)
        return EmailOperation(EmailOperationStatus.THROTTLED, retry_after=300)

    monkeypatch.setattr(Email, "send", lost)
    monkeypatch.setattr(Email, "operation", busy)
    one = order(world, Recipient(email_address="kari@example.no"), schema=ChannelSchema.EMAIL)
    await process.place("ttd", ChainRequest(one))
    times = await sending_times(process, Channel.EMAIL)
    assert list(world.emails.values()) == [1], "it was never sent before, and is not given up"
    assert times[0] - one.requested_send_at >= 20 * timedelta(seconds=300)
