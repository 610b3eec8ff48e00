"""The composition root: builds every adapter and use case once per process, when first needed.

Nothing is built at import, so a cold start pays only for what its first invocation needs; connections are
warmed in the background.
"""

import asyncio
import importlib
from datetime import timedelta
from functools import cached_property

from shared.app import early_imports
from shared.app.foundations import Foundations
from shared.app.pacing import email_permits, sms_permits
from shared.app.settings import read_settings
from shared.providers.event_grid import parse_email_reports
from shared.records import queues
from shared.runtime.logs import configure_logging
from shared.services.advancing.advance_order import AdvanceOrder
from shared.services.advancing.backlog import Backlog
from shared.services.advancing.hand_over import HandOver
from shared.services.advancing.release_due import ReleaseDue
from shared.services.advancing.second_pulse import SecondPulse
from shared.services.feeding.append_feed import AppendFeed
from shared.services.feeding.collect_metrics import CollectMetrics
from shared.services.feeding.find_by_recipient import FindByRecipient
from shared.services.feeding.read_status import ReadStatus
from shared.services.handling.failed_work import FailedWork
from shared.services.handling.handle_messages import CarryOut
from shared.services.handling.record_dead_letter import RecordDeadLetter
from shared.services.handling.replay_dead_letter import ReplayDeadLetter
from shared.services.handling.replay_waiting import ReplayWaiting
from shared.services.keeping.check_readiness import CheckReadiness
from shared.services.keeping.purge_old import PurgeOld
from shared.services.placing.cancel_chain import CancelChain
from shared.services.placing.cancel_order import CancelOrder
from shared.services.placing.place_order import PlaceOrder
from shared.services.reporting.record_outcomes import RecordOutcomes
from shared.services.reporting.record_report import RecordReport
from shared.services.sending.ask_about_emails import AskAboutEmails
from shared.services.sending.send_email import EmailCalls
from shared.services.sending.send_instant import SendInstant
from shared.services.sending.send_messages import Calls, SendMessages
from shared.services.sending.send_sms import SmsCalls
from shared.storage.feed.feed_tail import FeedTail
from shared.storage.keys import TABLES
from shared.storage.order_indexes import OrderIndexes
from shared.storage.order_purge import OrderPurge


class Container(Foundations):
    """One process's use cases, on its foundations; every property is built when first asked for."""

    async def start(self) -> None:
        """Make sure that what every invocation needs exists, and warm up the rest in the background."""
        await self._tables.ensure_tables(TABLES)
        self.sender.warm_up(queues.QUEUES)

    @cached_property
    def hand_over(self) -> HandOver:
        """Puts work on queues."""
        return HandOver(self.sender)

    @cached_property
    def backlog(self) -> Backlog:
        """How far the queues have come."""
        return Backlog(watch=self.queue_watch, clock=self.clock)

    @cached_property
    def record_outcomes(self) -> RecordOutcomes:
        """Stores results."""
        return RecordOutcomes(orders=self.orders, hand_over=self.hand_over, clock=self.clock)

    @cached_property
    def place_order(self) -> PlaceOrder:
        """Places orders."""
        return PlaceOrder(
            orders=self.orders,
            agenda=self.agenda,
            index=OrderIndexes(self.senders_references, self.recipients_index),
            hand_over=self.hand_over,
            ids=self.ids,
            clock=self.clock,
            real_time=self.real_time,
            window=self.window,
            release_delay=self.release_delay,
            resolve=self.resolve_recipients,
            stale_contact_creators=self.settings.stale_contact_creators,
        )

    @cached_property
    def cancel_order(self) -> CancelOrder:
        """Cancels orders."""
        return CancelOrder(orders=self.orders, hand_over=self.hand_over, clock=self.clock)

    @cached_property
    def cancel_chain(self) -> CancelChain:
        """Cancels orders with their reminders."""
        return CancelChain(orders=self.orders, cancel_order=self.cancel_order)

    @cached_property
    def advance_order(self) -> AdvanceOrder:
        """Does what is due."""
        return AdvanceOrder(
            orders=self.orders,
            agenda=self.agenda,
            hand_over=self.hand_over,
            record=self.record_outcomes,
            ask_about_emails=AskAboutEmails(provider=self.email_provider, clock=self.clock),
            backlog=self.backlog,
            condition=self.condition_endpoint,
            conditions=self.settings.condition_policy,
            resolve=self.resolve_recipients,
            clock=self.clock,
            real_time=self.real_time,
            window=self.window,
            release_delay=self.release_delay,
        )

    @cached_property
    def email_calls(self) -> EmailCalls:
        """Calls to the e-mail provider."""
        return EmailCalls(
            provider=self.email_provider,
            attachments=self.attachments,
            permits=email_permits(self.settings, self.store, self.clock),
            real_time=self.real_time,
        )

    @cached_property
    def sms_calls(self) -> SmsCalls:
        """Calls to the SMS gateway."""
        return SmsCalls(
            gateway=self.sms_gateway,
            permits=sms_permits(self.settings, self.store, self.clock),
            gateway_references=self.gateway_references,
            record=self.record_outcomes,
            clock=self.clock,
            real_time=self.real_time,
            window=self.window,
            call_time=self.settings.sms_gateway_timeout + timedelta(seconds=5),
        )

    @cached_property
    def send_email(self) -> SendMessages:
        """Sends e-mails."""
        return self._send(self.email_calls)

    @cached_property
    def send_sms(self) -> SendMessages:
        """Sends SMS."""
        return self._send(self.sms_calls)

    def _send(self, calls: Calls) -> SendMessages:
        return SendMessages(
            calls=calls,
            orders=self.orders,
            record=self.record_outcomes,
            hand_over=self.hand_over,
            clock=self.clock,
            real_time=self.real_time,
            window=self.window,
            release_delay=self.release_delay,
        )

    @cached_property
    def send_instant(self) -> SendInstant:
        """Sends while the caller waits."""
        return SendInstant(
            orders=self.orders,
            agenda=self.agenda,
            index=self.senders_references,
            calls=(self.sms_calls, self.email_calls),
            record=self.record_outcomes,
            ids=self.ids,
            clock=self.clock,
            real_time=self.real_time,
            window=self.window,
        )

    @cached_property
    def record_report(self) -> RecordReport:
        """Applies provider reports."""
        return RecordReport(
            record=self.record_outcomes,
            gateway_references=self.gateway_references,
            read_email_reports=parse_email_reports,
            clock=self.clock,
        )

    @cached_property
    def append_feed(self) -> AppendFeed:
        """Appends to feeds."""
        return AppendFeed(
            orders=self.orders,
            feed=self.feed,
            log=self.notification_log,
            agenda=self.agenda,
            cancellations_for=self.settings.cancellation_feed_creators,
        )

    @cached_property
    def release_due(self) -> ReleaseDue:
        """Wakes what is due."""
        return ReleaseDue(
            agenda=self.agenda, hand_over=self.hand_over, backlog=self.backlog, clock=self.clock
        )

    @cached_property
    def second_pulse(self) -> SecondPulse:
        """Wakes what is due when timers do not."""
        return SecondPulse(release_due=self.release_due, sender=self.sender, clock=self.clock)

    @cached_property
    def purge_old(self) -> PurgeOld:
        """Forgets what was kept long enough."""
        return PurgeOld(
            orders=self.orders,
            purge=OrderPurge(self.store, self.orders),
            tail=FeedTail(self.store),
            log=self.notification_log,
            gateway_references=self.gateway_references,
            senders_references=self.senders_references,
            by_recipient=self.recipients_index,
            dead_letters=self.dead_letters,
            clock=self.clock,
            content_retention=self.settings.content_retention,
            metadata_retention=self.settings.metadata_retention,
        )

    @cached_property
    def record_dead_letter(self) -> RecordDeadLetter:
        """Keeps poison messages for an operator."""
        return RecordDeadLetter(letters=self.dead_letters, clock=self.clock)

    @cached_property
    def replay_dead_letter(self) -> ReplayDeadLetter:
        """Sends poison messages once more."""
        return ReplayDeadLetter(letters=self.dead_letters, sender=self.sender, clock=self.clock)

    @cached_property
    def carry_out(self) -> CarryOut:
        """Does what messages ask for."""
        failed = FailedWork(
            sender=self.sender, record=self.record_dead_letter, letters=self.dead_letters, clock=self.clock
        )
        return CarryOut(use_cases=self, failed=failed)

    @cached_property
    def replay_waiting(self) -> ReplayWaiting:
        """Sends what waits for its queue."""
        return ReplayWaiting(letters=self.dead_letters, sender=self.sender, real_time=self.real_time)

    @cached_property
    def find_by_recipient(self) -> FindByRecipient:
        """Answers what support asks."""
        return FindByRecipient(orders=self.orders, index=self.recipients_index)

    @cached_property
    def collect_metrics(self) -> CollectMetrics:
        """Answers what those who pay ask."""
        return CollectMetrics(orders=self.orders, feed=self.feed)

    @cached_property
    def check_readiness(self) -> CheckReadiness:
        """Tells whether the app can do its work."""
        return CheckReadiness(store=self.store, sender=self.sender)

    @cached_property
    def read_status(self) -> ReadStatus:
        """Answers what owners ask."""
        return ReadStatus(orders=self.orders, feed=self.feed, index=self.senders_references)


_starting: asyncio.Task[Container] | None = None


async def container() -> Container:
    """Return this process's container, built by the first invocation and awaited by those beside it."""
    global _starting  # noqa: PLW0603  one per process, by design
    if _starting is None or (_starting.done() and (_starting.cancelled() or _starting.exception())):
        _starting = asyncio.get_running_loop().create_task(_start())
    app = await asyncio.shield(_starting)
    app.second_pulse.touch()
    return app


async def _start() -> Container:
    configure_logging()
    await asyncio.to_thread(importlib.import_module, early_imports.TABLES)
    built = Container(read_settings())
    await built.start()
    return built
