"""Strikes the local cloud, and notes which messages lost their answer or report by it."""

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from benchmarks.chaos.callers import Api, Callers
from benchmarks.chaos.evidence import Message, key, messages_of, shipment_key
from benchmarks.chaos.losses import LossBook
from benchmarks.chaos.timeline import Blow, Outage, Part, Strike
from devstack.cloud.control import Control
from devstack.cloud.host_choice import HostKind
from devstack.cloud.local_cloud import LocalCloud
from devstack.json_client import JsonClient

_SMS_WORKERS = ("worker", "worker-send_sms", "worker-send_bulk_sms")  # all in one, and with Flex
_UNSENT = frozenset({"SMS_New", "SMS_Sending"})
# Breakers open for half a minute of real time. The clock moves faster, but not by more than this.
_BREAKER_OPEN = timedelta(hours=1)
_NEW_WORKER_SECONDS = 60.0
_STILL_ARRIVING_SECONDS = 0.7  # without a call: then all that a frozen process has sent is carried out


class Blows:
    """Carries out strikes and outages, one at a time."""

    def __init__(self, cloud: LocalCloud, api: Api, callers: Callers, book: LossBook) -> None:
        self._cloud = cloud
        self._control = Control(cloud.control)
        self._api = api
        self._callers = callers
        self._book = book
        self._written_down: set[str] = set()  # ids of SMS whose answer the app is known to have kept
        self._began: dict[Part, datetime] = {}
        self.counts: Counter[str] = Counter()
        self.log: list[dict[str, str]] = []  # by the moved clock, as the outbox tells time
        self.without_tokens: list[tuple[datetime, datetime]] = []  # by it, too: when Maskinporten was away

    def strike(self, strike: Strike) -> None:
        """Carry out one blow; returns when it is over."""
        self._note(strike.blow)
        cloud = self._cloud
        match strike.blow:
            case Blow.KILL_HTTP if cloud.host is HostKind.OWN:
                self._kill("http", strike.seconds)
            case Blow.KILL_HTTP:
                self._kill_worker(cloud.api_process, strike.seconds)
            case Blow.KILL_WORKER:
                self._kill_worker(one_of(self._workers(), strike.luck), strike.seconds)
            case Blow.KILL_QUEUES:
                self._kill("servicebus", strike.seconds)
            case Blow.WIPE_QUEUES:
                self.counts["reports in wiped queues"] += self._book.wiped(cloud.wipe_queues())
            case Blow.PAUSE_TABLES:
                cloud.kill("azurite", signal.SIGSTOP)
                time.sleep(strike.seconds)
                cloud.kill("azurite", signal.SIGCONT)
            case Blow.CLOCK_FORWARD:
                cloud.advance_clock(strike.seconds)
            case Blow.CLOCK_BACK:
                cloud.advance_clock(-strike.seconds)

    def _workers(self) -> Sequence[str]:
        """Return the workers; waits while the real host, whose worker was just killed, starts another."""
        deadline = time.monotonic() + _NEW_WORKER_SECONDS
        while not (workers := self._cloud.workers) and time.monotonic() < deadline:
            time.sleep(_STILL_ARRIVING_SECONDS)
        return workers

    def begin(self, outage: Outage) -> None:
        """Take a part of the cloud away."""
        self._note(f"{outage.part.value} away: {outage.way}")
        self._began[outage.part] = self._cloud.now()
        match outage.part:
            case Part.TABLES:
                self._cloud.kill("azurite", signal.SIGSTOP)
            case Part.QUEUES:
                self._cloud.kill("servicebus")
            case _:
                self._control.add_faults(outage.rules)

    def let_time_pass(self, outage: Outage, share: float) -> None:
        """Move the clock by a share of the outage's hours."""
        self._cloud.advance_clock(outage.hours * share * 3600)

    def end(self, outage: Outage) -> None:
        """Bring the part back."""
        match outage.part:
            case Part.TABLES:
                self._cloud.kill("azurite", signal.SIGCONT)
            case Part.QUEUES:
                self._cloud.restart("servicebus")
            case _:
                for rule in outage.rules:
                    self._control.remove_fault(rule["id"])
        if outage.part is Part.CONDITIONS:
            self.without_tokens.append((self._began[outage.part], self._cloud.now() + _BREAKER_OPEN))

    def _note(self, what: str) -> None:
        self.counts[what] += 1
        self.log.append({"blow": what, "at": self._cloud.now().isoformat()})

    def _kill(self, name: str, seconds: float) -> None:
        self._cloud.kill(name)
        time.sleep(seconds)
        self._cloud.restart(name)

    def _kill_worker(self, name: str, seconds: float) -> None:
        """Kill a worker, and if it sends SMS note those whose answers die with it.

        The real host starts another one by itself, which answers for the app and cannot send these again
        before the claims on them have ended.
        """
        self.log[-1]["process"] = name
        if name in _SMS_WORKERS:
            self._kill_sms_worker(name)
        else:
            self._end_process(name)
        if self._cloud.host is HostKind.OWN:
            time.sleep(seconds)
            self._cloud.restart(name)

    def _kill_sms_worker(self, name: str) -> None:
        os.kill(self._cloud.processes[name], signal.SIGSTOP)
        self._wait_arrived()
        sent = [message for message in messages_of(self._cloud.outbox()) if message.channel == "sms"]
        held = self._held_sms()
        self._end_process(name)
        self._note_lost_answers(sent, held)

    def _end_process(self, name: str) -> None:
        if self._cloud.host is HostKind.OWN:
            self._cloud.kill(name)
        else:
            with suppress(KeyError, ProcessLookupError):  # the host has ended the frozen worker itself
                os.kill(self._cloud.processes[name], signal.SIGKILL)

    def _held_sms(self) -> set[str]:
        """Return the shipments in the messages that a worker has taken from the queue of SMS."""
        queues = JsonClient(self._cloud.addresses["queue-info"])
        locked = [
            message
            for queue in ("sms-send", "sms-send-bulk")
            for message in queues.ask("GET", f"/queues/{queue}/peek?state=locked")
        ]
        bodies = [json.loads(message["body"]) for message in locked]
        items = [item for body in bodies for item in (body if isinstance(body, list) else [body])]
        return {shipment_key(item["id"]) for item in items}

    def _wait_arrived(self) -> None:
        calls, known = self._calls(), -1
        while calls > known:
            known = calls
            time.sleep(_STILL_ARRIVING_SECONDS)
            calls = self._calls()

    def _calls(self) -> int:
        return int(self._cloud.stats()["requests"].get("sms.submit", 0))

    def _note_lost_answers(self, sent: Iterable[Message], held: set[str]) -> None:
        """Ask for every SMS whether its shipment knows that it was sent, while nobody sends any."""
        unknown: dict[str, list[Message]] = {}
        for message in sent:
            if message.id not in self._written_down:
                unknown.setdefault(message.mark, []).append(message)
        ids = {mark: shipment for shipment, mark in tuple(self._callers.shipments.items())}
        lost: list[str] = []
        arrived: set[str] = set()
        for mark, messages in unknown.items():
            shipments = [ids[mark]] if mark in ids else self._api.named(mark)
            statuses = self._statuses(shipments)
            if statuses is None:
                continue  # nobody knows, so nothing may be explained by it
            for message in messages:
                if statuses.get(message.to, "SMS_New") in _UNSENT:
                    lost.append(message.id)
                    arrived.update(map(shipment_key, shipments))
                else:
                    self._written_down.add(message.id)
        self._book.killed(lost, held - arrived)

    def _statuses(self, shipments: Iterable[str]) -> dict[str, str] | None:
        """Return the status of every recipient; None when one of the shipments is not to be had."""
        statuses: dict[str, str] = {}
        for shipment in map(self._api.shipment, shipments):
            if shipment is None:
                return None
            statuses |= {key(each["destination"]): each["status"] for each in shipment["recipients"]}
        return statuses


def one_of(names: Sequence[str], luck: float) -> str:
    """Return the name that a number from 0 to 1 stands for; all are equally likely."""
    return sorted(names)[min(int(luck * len(names)), len(names) - 1)]
