"""Asking the provider about many e-mails whose reports did not come."""

import asyncio
from datetime import timedelta

import pytest

from shared.domain.orders.ids import ItemId
from shared.domain.orders.notification import EmailResult, Notification
from shared.domain.orders.order import Channel, ChannelSchema, OrderRequest, OrderStatus, OrderType
from shared.domain.orders.shipment import AgendaKey, ShipmentState
from shared.ports.email import EmailOperation, EmailOperationStatus
from shared.records.shipment_rows import StoredShipment
from shared.services.sending import ask_about_emails
from shared.services.sending.ask_about_emails import AskAboutEmails
from tests.support.pipeline.world import VirtualClock, start_of_day
from tests.support.virtual_time import run_virtually

SUCCEEDED = EmailOperation(EmailOperationStatus.SUCCEEDED)
UNKNOWN = EmailOperation(EmailOperationStatus.UNKNOWN)
AT_ONCE = 8


class Provider:
    """Answers as told, after a pause, and notes what it was asked and how many at once."""

    def __init__(self, answer=SUCCEEDED, pause=0.0):
        self.answer = answer
        self.pause = pause
        self.asked = []
        self.most = 0
        self._now = 0

    async def operation(self, operation_id):
        self.asked.append(operation_id)
        number = len(self.asked)
        self._now += 1
        self.most = max(self.most, self._now)
        try:
            await asyncio.sleep(self.pause)
            return self.answer(number) if callable(self.answer) else self.answer
        finally:
            self._now -= 1


def row(count, *, kind=OrderType.NOTIFICATION, reference="id-{}"):
    now = start_of_day()
    notifications = tuple(
        Notification(
            slot,
            slot - 1,
            Channel.EMAIL,
            f"p{slot}@example.no",
            EmailResult.SENDING,
            now,
            None if reference is None else reference.format(slot),
        )
        for slot in range(1, count + 1)
    )
    state = ShipmentState(OrderStatus.PROCESSED, now, AgendaKey("00", "k"), notifications)
    order = OrderRequest(kind, now, ChannelSchema.EMAIL, ())
    return StoredShipment(ItemId("0" * 24, 1), "ttd", now, order, state, "e1")


async def ask(provider, stored, clock=None):
    use_case = AskAboutEmails(email_provider=provider, clock=clock or VirtualClock(start_of_day()))
    return use_case, await use_case(stored, stored.state.notifications)


@pytest.mark.parametrize("count", [1, AT_ONCE + 1, 200])
async def test_many_are_asked_about_side_by_side_but_not_all_at_once(count):
    provider = Provider(pause=0.001)
    _, outcomes = await ask(provider, row(count))
    assert {slot: outcome.result for slot, outcome in outcomes.items()} == dict.fromkeys(
        range(1, count + 1), EmailResult.SUCCEEDED
    )
    assert provider.asked == [f"id-{slot}" for slot in range(1, count + 1)]
    assert provider.most == min(count, AT_ONCE)


async def test_all_orders_of_a_process_share_the_places(monkeypatch):
    provider = Provider(pause=0.001)
    use_case, _ = await ask(provider, row(1))
    stored = row(5)
    await asyncio.gather(*(use_case(stored, stored.state.notifications) for _ in range(10)))
    assert provider.most == AT_ONCE


@pytest.mark.parametrize("answered", [0, 3, 8])
def test_who_answers_too_slowly_is_asked_no_further_and_what_was_told_counts(answered):
    provider = Provider()

    async def operation(operation_id):
        provider.asked.append(operation_id)
        await asyncio.sleep(0 if len(provider.asked) <= answered else 3600)
        return SUCCEEDED

    provider.operation = operation
    _, outcomes = run_virtually(ask(provider, row(200)))
    assert len(outcomes) == answered
    assert len(provider.asked) == answered + AT_ONCE


def test_all_that_asking_takes_is_far_from_what_ends_a_function():
    assert ask_about_emails.TOTAL_SECONDS <= 60


@pytest.mark.parametrize(("asked_for", "pause"), [(90.0, 90), (None, 10), (7200.0, 3600)])
async def test_a_provider_that_is_full_is_left_alone_for_as_long_as_it_asks(asked_for, pause):
    full = EmailOperation(EmailOperationStatus.THROTTLED, retry_after=asked_for)
    provider, clock = Provider(), VirtualClock(start_of_day())
    provider.answer = lambda number: SUCCEEDED if number < 3 else full
    provider.pause = 0.001
    stored = row(200)
    use_case, outcomes = await ask(provider, stored, clock)
    assert len(outcomes) == 2
    assert len(provider.asked) <= 2 + AT_ONCE
    asked = len(provider.asked)
    clock.at += timedelta(seconds=pause - 1)
    assert await use_case(stored, stored.state.notifications) == {}
    assert len(provider.asked) == asked
    clock.at += timedelta(seconds=2)
    provider.answer = SUCCEEDED
    assert len(await use_case(stored, stored.state.notifications)) == 200


async def test_a_pause_ends_when_the_clock_is_set_back():
    full = EmailOperation(EmailOperationStatus.THROTTLED, retry_after=3600)
    clock = VirtualClock(start_of_day())
    provider = Provider(full)
    stored = row(1)
    use_case, _ = await ask(provider, stored, clock)
    clock.at -= timedelta(hours=2)
    provider.answer = SUCCEEDED
    assert len(await use_case(stored, stored.state.notifications)) == 1


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (EmailOperation(EmailOperationStatus.FAILED, result="Failed_Bounced"), EmailResult.FAILED_BOUNCED),
        (EmailOperation(EmailOperationStatus.FAILED), EmailResult.FAILED),
        (EmailOperation(EmailOperationStatus.RUNNING), None),
        (EmailOperation(EmailOperationStatus.NOT_FOUND), None),
        (UNKNOWN, None),
    ],
)
async def test_only_an_answer_that_settles_something_is_recorded(answer, result):
    _, outcomes = await ask(Provider(answer), row(1))
    assert [outcome.result for outcome in outcomes.values()] == ([] if result is None else [result])


@pytest.mark.parametrize(
    ("kind", "reference", "results"),
    [
        (OrderType.INSTANT, None, [EmailResult.FAILED]),
        (OrderType.INSTANT, "id-{}", []),
        (OrderType.NOTIFICATION, None, []),
    ],
)
async def test_an_instant_email_in_doubt_that_the_provider_never_saw_was_not_sent(kind, reference, results):
    stored = row(1, kind=kind, reference=reference)
    provider = Provider(EmailOperation(EmailOperationStatus.NOT_FOUND))
    _, outcomes = await ask(provider, stored)
    assert [outcome.result for outcome in outcomes.values()] == results
    if reference is None:
        assert provider.asked == [str(stored.item.of_notification(1))]
