"""What callers do in the search for broken promises: orders of every kind, repeats, cancellations."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from shared.domain.orders.ids import parse_id
from shared.domain.orders.metrics import Counts
from shared.domain.orders.notification import SmsResult
from shared.domain.orders.order import (
    Attachment,
    ChainRequest,
    ChannelSchema,
    EmailTemplate,
    OrderRequest,
    OrderStatus,
    OrderType,
    Recipient,
    SendingTimePolicy,
    SmsTemplate,
)
from shared.runtime.errors import NotificationsError
from shared.services.placing.place_order import Receipt
from tests.support.pipeline.process import Process
from tests.support.pipeline.world import VirtualClock, World, registered, start_of_day

OWNERS = ("ttd", "skd")
RECIPIENTS = ("address", "person", "organization")
SECRET_FIELD = "frist-i-sak-"
SECRET_LINK = "https://account.blob.core.windows.net/c/vedtak.pdf?sig=secret"
INSTANT_NUMBERS = "+4791100"

_no_pause = asyncio.sleep


async def _instantly(_: float, result: Any = None) -> Any:
    return await _no_pause(0, result)


class Callers(RuleBasedStateMachine):
    """Places, repeats and cancels orders, and keeps what was answered."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.world = World(VirtualClock(start_of_day()), VirtualClock(start_of_day()))
        self.process = self._run_new_process()
        self.accepted: dict[str, str] = {}  # shipment id → owner
        self.receipts: dict[tuple[str, str], Receipt] = {}
        self.created: set[tuple[str, str]] = set()
        self.told: dict[str, tuple[str, int]] = {}  # shipment id → owner, number in the feed
        self.hidden: set[str] = set()  # cancelled shipments that their owners are not told of
        self.cancelled: dict[str, set[str]] = {}  # shipment id → numbers that must never be called for it
        self.reported: list[tuple[str, SmsResult]] = []  # reports on SMS that no queue has lost, by reference
        self.counted: dict[str, Counts] = dict.fromkeys(OWNERS, Counts())
        self.orders = 0
        self.instant_calls = 0  # calls for instant messages while their requests were being answered

    def _run_new_process(self) -> Process:
        async def start() -> Process:
            return Process(self.world)

        return self.loop.run_until_complete(start())

    def run[T](self, work: Coroutine[Any, Any, T]) -> T | None:
        """Run a piece of work; None when the process died under it or it failed as it may."""
        process = self.process

        async def until_death() -> T | None:
            task = asyncio.ensure_future(work)
            death = asyncio.ensure_future(process.died.wait())
            await asyncio.wait({task, death}, return_when=asyncio.FIRST_COMPLETED)
            death.cancel()
            if process.died.is_set():
                task.cancel()
                await asyncio.wait({task})
                return None
            return task.result()

        with patch("asyncio.sleep", _instantly):
            try:
                result = self.loop.run_until_complete(until_death())
            except NotificationsError:
                result = None
        if process.died.is_set():
            self.process = self._run_new_process()
        return result

    # -- what callers do ------------------------------------------------------------------------------------

    @rule(
        owner=st.sampled_from(OWNERS),
        number=st.integers(0, 3),
        sms=st.booleans(),
        policy=st.sampled_from(SendingTimePolicy),
        delay=st.sampled_from([timedelta(0), timedelta(hours=3), timedelta(hours=11)]),
        condition=st.booleans(),
        reminder=st.booleans(),
        whom=st.sampled_from(RECIPIENTS),
        schema=st.sampled_from([None, ChannelSchema.EMAIL_AND_SMS, ChannelSchema.SMS_PREFERRED]),
        fields=st.booleans(),
    )
    def place(
        self,
        owner: str,
        number: int,
        sms: bool,
        policy: SendingTimePolicy,
        delay: timedelta,
        condition: bool,
        reminder: bool,
        whom: str,
        schema: ChannelSchema | None,
        fields: bool,
    ) -> None:
        """Place an order, or repeat one: the same owner and number are the same idempotency id."""
        at = self.world.clock.now() + delay
        url = "https://condition.example" if condition else None
        main = self._order(OrderType.NOTIFICATION, at, sms, policy, url)
        if whom != "address":
            main = self._to_somebody(main, whom, policy, schema)
        if fields:
            main = with_fields(main)
        reminders = (self._order(OrderType.REMINDER, at + timedelta(days=1), not sms, policy, None),)
        request = ChainRequest(main, reminders if reminder else (), idempotency_id=f"id-{number}")
        receipt = self.run(self.process.place(owner, request))
        if receipt is not None:
            self._accept(owner, request, receipt)

    def _accept(self, owner: str, request: ChainRequest, receipt: Receipt) -> None:
        key = (owner, request.idempotency_id or "")
        known = self.receipts.setdefault(key, receipt)
        assert known.shipments == receipt.shipments, "a repeat got another receipt"
        if receipt.created:
            assert key not in self.created, "a repeat was answered as new"
            self.created.add(key)
        self.accepted.update((shipment_id, owner) for shipment_id, _ in receipt.shipments)

    @rule(
        owner=st.sampled_from(OWNERS),
        sms=st.booleans(),
        policy=st.sampled_from(SendingTimePolicy),
        condition=st.booleans(),
        whom=st.lists(st.sampled_from((*RECIPIENTS, "colleague")), min_size=5, max_size=5),
        fields=st.booleans(),
    )
    def place_large(
        self,
        owner: str,
        sms: bool,
        policy: SendingTimePolicy,
        condition: bool,
        whom: list[str],
        fields: bool,
    ) -> None:
        """Place an order of several pages, which cannot be repeated; some pages have to be looked up."""
        single = []
        url = "https://condition.example" if condition else None
        first = self.orders + 1
        for place, kind in enumerate(whom):
            order = self._order(OrderType.NOTIFICATION, self.world.clock.now(), sms, policy, url)
            if kind == "colleague" and whom[0] == "address":  # nobody is written to by name
                colleague = Recipient(national_identity_number=f"{place}10203{first:05}")
                single.append(replace(order, recipients=(colleague,)))
            else:
                single.append(order if kind == "address" else self._to_somebody(order, kind, policy, None))
        large = replace(single[0], recipients=tuple(order.recipients[0] for order in single))
        if fields:  # colleagues share an address: they have the same values, and so one message
            large = with_fields(large, several="colleague" not in whom)
        with patch("shared.services.placing.place_order.RECIPIENTS_PER_PAGE", 2):
            receipt = self.run(self.process.place(owner, ChainRequest(large)))
        if receipt is not None:
            self.accepted.update((shipment_id, owner) for shipment_id, _ in receipt.shipments)

    @rule(owner=st.sampled_from(OWNERS), number=st.integers(0, 3), sms=st.booleans(), twice=st.booleans())
    def send_instant(self, owner: str, number: int, sms: bool, twice: bool) -> None:
        """Send an instant message, or repeat one, perhaps twice at the same time."""
        request = ChainRequest(self._instant_order(owner, number, sms), idempotency_id=f"instant-{number}")
        send, called = self.process.send_instant, self._calls_for_instants()

        async def answers() -> list[Receipt]:
            sent = await asyncio.gather(
                *(send(owner, request) for _ in range(2 if twice else 1)), return_exceptions=True
            )
            assert all(isinstance(one, Receipt | NotificationsError) for one in sent), sent
            return [one for one in sent if isinstance(one, Receipt)]

        receipts = self.run(answers()) or []
        for receipt in receipts:
            self._accept(owner, request, receipt)
        new_calls = self._calls_for_instants() - called
        assert new_calls <= 1, "concurrent repeats were both sent"
        self.instant_calls += new_calls

    def _instant_order(self, owner: str, number: int, sms: bool) -> OrderRequest:
        kind, at, anytime = OrderType.INSTANT, self.world.clock.now(), SendingTimePolicy.ANYTIME
        name = f"{OWNERS.index(owner)}{number}"
        if sms:
            order = sms_order(kind, at, f"{INSTANT_NUMBERS}{name}", "kode", anytime)
            return replace(order, time_to_live_seconds=300)
        order = email_order(kind, at, f"instant{name}@example.no", "kode")
        return replace(order, sending_time_policy=anytime)

    def _calls_for_instants(self) -> int:
        return sum(
            calls for number, calls in self.world.sms_calls.items() if number.startswith(INSTANT_NUMBERS)
        )

    def _order(
        self, kind: OrderType, at: Any, sms: bool, policy: SendingTimePolicy, url: str | None
    ) -> OrderRequest:
        self.orders += 1
        if sms:
            order = sms_order(kind, at, f"+47900{self.orders:05}", "hei", policy)
        else:
            order = email_order(kind, at, f"a{self.orders}@example.no", "hei")
        return replace(order, condition_endpoint=url)

    def _to_somebody(
        self, order: OrderRequest, kind: str, policy: SendingTimePolicy, schema: ChannelSchema | None
    ) -> OrderRequest:
        """Return the order to a person or organisation nobody else writes to, with a text that names it."""
        text = "til $recipientName$ ($recipientNumber$)"
        number = f"10203{self.orders:05}"
        to = (
            Recipient(national_identity_number=f"0{number}")
            if kind == "person"
            else Recipient(organization_number=f"3{number[-8:]}")
        )
        return replace(
            order,
            channel_schema=schema or order.channel_schema,
            recipients=(to,),
            email=EmailTemplate("noreply@example.no", text, text),
            sms=SmsTemplate(policy.value, text),
            sending_time_policy=policy,
        )

    @rule(owner=st.sampled_from(OWNERS), number=st.integers(0, 3))
    def place_composed(self, owner: str, number: int) -> None:
        """Place an e-mail with a file, or repeat one."""
        file = Attachment("vedtak.pdf", "application/pdf", SECRET_LINK)
        email = self._order(
            OrderType.COMPOSED, self.world.clock.now(), False, SendingTimePolicy.ANYTIME, None
        )
        assert email.email is not None
        main = replace(email, email=replace(email.email, attachments=(file,)))
        request = ChainRequest(main, idempotency_id=f"composed-{number}")
        receipt = self.run(self.process.place(owner, request))
        if receipt is not None:
            self._accept(owner, request, receipt)

    @rule(back=st.integers(0, 5), whole=st.booleans())
    def cancel(self, back: int, whole: bool) -> None:
        """Cancel one of the latest shipments, or its chain as far as that can be done."""
        for shipment_id in list(self.accepted)[-1 - back :][:1]:
            owner, item = self.accepted[shipment_id], parse_id(shipment_id)
            assert item is not None
            if whole:
                found = self.run(self.process.cancel_chain(owner, str(item.chain))) or []
            else:
                one = self.run(self.process.cancel_order(owner, shipment_id))
                found = [] if one is None else [one]
            for stored in found:
                if stored.state.status is OrderStatus.CANCELLED:
                    numbers = {number for to in stored.order.recipients for number in numbers_of(to)}
                    self.cancelled[str(stored.item)] = numbers


def numbers_of(recipient: Recipient) -> tuple[str, ...]:
    """Return the numbers that SMS to somebody go to."""
    number = recipient.national_identity_number or recipient.organization_number
    if number is not None:
        return registered(number).mobiles
    return () if recipient.mobile_number is None else (recipient.mobile_number,)


def sms_order(
    kind: OrderType, at: datetime, number: str, text: str, policy: SendingTimePolicy
) -> OrderRequest:
    """Return an order for one SMS, whose sender is named after its policy."""
    return OrderRequest(
        kind,
        at,
        ChannelSchema.SMS,
        (Recipient(mobile_number=number),),
        sms=SmsTemplate(policy.value, text),
        sending_time_policy=policy,
    )


def with_fields(order: OrderRequest, *, several: bool = False) -> OrderRequest:
    """Return the order with a field in each text; everybody has the same value unless there are `several`."""
    recipients = tuple(
        replace(to, fields={"deadline": f"{SECRET_FIELD}{number * several}"})
        for number, to in enumerate(order.recipients)
    )
    email, sms = order.email, order.sms
    return replace(
        order,
        recipients=recipients,
        email=email and replace(email, subject="{{deadline}}", body=f"{email.body} {{{{Deadline}}}}"),
        sms=sms and replace(sms, body=f"{{{{deadline}}}} {sms.body}"),
    )


def email_order(kind: OrderType, at: datetime, address: str, text: str) -> OrderRequest:
    """Return an order for one e-mail, with this text as its subject and body."""
    template = EmailTemplate("noreply@example.no", text, text)
    return OrderRequest(kind, at, ChannelSchema.EMAIL, (Recipient(email_address=address),), email=template)
