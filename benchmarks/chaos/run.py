"""One run against one local cloud: placing, striking, settling; then the evidence of it."""

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from benchmarks.chaos.blows import Blows
from benchmarks.chaos.callers import Api, Callers
from benchmarks.chaos.causes import undelivered
from benchmarks.chaos.damage import Damage
from benchmarks.chaos.evidence import Entry, Evidence, entries_of, messages_of, shipment_key
from benchmarks.chaos.losses import LossBook, asked_without_token, cut_off_calls
from benchmarks.chaos.orders import Kind
from benchmarks.chaos.plan import Plan
from benchmarks.chaos.settle import Settle
from benchmarks.chaos.verdict import COMPLETED
from benchmarks.chaos.webhooks.watch import WebhookWatch
from devstack.cloud.control import Control
from devstack.cloud.local_cloud import LocalCloud
from devstack.progress import Progress

_NOON = "2031-05-05T12:00:00+02:00"  # a Monday in Oslo: SMS may leave
_TOKEN_SECONDS = 86_400
# from the last placement: a reminder after a day, which the send window holds until the next morning
_ALL_DUE = timedelta(hours=42)


class Run:
    """Carries out a plan."""

    def __init__(self, cloud: LocalCloud, plan: Plan, say: Progress) -> None:
        self._cloud = cloud
        self._control = Control(cloud.control)
        self._plan = plan
        self._say = say
        self._api = Api(cloud.api, cloud.token(expires_in=_TOKEN_SECONDS))
        self.callers = Callers(self._api, platform=cloud.addresses["platform"], now=cloud.now)
        self._book = LossBook()
        self._traces: dict[str, dict[str, Any] | None] = {}  # of shipments that losses alone do not explain
        self.blows = Blows(cloud, self._api, self.callers, self._book)
        self.webhook = WebhookWatch(cloud, self._api, plan.moods)

    def __call__(self) -> Evidence:
        """Place, strike, and wait until every order is closed and told of, or patience ends."""
        with self.webhook.endpoint.serving():
            return self._carried_out()

    def _carried_out(self) -> Evidence:
        plan, cloud, say = self._plan, self._cloud, self._say
        cloud.set_clock(_NOON)
        self.webhook.begin()
        self._control.add_faults(fault.rule for fault in plan.faults)
        say(f"placing {len(plan.orders)} orders, {len(plan.faults)} recipients with a fault of their own")
        placing = threading.Thread(target=self.callers.place_all, args=(plan.orders, say.bar))
        placing.start()
        Damage(self.blows, plan, say).do()
        placing.join()
        self.webhook.go_down()
        shipments = self.callers.shipments
        say(f"{len(shipments)} shipments accepted; waiting until they are closed")
        Settle(cloud, self._api, say).until_closed(shipments, due_by=cloud.now() + _ALL_DUE)
        self.webhook.catch_up(say)
        return self._evidence()

    def _evidence(self) -> Evidence:
        entries = entries_of(self._api.feed(0))
        losses = self._book.losses(self._control.fault_notes())
        evidence = Evidence(
            orders=self._plan.orders,
            shipments=self.callers.shipments,
            refused=self.callers.refused,
            cancelled=frozenset(self.callers.cancelled),
            entries=entries,
            messages=messages_of(self._cloud.outbox()),
            losses=replace(losses, questions=losses.questions | self._without_token(entries)),
            limits=self._plan.limits,
            told=tuple(self.webhook.endpoint.numbers),
            forged=self.webhook.endpoint.forged,
        )
        return replace(evidence, losses=replace(evidence.losses, cut_off=self._cut_off(evidence)))

    def _cut_off(self, evidence: Evidence) -> Counter[str]:
        """Return how often work on each shipment was cut off, also if it had lost its lock by then.

        The queue does not know what a worker had in hand while Service Bus was away; a shipment does.
        """
        kills = [datetime.fromisoformat(blow["at"]) for blow in self.blows.log if "process" in blow]
        ids = {mark: shipment for shipment, mark in evidence.shipments.items()}
        found = Counter(evidence.losses.cut_off)
        for each in undelivered(evidence):
            if each.cause is None and each.status.startswith("SMS_") and each.mark in ids:
                key = shipment_key(ids[each.mark])
                trace = self._traces[each.mark] = self._api.trace(ids[each.mark])
                found[key] = max(found[key], cut_off_calls(trace, kills))
        return found

    def _without_token(self, entries: Sequence[Entry]) -> set[str]:
        """Return the marks of unwanted orders whose endpoint could not be asked while Maskinporten was away.

        No simulator knows which order a token was wanted for, so the order itself is asked when that was.
        """
        unwanted = {order.mark for order in self._plan.orders if order.kind is Kind.UNWANTED}
        sent = [entry for entry in entries if entry.mark in unwanted and entry.status == COMPLETED]
        return {
            entry.mark
            for entry in sent
            if asked_without_token(self._api.shipment(entry.shipment), self.blows.without_tokens)
        }

    def injected(self) -> dict[str, int]:
        """Return how often each fault and blow really happened."""
        left = {rule["id"] for rule in self._control.faults()}
        used = [fault for fault in self._plan.faults if fault.rule["id"] not in left]
        names = [f"{fault.channel}: {fault.name}" for fault in used]
        return {name: names.count(name) for name in sorted(set(names))} | dict(self.blows.counts)

    def details(self) -> dict[str, Any]:
        """Return what helps to understand a verdict."""
        return {
            "answersToPlacements": dict(self.callers.statuses),
            "replayed": self.callers.replayed,
            "cancels": dict(self.callers.cancels),
            "hoursAway": {outage.part.value: round(outage.hours, 2) for outage in self._plan.outages},
            "struck": self.blows.log,
            "ownTraces": self._traces,
            "webhook": dict(self.webhook.endpoint.moods),
        }
