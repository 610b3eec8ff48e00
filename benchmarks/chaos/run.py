"""One run against one local cloud: placing, striking, settling; then the evidence of it."""

import threading
from datetime import timedelta
from typing import Any

from benchmarks.chaos.blows import Blows
from benchmarks.chaos.callers import Api, Callers
from benchmarks.chaos.damage import Damage
from benchmarks.chaos.evidence import Evidence, entries_of, messages_of
from benchmarks.chaos.losses import LossBook
from benchmarks.chaos.plan import Plan
from benchmarks.chaos.settle import Settle
from benchmarks.report import Progress
from devstack.cloud.control import Control
from devstack.cloud.local_cloud import LocalCloud

_NOON = "2031-05-05T12:00:00+02:00"  # a Monday in Oslo: SMS may leave
_TOKEN_SECONDS = 86_400
# from the first placement: reminders after a day are due, and whoever waits for an agenda visit had one
_ALL_DUE = timedelta(hours=36)
_LAST_VISITS = timedelta(hours=12)


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
        self.blows = Blows(cloud, self._api, self.callers, self._book)

    def __call__(self) -> Evidence:
        """Place, strike, and wait until every order is closed or patience ends."""
        plan, cloud, say = self._plan, self._cloud, self._say
        cloud.set_clock(_NOON)
        began = cloud.now()
        self._control.add_faults(fault.rule for fault in plan.faults)
        say(f"placing {len(plan.orders)} orders, {len(plan.faults)} recipients with a fault of their own")
        placing = threading.Thread(target=self.callers.place_all, args=(plan.orders,))
        placing.start()
        Damage(self.blows, plan, say).do()
        placing.join()
        shipments = self.callers.shipments
        say(f"{len(shipments)} shipments accepted; waiting until they are closed")
        due_by = max(began + _ALL_DUE, cloud.now() + _LAST_VISITS)
        Settle(cloud, self._api, say).until_closed(shipments, due_by=due_by)
        return self._evidence()

    def _evidence(self) -> Evidence:
        return Evidence(
            orders=self._plan.orders,
            shipments=self.callers.shipments,
            refused=self.callers.refused,
            cancelled=frozenset(self.callers.cancelled),
            entries=entries_of(self._api.feed(0)),
            messages=messages_of(self._cloud.outbox()),
            losses=self._book.losses(self._control.fault_notes()),
            limits=self._plan.limits,
        )

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
        }
