"""One run of the app: the real use cases on the ports of the test world, and what its triggers do."""

import asyncio
from datetime import timedelta
from typing import Any

from shared.domain.orders.dead_letter import Cause
from shared.domain.orders.ids import IdMaker
from shared.domain.orders.order import ChainRequest
from shared.domain.sending.provider_limits import Limit
from shared.ports.queues import QueuedMessage
from shared.records.order_rows import state_of
from shared.runtime.errors import TransientError
from shared.services.advancing.advance_order import AdvanceOrder
from shared.services.advancing.backlog import Backlog
from shared.services.advancing.hand_over import HandOver
from shared.services.advancing.release_delay import ReleaseDelay
from shared.services.advancing.release_due import ReleaseDue
from shared.services.feeding.append_feed import AppendFeed
from shared.services.handling.failed_work import FailedWork, ReturnedError, cause_of
from shared.services.handling.handle_messages import CarryOut
from shared.services.handling.record_dead_letter import RecordDeadLetter
from shared.services.handling.replay_waiting import ReplayWaiting
from shared.services.keeping.purge_old import PurgeOld
from shared.services.placing.cancel_chain import CancelChain
from shared.services.placing.cancel_order import CancelOrder
from shared.services.placing.place_order import PlaceOrder, Receipt
from shared.services.placing.resolve_recipients import ResolveRecipients
from shared.services.reporting.record_outcomes import RecordOutcomes
from shared.services.reporting.record_report import RecordReport
from shared.services.sending.ask_about_emails import AskAboutEmails
from shared.services.sending.permit_calls import PermitCalls
from shared.services.sending.send_email import EmailCalls
from shared.services.sending.send_instant import SendInstant
from shared.services.sending.send_messages import Calls, SendMessages
from shared.services.sending.send_sms import SmsCalls
from shared.storage import keys
from shared.storage.agenda import Agenda
from shared.storage.dead_letters import DeadLetters
from shared.storage.feed.feed_tail import FeedTail
from shared.storage.feed.status_feed import StatusFeed
from shared.storage.gateway_references import GatewayReferences
from shared.storage.notification_log import NotificationLog
from shared.storage.order_indexes import OrderIndexes
from shared.storage.order_purge import OrderPurge
from shared.storage.orders import OrderTable
from shared.storage.provider_states import ProviderStates
from shared.storage.recipient_index import RecipientIndex
from shared.storage.senders_references import SendersReferences
from tests.support.pipeline.surroundings import (
    Attachments,
    Condition,
    Email,
    Gateway,
    Registers,
    Sender,
    Store,
    Watch,
    read_reports,
)
from tests.support.pipeline.world import CONTENT_RETENTION, METADATA_RETENTION, Fault, World


class Process:
    """One run of the app: its own caches and tasks, gone when it dies."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.died = asyncio.Event()
        self.calls: list[str] = []  # numbers the gateway was called with
        store, sender = Store(self), Sender(self)
        hand_over = HandOver(sender)
        orders, agenda = OrderTable(store), Agenda(store)
        gateway_references, feed = GatewayReferences(store), StatusFeed(store, world.clock)
        record = RecordOutcomes(orders=orders, hand_over=hand_over, clock=world.clock)
        provider, gateway, delay = Email(self), Gateway(self), ReleaseDelay(timedelta(minutes=10))
        ids, backlog = IdMaker(b"0" * 32), Backlog(watch=Watch(self), clock=world.clock)
        registers = Registers(self)
        resolve = ResolveRecipients(
            contacts=registers, access=registers, names=registers, is_phone_number=lambda _: True
        )
        self.place_order = PlaceOrder(
            orders=orders,
            agenda=agenda,
            index=OrderIndexes(SendersReferences(store, ids), RecipientIndex(store, ids)),
            hand_over=hand_over,
            ids=ids,
            clock=world.clock,
            real_time=world.real_time,
            window=world.window,
            release_delay=delay,
            resolve=resolve,
        )
        self.advance_order = AdvanceOrder(
            orders=orders,
            agenda=agenda,
            hand_over=hand_over,
            record=record,
            ask_about_emails=AskAboutEmails(provider=provider, clock=world.clock),
            backlog=backlog,
            condition=Condition(self),
            conditions=world.conditions,
            resolve=resolve,
            clock=world.clock,
            real_time=world.real_time,
            window=world.window,
            release_delay=delay,
        )
        self.email_calls = EmailCalls(
            provider=provider,
            attachments=Attachments(self),
            permits=_permits(self, store, "email", timedelta(minutes=1)),
            real_time=world.real_time,
        )
        self.sms_calls = SmsCalls(
            gateway=gateway,
            permits=_permits(self, store, "sms", timedelta(seconds=1)),
            gateway_references=gateway_references,
            record=record,
            clock=world.clock,
            real_time=world.real_time,
            window=world.window,
            call_time=timedelta(seconds=30),
        )

        def sending(calls: Calls) -> SendMessages:
            return SendMessages(
                calls=calls,
                orders=orders,
                record=record,
                hand_over=hand_over,
                clock=world.clock,
                real_time=world.real_time,
                window=world.window,
                release_delay=delay,
            )

        self.send_email, self.send_sms = sending(self.email_calls), sending(self.sms_calls)
        self.orders = orders
        self.send_instant = SendInstant(
            orders=orders,
            agenda=agenda,
            index=SendersReferences(store, ids),
            calls=(self.sms_calls, self.email_calls),
            record=record,
            ids=ids,
            clock=world.clock,
            real_time=world.real_time,
            window=world.window,
        )
        self.record_report = RecordReport(
            record=record,
            gateway_references=gateway_references,
            read_email_reports=read_reports,
            clock=world.clock,
        )
        self.append_feed = AppendFeed(
            orders=orders,
            feed=feed,
            log=NotificationLog(store),
            agenda=agenda,
            cancellations_for=world.told_of_cancellations,
        )
        self.cancel_order = CancelOrder(orders=orders, hand_over=hand_over, clock=world.clock)
        self.cancel_chain = CancelChain(orders=orders, cancel_order=self.cancel_order)
        self.release_due = ReleaseDue(agenda=agenda, hand_over=hand_over, backlog=backlog, clock=world.clock)
        self.letters = letters = DeadLetters(store)
        record_letter = RecordDeadLetter(letters=letters, clock=world.clock)
        failed_work = Witness(world, sender=sender, record=record_letter, letters=letters, clock=world.clock)
        self.carry_out = CarryOut(use_cases=self, failed=failed_work)
        self.replay_waiting = ReplayWaiting(letters=letters, sender=sender, real_time=world.real_time)
        self.purge = PurgeOld(
            orders=orders,
            purge=OrderPurge(store, orders),
            tail=FeedTail(store),
            log=NotificationLog(store),
            gateway_references=gateway_references,
            senders_references=SendersReferences(store, ids),
            by_recipient=RecipientIndex(store, ids),
            dead_letters=letters,
            clock=world.clock,
            content_retention=CONTENT_RETENTION,
            metadata_retention=METADATA_RETENTION,
        )

    async def place(self, creator: str, request: ChainRequest) -> Receipt:
        return await self.place_order(creator, request)

    async def handle(self, *messages: QueuedMessage) -> None:
        """Carry out messages of one queue as its trigger does; when it raises they stay there."""
        await self.carry_out(messages[0].queue, [message.body for message in messages])

    async def handle_dead(self, message: QueuedMessage, reason: str) -> None:
        """Carry out a message of the dead-letter queue as its trigger does."""
        await self.carry_out.given_up(message.queue, message.body, reason)

    async def reach(self) -> Fault:
        """Meet the next fault on the way out; a dead process never comes back from here."""
        await asyncio.sleep(0)
        fault = self.world.next_fault()
        if self.died.is_set() or fault is Fault.DIE_BEFORE:
            await self.die()
        if fault is Fault.BEFORE:
            raise TransientError("lost on the way")
        return fault

    async def come_back(self, fault: Fault) -> None:
        if fault is Fault.DIE_AFTER:
            await self.die()
        if fault is Fault.AFTER:
            raise TransientError("the answer was lost")

    async def die(self) -> None:
        """End this process; the answers of calls that it had not written down yet are lost with it."""
        if not self.died.is_set():
            self.died.set()
            for number in self.calls:
                if not self._is_recorded(number):
                    self.world.sms_lost_answers[number] += 1
        await asyncio.Future()

    def _is_recorded(self, number: str) -> bool:
        states = [
            state_of(row)
            for (table, _, _), row in self.world.tables.rows.items()
            if table == keys.ORDERS and "State" in row.columns  # what pages have told is there, too
        ]
        return any(n.address == number and not n.is_unsent for state in states for n in state.notifications)


class Witness(FailedWork):
    """The policy, telling the world of what nobody expects: a bug is not to hide behind its six tries."""

    def __init__(self, world: World, **parts: Any) -> None:
        super().__init__(**parts)
        self._world = world

    async def __call__(self, queue: str, body: bytes, error: Exception) -> bool:
        if cause_of(error) is Cause.UNEXPECTED and not isinstance(error, ReturnedError):
            self._world.broken_rules.append(f"unexpected on {queue}: {error!r}")
        return await super().__call__(queue, body, error)


def _permits(process: Process, store: Store, provider: str, window: timedelta) -> PermitCalls:
    calls = process.world.provider_limit
    limits = (Limit("Limit", calls, window),) if calls else ()
    states = ProviderStates(store, provider, [limit.name for limit in limits])
    world = process.world
    return PermitCalls(states=states, limits=limits, clock=world.clock)
