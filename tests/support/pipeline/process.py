"""One run of the app in the test world: the app of production, on adapters of that world."""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import Any

from shared.app.settings import Settings, read_settings
from shared.app.use_cases import Adapters, build_app
from shared.auth.sealed_secrets import SealedSecrets
from shared.contracts.webhooks.events import event_of_test, shipment_event
from shared.domain.orders.dead_letter import Cause
from shared.domain.orders.order import ChainRequest, Channel
from shared.lookups.platform.dialog_access import NoDialogAccess
from shared.ports.queues import QueuedMessage
from shared.records.shipment_rows import state_of
from shared.runtime.errors import TransientError
from shared.services.advancing.ask_condition import AskCondition
from shared.services.feeding.append_feed import AppendFeed
from shared.services.handling.failed_work import FailedWork, ReturnedError, cause_of
from shared.services.placing.place_order import Receipt
from shared.storage import keys
from tests.support.pipeline import broker
from tests.support.pipeline.providers import Attachments, Email, Gateway, read_reports
from tests.support.pipeline.surroundings import BusyShares, Condition, Registers, Sender, Store, Watch
from tests.support.pipeline.webhooks import Endpoint
from tests.support.pipeline.world import CONTENT_RETENTION, METADATA_RETENTION, Fault, World
from tests.support.settings import sample


class Process:
    """One run of the app: its own caches and tasks, gone when it dies.

    `settings` replace those of the world.
    """

    def __init__(self, world: World, **settings: Any) -> None:
        self.world = world
        self.died = asyncio.Event()
        self.calls: list[str] = []  # numbers the gateway was called with
        self.settings = replace(_settings(world), **settings)
        self.adapters = _adapters(self)
        app = build_app(self.settings, self.adapters)
        handle = app.handle_messages
        policy = handle.failed_work
        witness = Witness(
            sender=policy.sender, dead_letters=policy.dead_letters, clock=policy.clock, world=world
        )
        ask_condition = handle.ask_condition
        if world.questions_put_off:
            assert isinstance(ask_condition, AskCondition)
            put_question = replace(ask_condition.put_question, shares=BusyShares(self))
            ask_condition = replace(ask_condition, put_question=put_question)
        handle = replace(handle, failed_work=witness, ask_condition=ask_condition)
        self.app = replace(app, handle_messages=handle)
        self.orders, self.letters = app.read_status.orders, app.dead_letters
        self.place_order = app.place_order
        self.cancel_order, self.cancel_chain = app.cancel_chain.cancel_order, app.cancel_chain
        self.send_instant, self.release_due = app.send_instant, app.release_due
        self.replay_waiting, self.purge = app.replay_waiting, app.purge_old
        assert isinstance(handle.append_feed, AppendFeed)
        self.append_feed = handle.append_feed
        self.sms_calls = app.send_instant.calls[Channel.SMS]
        self.email_calls = app.send_instant.calls[Channel.EMAIL]
        self.record = app.send_instant.record

    async def place(self, creator: str, request: ChainRequest) -> Receipt:
        receipt = await self.place_order(creator, request)
        await self.place_order.handing_over.done()
        return receipt

    async def handle(self, *messages: QueuedMessage) -> None:
        """Handle messages of one queue as its trigger does; when it raises they stay there."""
        await self.app.handle_messages(messages[0].queue, [message.body for message in messages])
        await self.append_feed.removing.done()

    async def carry_out(self) -> None:
        """Handle every message that is due, and what follows from it, until none is left."""
        while due := broker.ready(self.world):
            self.world.messages.remove(due[0])
            await self.handle(due[0])

    async def pass_hours(self, hours: int) -> None:
        """Let business time pass; after each hour wake what is due and handle what follows from it."""
        for _ in range(hours):
            self.world.clock.at += timedelta(hours=1)
            await self.release_due()
            await self.carry_out()

    async def handle_dead(self, message: QueuedMessage, reason: str) -> None:
        """Handle a message of the dead-letter queue as its trigger does."""
        await self.app.handle_messages.dead_letter(message.queue, message.body, reason)

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
            for row in self.world.tables.chains().values()
            if "State" in row.columns  # what pages have told is there, too
        ]
        if any(n.address == number and not n.is_unsent for state in states for n in state.notifications):
            return True
        noted = {
            row.columns.get("Reference")
            for (table, _, row_key), row in self.world.tables.rows.items()
            if table == keys.GATEWAY_REFERENCES and row_key.startswith("=")
        }
        return any(to == number and ref in noted for ref, to in self.world.references.items())


@dataclass(frozen=True, kw_only=True)
class Witness(FailedWork):
    """The policy; it reports unexpected failures to the world, so no bug hides behind six tries."""

    world: World

    async def __call__(self, queue: str, body: bytes, error: Exception) -> bool:
        if cause_of(error) is Cause.UNEXPECTED and not isinstance(error, ReturnedError):
            self.world.broken_rules.append(f"unexpected on {queue}: {error!r}")
        return await super().__call__(queue, body, error)


@cache
def _sample_settings(told_of_cancellations: tuple[str, ...]) -> Settings:
    told = {"CANCELLATION_FEED_CREATORS": ",".join(told_of_cancellations)}
    return read_settings(sample() | told)


def _settings(world: World) -> Settings:
    return replace(
        _sample_settings(world.told_of_cancellations),
        id_secret=b"0" * 32,
        condition_policy=world.conditions,
        email_limit_per_minute=world.provider_limit,
        sms_limit_per_second=world.provider_limit,
        sms_gateway_timeout=timedelta(seconds=25),
        content_retention=CONTENT_RETENTION,
        metadata_retention=METADATA_RETENTION,
        traced_orders_per_mille=0,  # else one order in a hundred has lines among those that tests look at
    )


def _adapters(process: Process) -> Adapters:
    sender, registers = Sender(process), Registers(process)
    return Adapters(
        clock=process.world.clock,
        real_time=process.world.real_time,
        store=Store(process),
        sender=sender,
        queue_watch=Watch(process),
        email_provider=Email(process),
        read_email_reports=read_reports,
        attachments=Attachments(process),
        sms_gateway=Gateway(process),
        condition_endpoint=Condition(process),
        contact_register=registers,
        access_decisions=registers,
        name_register=registers,
        resource_registry=None,
        is_phone_number=lambda _: True,
        dialog_access=NoDialogAccess(),
        webhook_endpoint=Endpoint(process),
        secret_seal=SealedSecrets([b"0" * 32]),
        write_event=shipment_event,
        write_test=event_of_test,
        removals_apart=0.0,
    )
