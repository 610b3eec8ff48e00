"""What happens around the pipeline in the search for broken promises: deliveries, reports, faults, time."""

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import timedelta
from typing import Any

import orjson
from hypothesis import strategies as st
from hypothesis.stateful import rule

from shared.domain.orders.condition import ConditionAnswer, ConditionPolicy, WhenInconclusive
from shared.domain.orders.decision import FIRST_VISITS
from shared.domain.orders.ids import parse_id
from shared.domain.orders.lifetime import LONGEST_LIFE
from shared.domain.orders.notification import SmsResult
from shared.domain.orders.order import Channel
from shared.ports.queues import QueuedMessage
from shared.records import queues
from shared.records.agenda_entry import LANES, agenda_parts
from shared.records.keys import instant_of
from shared.records.shared_messages import items_in
from shared.services.advancing.backlog import ENQUEUE_TIME
from tests.support.pipeline import broker
from tests.support.pipeline.callers import Callers
from tests.support.pipeline.world import (
    CONTENT_RETENTION,
    INCONCLUSIVE,
    MET,
    METADATA_RETENTION,
    NOT_MET,
    SILENT,
    Enqueued,
    Fault,
    Outage,
    email_report,
    sms_report,
)


class Events(Callers):
    """Delivers, loses, reports, breaks and lets time pass, in any order."""

    # -- what the queues do ---------------------------------------------------------------------------------

    @rule(choice=st.integers(0, 50), keep=st.booleans())
    def deliver(self, choice: int, keep: bool) -> None:
        """Deliver a message; it stays on the queue when the process dies, or as its double."""
        ready = broker.ready(self.world)
        if ready:
            self._deliver([ready[choice % len(ready)]], keep=keep)

    @rule(queue=st.sampled_from(broker.BATCHES), size=st.integers(1, 9))
    def deliver_batch(self, queue: str, size: int) -> None:
        """Deliver what has come first on a queue, all of it in one go."""
        ready = broker.ready(self.world, queue)
        if ready:
            self._deliver(ready[:size], keep=False)

    def _deliver(self, messages: Sequence[QueuedMessage], *, keep: bool) -> None:
        if not self._is_done(self.process.handle(*messages)):
            broker.given_back(self.world, messages)
        elif not keep:
            broker.completed(self.world, messages)

    @rule(queue=st.sampled_from(queues.QUEUES))
    def share(self, queue: str) -> None:
        """Let what was sent to a queue at one moment have been sent together."""
        broker.share(self.world, queue)

    @rule(choice=st.integers(0, 50))
    def deliver_dead(self, choice: int) -> None:
        """Deliver a message of a dead-letter queue; it stays there until that is done."""
        if self.world.dead:
            message = self.world.dead[choice % len(self.world.dead)]
            if self._is_done(self.process.handle_dead(message, "MaxDeliveryCountExceeded")):
                self.world.dead.remove(message)

    def _is_done(self, work: Coroutine[Any, Any, None]) -> bool:
        async def done() -> bool:
            await work
            return True

        return self.run(done()) is True

    @rule(choice=st.integers(0, 50))
    def lose(self, choice: int) -> None:
        """Lose a message, as no queue should."""
        if self.world.messages:
            self._lose([self.world.messages[choice % len(self.world.messages)]])

    @rule()
    def wipe(self) -> None:
        """Lose every queue at once."""
        self._lose(list(self.world.messages))

    def _lose(self, messages: Sequence[QueuedMessage]) -> None:
        for message in messages:
            self.world.messages.remove(message)
            if message.queue == queues.DELIVERY_REPORTS:
                self.reported.clear()  # what was told may be lost

    @rule(choice=st.integers(0, 50), other=st.integers(0, 50))
    def deliver_side_by_side(self, choice: int, other: int) -> None:
        """Deliver two messages concurrently; often doubles of the same work."""
        ready = broker.ready(self.world)
        if not ready:
            return
        first, second = ready[choice % len(ready)], ready[other % len(ready)]

        async def both() -> None:
            await asyncio.gather(
                self.process.handle(first), self.process.handle(second), return_exceptions=True
            )

        self.run(both())

    @rule()
    def tick(self) -> None:
        """Run the timer: it wakes nobody whose work is known to wait in a queue."""
        rows = [key for _, _, key in self.world.tables.agenda()]
        before = self.world.active()
        self.run(self.process.release_due())
        for wake in self.world.active():
            if wake in before:
                continue
            (shipment_id,) = shipments_of(wake)
            of_shipment = [key for key in rows if agenda_parts(key)[1] == shipment_id]
            if any(key[0] not in LANES for key in of_shipment):
                continue  # one of them may only have waited for its time
            handed_over_at = min(instant_of(agenda_parts(key)[0]) for key in of_shipment) - FIRST_VISITS[0]
            if handed_over_at < self.world.clock.now() - LONGEST_LIFE:
                continue  # it has to be closed, however far the queues are behind
            for message in before:
                if shipment_id in shipments_of(message):
                    known_by = handed_over_at + ENQUEUE_TIME
                    assert message.active_from > known_by, "work that waits in a queue was repeated"
        self.run(self.process.replay_waiting())

    # -- what providers do ----------------------------------------------------------------------------------

    @rule(
        choice=st.integers(0, 50), result=st.sampled_from([SmsResult.DELIVERED, SmsResult.FAILED_UNDELIVERED])
    )
    def report_sms(self, choice: int, result: SmsResult) -> None:
        """Report on any SMS the gateway ever took, perhaps again, perhaps differently."""
        references = list(self.world.references)
        if references:
            reference = references[choice % len(references)]
            self.world.enqueue([sms_report(reference, result, self.world.clock.now())])
            self.reported.append((reference, result))

    @rule(choice=st.integers(0, 50), result=st.sampled_from(["Delivered", "Failed_Bounced"]))
    def report_email(self, choice: int, result: str) -> None:
        """Report on any e-mail the provider ever took."""
        operations = list(self.world.email_operations)
        if operations:
            operation = operations[choice % len(operations)]
            self.world.enqueue([email_report(operation, result)])

    @rule(hold=st.booleans())
    def change_links(self, hold: bool) -> None:
        """Let the links to files expire, or hold again."""
        self.world.links_hold = hold

    @rule(seconds=st.sampled_from([0, 0, 30, 900]))
    def fill_questions(self, seconds: float) -> None:
        """Let others have all places for questions from now on, or give them back."""
        self.world.questions_put_off = seconds
        self.process = self._run_new_process()

    @rule(answer=st.sampled_from([MET, NOT_MET, INCONCLUSIVE, SILENT]))
    def change_condition(self, answer: ConditionAnswer) -> None:
        """Let the senders' conditions answer differently from now on."""
        self.world.condition = answer

    @rule(
        attempts=st.integers(1, 3), minutes=st.sampled_from([1, 20]), then=st.sampled_from(WhenInconclusive)
    )
    def change_policy(self, attempts: int, minutes: int, then: WhenInconclusive) -> None:
        """Start again with another patience with conditions."""
        self.world.conditions = ConditionPolicy(attempts, timedelta(minutes=minutes), then)
        self.process = self._run_new_process()

    @rule(limit=st.sampled_from([0, 3, 20]))
    def limit_providers(self, limit: int) -> None:
        """Start again with a limit on e-mails a minute and SMS a second, or without."""
        self.world.provider_limit = limit
        self.process = self._run_new_process()

    @rule(channel=st.sampled_from(Channel), outage=st.sampled_from([None, *Outage]))
    def break_provider(self, channel: Channel, outage: Outage | None) -> None:
        """Let a provider be out of order from now on, or work again."""
        self.world.outages.pop(channel, None)
        if outage is not None:
            self.world.outages[channel] = outage

    @rule(down=st.booleans())
    def break_registers(self, down: bool) -> None:
        """Let the registers fail from now on, or answer again; they may still be down when all ends."""
        self.world.registers_down = down

    @rule(storage=st.booleans(), sending=st.booleans())
    def break_azure(self, storage: bool, sending: bool) -> None:
        """Let storage, or whatever takes messages for the queues, be down from now on, or work again."""
        self.world.storage_down, self.world.queues_down = storage, sending

    @rule(back=st.integers(0, 3))
    def forget_somebody(self, back: int) -> None:
        """Let the registers know no more of one of the latest people and organisations."""
        number = f"10203{self.orders - back:05}"
        self.world.gone |= {f"0{number}", f"1{number}", f"3{number[-8:]}"}

    # -- what goes wrong ------------------------------------------------------------------------------------

    @rule(skip=st.integers(0, 6), fault=st.sampled_from([f for f in Fault if f is not Fault.NONE]))
    def arm(self, skip: int, fault: Fault) -> None:
        """Let one of the next calls to the outside misbehave."""
        self.world.faults = [Fault.NONE] * skip + [fault]

    @rule()
    def restart(self) -> None:
        """Replace the process: its caches are gone."""
        self.process = self._run_new_process()

    @rule(minutes=st.sampled_from([1, 3, 7, 20, 70, 9 * 60]))
    def pass_time(self, minutes: int) -> None:
        """Let time pass for everybody."""
        self.world.clock.at += timedelta(minutes=minutes)
        self.world.real_time.at += timedelta(minutes=minutes)

    @rule(minutes=st.sampled_from([-30, 5, 60, 15 * 60]))
    def move_clock(self, minutes: int) -> None:
        """Move the business clock alone, as the local cloud may."""
        self.world.clock.at += timedelta(minutes=minutes)

    @rule(age=st.sampled_from([timedelta(0), CONTENT_RETENTION, METADATA_RETENTION]))
    def purge(self, age: timedelta) -> None:
        """Let time pass without anybody at work, then purge what is old."""
        self._grow_old(age)

    def _grow_old(self, age: timedelta) -> None:
        self.world.clock.at += age
        self.world.real_time.at += age
        if age:
            self._lose(list(self.world.messages))  # no queue keeps a message for more than 14 days
        self.run(self.process.purge())


def shipments_of(message: Enqueued) -> set[str]:
    """Return the shipments that a message is about; none of a report."""
    if message.queue == queues.DELIVERY_REPORTS:
        return set()
    items = (parse_id(orjson.loads(item)["id"]) for item in items_in(message.body))
    return {str(item.owner) for item in items if item is not None}
