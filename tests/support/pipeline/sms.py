"""SMS orders in the test world, and faults at the gateway."""

from collections.abc import Sequence

from shared.domain.orders.ids import ItemId, parse_id
from shared.domain.orders.notification import EmailResult, SmsResult
from shared.domain.orders.order import (
    ChainRequest,
    ChannelSchema,
    OrderRequest,
    OrderType,
    Recipient,
    SendingTimePolicy,
    SmsTemplate,
)
from shared.ports.sending import SendOutcome
from shared.ports.sms import OutgoingSms
from shared.services.sending.send_sms import SmsCalls
from tests.support.pipeline.process import Process
from tests.support.pipeline.world import Fault

NUMBER = "+4790000001"


async def place(process: Process, *numbers: str) -> ItemId:
    """Place an SMS order that may leave at once; return its shipment."""
    order = OrderRequest(
        OrderType.NOTIFICATION,
        process.world.clock.now(),
        ChannelSchema.SMS,
        tuple(Recipient(mobile_number=number) for number in numbers or (NUMBER,)),
        sms=SmsTemplate("Anytime", "hei"),
        sending_time_policy=SendingTimePolicy.ANYTIME,
    )
    receipt = await process.place("ttd", ChainRequest(order))
    item = parse_id(receipt.shipments[0][0])
    assert item is not None
    return item


async def carry_out_next(process: Process) -> None:
    """Handle the message that is due next, at its time."""
    world = process.world
    message = min(world.messages, key=lambda m: m.scheduled_at or world.clock.now())
    world.messages.remove(message)
    world.clock.at = max(world.clock.at, message.scheduled_at or world.clock.at)
    await process.handle(message)


async def until_nothing_is_scheduled(process: Process) -> None:
    """Handle message after message."""
    while process.world.messages:
        await carry_out_next(process)


async def results(process: Process, item: ItemId) -> list[SmsResult | EmailResult]:
    """Return what became of the notifications of a shipment."""
    stored = await process.orders.load(item)
    assert stored is not None
    return [n.result for n in stored.state.notifications]


def gateway_meets(process: Process, fault: Fault) -> None:
    """Let the next call of a process to the gateway meet a fault."""
    assert isinstance(process.sms_calls, SmsCalls)
    gateway = process.sms_calls.sms_gateway

    async def once(messages: Sequence[OutgoingSms]) -> list[SendOutcome]:
        del gateway.submit
        process.world.faults = [fault]
        return await gateway.submit(messages)

    gateway.submit = once  # type: ignore[method-assign]
