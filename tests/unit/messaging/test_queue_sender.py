"""The sender around its links: sharing transfers, giving up in time, replacing what failed."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from shared.messaging.sender import ServiceBusQueueSender
from shared.ports.queues import QueuedMessage
from shared.runtime.errors import PermanentError, TransientError
from tests.support.virtual_time import run_virtually


@dataclass(eq=False)
class FakeLink:
    bus: "FakeBus"
    users: int = 0
    closed: bool = False

    async def send(self, messages: Sequence[QueuedMessage]) -> list[Exception | None]:
        assert self.users == 0, "a link has one user at a time"
        assert not self.closed, "a closed link is never used"
        self.users += 1
        await asyncio.sleep(0.01)
        if self.bus.stuck:
            await self.bus.unstick()
        self.users -= 1
        if self.bus.down:
            return [TransientError("down")] * len(messages)
        self.bus.transfers.append([message.message_id for message in messages])
        return [PermanentError("too large") if len(message.body) > 200 else None for message in messages]

    async def close(self) -> None:
        self.closed = True


@dataclass(eq=False)
class FakeBus:
    """Service Bus as links see it; `down` refuses at once, `stuck` never answers and resists cancellation."""

    down: bool = False
    stuck: bool = False
    refuses_links: bool = False
    links: list[FakeLink] = field(default_factory=list)
    transfers: list[list[str]] = field(default_factory=list)

    async def connect(self, queue: str) -> FakeLink:
        await asyncio.sleep(0.5)
        if self.refuses_links:
            raise TransientError("no link")
        self.links.append(FakeLink(self))
        return self.links[-1]

    async def unstick(self) -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(60)


def message(message_id: str, size: int = 2, queue: str = "orders") -> QueuedMessage:
    return QueuedMessage(queue, message_id, b"x" * size)


async def outcome_of(sender: ServiceBusQueueSender, message_id: str, deadline: float = 1.0) -> str:
    """Return how a send ended and after how many seconds."""
    start = asyncio.get_running_loop().time()
    try:
        await sender.send(message(message_id), deadline=deadline)
    except TransientError as error:
        result = "paused" if "paused" in str(error) else "failed"
    else:
        result = "sent"
    assert asyncio.get_running_loop().time() - start <= deadline + 1e-6
    return result


def in_virtual_time[**P](scenario: Callable[P, object]) -> Callable[P, object]:
    """Run an async test on a loop whose time jumps."""

    def test(*args: P.args, **kwargs: P.kwargs) -> object:
        return run_virtually(scenario(*args, **kwargs))

    test.__name__ = scenario.__name__
    return test


@in_virtual_time
async def test_concurrent_sends_share_a_link_and_transfers():
    bus = FakeBus()
    sender = ServiceBusQueueSender(bus.connect)
    await asyncio.gather(*(sender.send(message(f"m{n}"), deadline=1.0) for n in range(150)))
    assert len(bus.links) == 1
    assert len(bus.transfers) == 1
    assert bus.transfers[0] == [f"m{n}" for n in range(150)]


def small(number: int) -> QueuedMessage:
    return QueuedMessage("orders", f"m{number}", b"{}", may_share=True)


@in_virtual_time
async def test_one_item_alone_does_not_wait_and_goes_as_it_is():
    bus = FakeBus()
    sender = ServiceBusQueueSender(bus.connect)
    await sender.check("orders", deadline=1.0)
    start = asyncio.get_running_loop().time()
    await sender.send(small(1), deadline=1.0)
    assert asyncio.get_running_loop().time() - start == pytest.approx(0.01), "one transfer"
    assert bus.transfers == [["m1"]]


@in_virtual_time
async def test_items_that_come_during_a_transfer_share_the_next_messages():
    bus = FakeBus()
    sender = ServiceBusQueueSender(bus.connect)
    await sender.check("orders", deadline=1.0)
    first = asyncio.create_task(sender.send(small(0), deadline=1.0))
    await asyncio.sleep(0.001)
    await asyncio.gather(first, *(sender.send(small(n), deadline=1.0) for n in range(1, 71)))
    assert [len(transfer) for transfer in bus.transfers] == [1, 3], "seventy items in three messages"


@in_virtual_time
async def test_items_that_come_soon_after_a_quick_transfer_share_the_next_message():
    bus = FakeBus()
    sender = ServiceBusQueueSender(bus.connect)
    await sender.check("orders", deadline=1.0)
    await asyncio.sleep(1)
    sends = []
    for number in range(8):  # one every 5 ms, each transfer takes 10
        sends.append(asyncio.create_task(sender.send(small(number), deadline=1.0)))
        await asyncio.sleep(0.005)
    await asyncio.gather(*sends)
    assert [len(transfer) for transfer in bus.transfers] == [1, 1]


@in_virtual_time
async def test_callers_outside_wait_only_half_as_long_for_others_to_share_a_message():
    bus = FakeBus()
    sender = ServiceBusQueueSender(bus.connect, awaited=frozenset({"orders"}))
    await sender.check("orders", deadline=1.0)
    await sender.send(small(0), deadline=1.0)
    start = asyncio.get_running_loop().time()
    await sender.send(small(1), deadline=1.0)
    assert asyncio.get_running_loop().time() - start == pytest.approx(0.025), "15 ms, and one transfer"


@in_virtual_time
async def test_messages_beside_shared_ones_have_outcomes_of_their_own():
    bus = FakeBus()
    sender = ServiceBusQueueSender(bus.connect)
    large = message("large", size=201)
    sends = [sender.send(each, deadline=1.0) for each in (small(1), large, small(2), message("own"))]
    outcomes = await asyncio.gather(*sends, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [type(None), PermanentError, type(None), type(None)]
    assert len(bus.transfers[0]) == 3


@in_virtual_time
async def test_every_item_of_a_shared_message_learns_that_it_was_not_sent():
    bus = FakeBus(down=True)
    sender = ServiceBusQueueSender(bus.connect)
    sends = [sender.send(small(n), deadline=1.0) for n in range(3)]
    outcomes = await asyncio.gather(*sends, return_exceptions=True)
    assert all(isinstance(outcome, TransientError) for outcome in outcomes)


@in_virtual_time
async def test_each_queue_has_its_own_link():
    bus = FakeBus()
    sender = ServiceBusQueueSender(bus.connect)
    await asyncio.gather(
        sender.send(message("a"), deadline=1.0), sender.send(message("b", queue="sms-send"), deadline=1.0)
    )
    assert len(bus.links) == 2


@in_virtual_time
async def test_after_warming_up_the_first_send_does_not_wait_for_a_link():
    bus = FakeBus()
    sender = ServiceBusQueueSender(bus.connect)
    sender.warm_up(["orders", "sms-send"])
    await asyncio.sleep(0.6)
    assert len(bus.links) == 2
    await sender.send(message("m"), deadline=0.1)
    assert bus.transfers == [["m"]]


@in_virtual_time
async def test_a_failed_warm_up_harms_nobody():
    bus = FakeBus(refuses_links=True)
    sender = ServiceBusQueueSender(bus.connect)
    sender.warm_up(["orders"])
    await asyncio.sleep(1)
    bus.refuses_links = False
    assert await outcome_of(sender, "m") == "sent"


@in_virtual_time
async def test_a_message_too_large_fails_alone():
    bus = FakeBus()
    sender = ServiceBusQueueSender(bus.connect)
    messages = [message("small"), message("large", size=201), message("also small")]
    with pytest.raises(PermanentError):
        await sender.send_all(messages, deadline=1.0)
    assert bus.transfers == [["small", "large", "also small"]]
    assert await outcome_of(sender, "next") == "sent"
    assert len(bus.links) == 1, "the link is as good as before"


@in_virtual_time
async def test_a_link_that_failed_is_closed_and_replaced():
    bus = FakeBus(down=True)
    sender = ServiceBusQueueSender(bus.connect)
    assert await outcome_of(sender, "lost") == "failed"
    bus.down = False
    assert await outcome_of(sender, "found") == "sent"
    assert [link.closed for link in bus.links] == [True, False]


@in_virtual_time
async def test_callers_wait_no_longer_than_their_deadline_for_a_stuck_sender_which_is_then_replaced():
    bus = FakeBus(stuck=True)
    sender = ServiceBusQueueSender(bus.connect)
    assert await outcome_of(sender, "stuck") == "failed"
    bus.stuck = False
    start = asyncio.get_running_loop().time()
    await sender.send(message("patient"), deadline=20.0)
    assert asyncio.get_running_loop().time() - start == pytest.approx(9.51)
    assert bus.transfers == [["patient"]]
    assert len(bus.links) == 2


@in_virtual_time
async def test_an_outage_pauses_sends_until_a_probe_succeeds():
    bus = FakeBus(down=True)
    sender = ServiceBusQueueSender(bus.connect)
    assert [await outcome_of(sender, f"m{n}") for n in range(5)] == ["failed"] * 3 + ["paused"] * 2
    await asyncio.sleep(30)
    assert [await outcome_of(sender, f"n{n}") for n in range(2)] == ["failed", "paused"]
    bus.down = False
    assert await outcome_of(sender, "too early") == "paused"
    await asyncio.sleep(30)
    assert [await outcome_of(sender, f"o{n}") for n in range(3)] == ["sent"] * 3


@in_virtual_time
async def test_a_closed_sender_closes_its_links_and_sends_nothing_more():
    bus = FakeBus()
    sender = ServiceBusQueueSender(bus.connect)
    sends = [asyncio.create_task(outcome_of(sender, f"m{n}", 5.0)) for n in range(2)]
    await asyncio.sleep(0.505)  # in the middle of a transfer
    late = asyncio.create_task(outcome_of(sender, "late", 5.0))
    await asyncio.sleep(0)
    await sender.close()
    assert await asyncio.gather(*sends) == ["sent", "sent"]
    assert await late == "failed"
    await asyncio.sleep(0)
    assert [link.closed for link in bus.links] == [True]
