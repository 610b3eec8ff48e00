"""`python -m benchmarks.chaos`: breaks the local cloud at random while orders are placed, then counts.

Every accepted order must close with exactly one feed entry, no e-mail may go out twice, and an SMS only as
often as answers of the gateway were lost: nobody can know whether a call without answer was carried out. The
exit code is 1 when anything was lost, or doubled beyond that.
"""

import argparse
import random
import secrets
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.chaos_load import Callers, Order
from benchmarks.fault_plan import (
    LOST_ANSWER,
    LOST_REPORT,
    Blow,
    OrderFault,
    Strike,
    plan_order_faults,
    plan_strikes,
)
from benchmarks.orders import address, phone_number
from benchmarks.report import Progress, save
from devstack.control import JsonClient
from devstack.host_choice import HostKind
from devstack.supervisor import LocalCloud

_PLACING_SECONDS = 45.0
_NOON = (
    "2031-05-05T12:00:00+02:00"  # a Monday in Oslo: SMS may leave, and hours of jumps do not reach the night
)
_DAYTIME_SHARE = 0.25
_EXPIRED = "_Failed_TTL"
_UNSENT = frozenset({"SMS_New", "SMS_Sending"})
_STILL_ARRIVING_SECONDS = 1.0  # without a new SMS: then all that a frozen process has sent is carried out
_STEP_SECONDS = 120.0  # of the moved clock, per step while waiting
_STEP_PAUSE_SECONDS = 1.0
_PATIENCE_SECONDS = 35.0  # longer than a claim whose call was cut off keeps others away, which is real time
_EXPIRY_SECONDS = 50 * 3600.0
_MOST_SMS = 2
_SETTINGS = {"SMS_GATEWAY_TIMEOUT_SECONDS": "3"}  # an answer is given up early, so a claim ends early


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of the orders."""

    accepted: int
    refused: int
    closed: int
    lost: int
    entries_doubled: int
    feed_gaps: int
    never_sent_but_delivered: int
    emails_doubled: int
    sms_answers_lost: int
    sms_doubled: int
    sms_doubled_beyond_lost_answers: int
    sms_more_than_twice: int
    reports_lost_at_most: int
    expired: int

    @property
    def is_clean(self) -> bool:
        """Whether nothing happened that a recipient or an owner must not see."""
        return not any(
            (
                self.lost,
                self.entries_doubled,
                self.feed_gaps,
                self.never_sent_but_delivered,
                self.emails_doubled,
                self.sms_doubled_beyond_lost_answers,
                self.sms_more_than_twice,
            )
        )


class Chaos:
    """One run against one local cloud."""

    def __init__(self, cloud: LocalCloud, seed: int, orders_per_channel: int) -> None:
        self._cloud = cloud
        self._control = JsonClient(cloud.control)
        self._callers = Callers(cloud.api, cloud.token(), secrets.token_hex(4))
        chance = random.Random(seed)
        self._orders = _plan_orders(chance, orders_per_channel)
        self._strikes = plan_strikes(chance, _PLACING_SECONDS)
        self._faults: list[OrderFault] = []
        for channel in ("email", "sms"):
            numbers = [order.number for order in self._orders if order.channel == channel]
            self._faults += plan_order_faults(chance, channel, numbers)
        self._reports_wiped = 0
        self._struck: list[dict[str, str]] = []  # by the moved clock, as the outbox tells time
        self._lost_by_kill: Counter[str] = Counter()
        self._sent_and_recorded: set[str] = set()

    def run(self, say: Progress) -> None:
        """Place, strike, and wait until every order is closed or patience ends."""
        self._cloud.set_clock(_NOON)
        self._control.ask("PUT", "/faults", [fault.rule for fault in self._faults])
        say(f"placing {len(self._orders)} orders, {len(self._faults)} of them with a fault of their own")
        placing = threading.Thread(target=self._callers.place_all, args=(self._orders,))
        placing.start()
        started = time.monotonic()
        for strike in self._strikes:
            time.sleep(max(0.0, started + strike.at - time.monotonic()))
            say(f"{strike.blow.value} ({strike.seconds:.1f} s)")
            self._struck.append({"blow": strike.blow.value, "at": self._cloud.now().isoformat()})
            self._strike(strike)
        placing.join()
        say(f"{len(self._callers.accepted)} orders accepted; waiting until they are closed")
        self._settle(say)

    def _strike(self, strike: Strike) -> None:
        cloud = self._cloud
        match strike.blow:
            case Blow.KILL_HTTP:
                self._kill("http", strike.seconds)
            case Blow.KILL_WORKER:
                cloud.kill("worker", signal.SIGSTOP)
                self._note_unrecorded_sms()
                self._kill("worker", strike.seconds)
            case Blow.KILL_QUEUES:
                self._kill("servicebus", strike.seconds)
            case Blow.WIPE_QUEUES:
                reports = cloud.queues()["delivery-reports"]
                cloud.wipe_queues()
                self._reports_wiped += reports["active"] + reports["locked"] + reports["scheduled"]
            case Blow.PAUSE_TABLES:
                cloud.kill("azurite", signal.SIGSTOP)
                time.sleep(strike.seconds)
                cloud.kill("azurite", signal.SIGCONT)
            case Blow.CLOCK_FORWARD:
                cloud.advance_clock(strike.seconds)
            case Blow.CLOCK_BACK:
                cloud.advance_clock(-strike.seconds)

    def _kill(self, name: str, seconds: float) -> None:
        self._cloud.kill(name)
        time.sleep(seconds)
        self._cloud.restart(name)

    def _note_unrecorded_sms(self) -> None:
        """Count as lost the answers that the frozen worker has not written down and never will."""
        arrived, known = self._cloud.outbox()["sms"], -1
        while len(arrived) > known:
            known = len(arrived)
            time.sleep(_STILL_ARRIVING_SECONDS)
            arrived = self._cloud.outbox()["sms"]
        shipments = self._shipments()
        for number, copies in Counter(sms["to"] for sms in arrived).items():
            if number in self._sent_and_recorded:
                continue
            shipment = self._callers.shipment(shipments[number]) if number in shipments else None
            if shipment is None or _statuses(shipment) & _UNSENT:
                self._lost_by_kill[number] = copies
            else:
                self._sent_and_recorded.add(number)

    def _settle(self, say: Progress) -> None:
        if not self._wait_closed():
            say("moving on to the expiry of what waits for a report that was lost")
            self._cloud.advance_clock(_EXPIRY_SECONDS)
            self._wait_closed()

    def _wait_closed(self) -> bool:
        """Move the clock until all is closed, or until nothing more has closed for a while."""
        wanted = set(self._callers.accepted.values())
        known, changed_at = -1, time.monotonic()
        while time.monotonic() - changed_at < _PATIENCE_SECONDS:
            closed = wanted & {entry["shipmentId"] for entry in self._callers.feed()}
            if closed == wanted:
                return True
            if len(closed) > known:
                known, changed_at = len(closed), time.monotonic()
            self._cloud.advance_clock(_STEP_SECONDS)
            time.sleep(_STEP_PAUSE_SECONDS)
        return False

    def verdict(self) -> Verdict:
        """Compare what callers, owners and recipients saw."""
        accepted = self._callers.accepted
        feed = list(self._callers.feed())
        entries = Counter(entry["shipmentId"] for entry in feed)
        outbox = self._cloud.outbox()
        emails = Counter(email["to"] for email in outbox["emails"])
        sms = Counter(message["to"] for message in outbox["sms"])
        lost_answers = self._lost_answers()
        delivered = {
            recipient["destination"]
            for entry in feed
            for recipient in entry["recipients"]
            if recipient["status"].endswith("_Delivered")
        }
        return Verdict(
            accepted=len(accepted),
            refused=len(self._orders) - len(accepted),
            closed=sum(shipment in entries for shipment in accepted.values()),
            lost=sum(shipment not in entries for shipment in accepted.values()),
            entries_doubled=sum(count - 1 for count in entries.values()),
            feed_gaps=sum(number != entry["sequenceNumber"] for number, entry in enumerate(feed, 1)),
            never_sent_but_delivered=len(delivered - set(emails) - set(sms)),
            emails_doubled=sum(count - 1 for count in emails.values()),
            sms_answers_lost=lost_answers.total(),
            sms_doubled=sum(count - 1 for count in sms.values()),
            sms_doubled_beyond_lost_answers=sum(
                max(0, count - 1 - lost_answers[number]) for number, count in sms.items()
            ),
            sms_more_than_twice=sum(count > _MOST_SMS for count in sms.values()),
            reports_lost_at_most=self._reports_wiped
            + sum(fault.name == LOST_REPORT for fault in self._used_faults()),
            expired=sum(any(s.endswith(_EXPIRED) for s in _statuses(entry)) for entry in feed),
        )

    def _lost_answers(self) -> Counter[str]:
        """Return how many answers of the gateway were lost, by phone number."""
        by_fault = Counter(
            phone_number(fault.number)
            for fault in self._used_faults()
            if fault.channel == "sms" and fault.name == LOST_ANSWER
        )
        return self._lost_by_kill | by_fault  # what a kill finds unrecorded, a fault may have lost before

    def injected(self) -> Counter[str]:
        """Return how often each fault really happened."""
        faults = Counter(f"{fault.channel}: {fault.name}" for fault in self._used_faults())
        return faults + Counter(strike.blow.value for strike in self._strikes)

    def details(self) -> dict[str, Any]:
        """Return what helps to understand a verdict: what was lost, and how shipments ended."""
        feed = list(self._callers.feed())
        closed = {entry["shipmentId"] for entry in feed}
        return {
            "lost": [
                {"to": address(order.channel, order.number), "shipment": shipment}
                for order, shipment in self._callers.accepted.items()
                if shipment not in closed
            ],
            "endings": dict(Counter(status for entry in feed for status in _statuses(entry))),
            "replayed": self._callers.replayed,
            "doubled": self._doubled(),
            "struck": self._struck,
        }

    def _doubled(self) -> list[dict[str, Any]]:
        """Return the SMS that went out more than once: when, and what is known to have happened to them."""
        sent: dict[str, list[str]] = {}
        for sms in self._cloud.outbox()["sms"]:
            sent.setdefault(sms["to"], []).append(sms["at"])
        faults = {
            phone_number(fault.number): fault.name for fault in self._used_faults() if fault.channel == "sms"
        }
        lost, shipments = self._lost_answers(), self._shipments()
        return [
            {
                "to": to,
                "at": at,
                "answersLost": lost[to],
                "fault": faults.get(to),
                "shipment": shipments.get(to),
            }
            for to, at in sent.items()
            if len(at) > 1
        ]

    def _shipments(self) -> dict[str, str]:
        """Return the shipment ids of the accepted orders by address."""
        accepted = list(self._callers.accepted.items())
        return {address(order.channel, order.number): shipment for order, shipment in accepted}

    def _used_faults(self) -> list[OrderFault]:
        left = {rule["id"] for rule in self._control.ask("GET", "/faults")}
        return [fault for fault in self._faults if fault.rule["id"] not in left]


def _plan_orders(chance: random.Random, per_channel: int) -> list[Order]:
    orders = [(channel, number) for channel in ("email", "sms") for number in range(per_channel)]
    chance.shuffle(orders)
    step = _PLACING_SECONDS / len(orders)
    return [
        Order(at * step, channel, number, daytime=channel == "sms" and chance.random() < _DAYTIME_SHARE)
        for at, (channel, number) in enumerate(orders)
    ]


def _statuses(shipment: dict[str, Any]) -> set[str]:
    return {recipient["status"] for recipient in shipment["recipients"]}


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.chaos", description=__doc__)
    parser.add_argument("--orders", type=int, default=200, help="orders per channel")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000), help="repeats a run")
    chosen = parser.parse_args()
    say = Progress()
    say(f"seed {chosen.seed}")
    with (
        tempfile.TemporaryDirectory(prefix="chaos-") as data,
        LocalCloud(data=Path(data), settings=_SETTINGS, host=HostKind.OWN) as cloud,
    ):
        chaos = Chaos(cloud, chosen.seed, chosen.orders)
        chaos.run(say)
        verdict, injected, details = chaos.verdict(), chaos.injected(), chaos.details()
    print("\nInjected")
    for name, count in sorted(injected.items()):
        print(f"  {name:<32} {count:>5}")
    print("\nCounted")
    for name, count in asdict(verdict).items():
        print(f"  {name.replace('_', ' '):<32} {count:>5}")
    print("\nEndings")
    for name, count in sorted(details["endings"].items()):
        print(f"  {name:<32} {count:>5}")
    document = {"seed": chosen.seed, "verdict": asdict(verdict), "injected": injected, **details}
    print(f"\n{'clean' if verdict.is_clean else 'NOT CLEAN'}; written to {save('chaos', document)}")
    return 0 if verdict.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
