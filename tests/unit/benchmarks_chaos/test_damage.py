"""Blows come in their order, hours pass in steps, and a part without which nothing works is away alone."""

from benchmarks.chaos.damage import Damage
from benchmarks.chaos.plan import Plan
from benchmarks.chaos.timeline import Blow, Outage, Part, Strike

RULES = ({"id": "r", "target": "sms.submit", "action": "disconnect"},)


class Recorder:
    """Takes the place of what strikes a local cloud."""

    def __init__(self):
        self.done = []

    def strike(self, strike):
        self.done.append(strike.blow)

    def begin(self, outage):
        self.done.append(f"{outage.part} away")

    def let_time_pass(self, outage, share):
        self.done.append((outage.part, share))

    def end(self, outage):
        self.done.append(f"{outage.part} back")


def done(*, strikes=(), outages=()):
    recorder = Recorder()
    Damage(recorder, Plan(0.0, (), (), tuple(strikes), tuple(outages)), lambda _: None).do()
    return recorder.done


def test_blows_come_in_the_order_of_their_times():
    later, earlier = Strike(0.02, Blow.KILL_HTTP, 0.0), Strike(0.01, Blow.KILL_WORKER, 0.0)
    assert done(strikes=[later, earlier]) == [Blow.KILL_WORKER, Blow.KILL_HTTP]


def test_all_hours_of_an_outage_pass_between_its_begin_and_its_end():
    first, *steps, last = done(outages=[Outage(0.0, 0.01, 2.0, Part.SMS, "silence", RULES)])
    assert (first, last) == (f"{Part.SMS} away", f"{Part.SMS} back")
    assert {part for part, _ in steps} == {Part.SMS}
    assert sum(share for _, share in steps) == 1


def test_blows_go_on_while_a_provider_is_away():
    outage = Outage(0.0, 0.2, 2.0, Part.SMS, "silence", RULES)
    order = done(strikes=[Strike(0.1, Blow.KILL_HTTP, 0.0)], outages=[outage])
    assert order[0] == f"{Part.SMS} away"
    assert Blow.KILL_HTTP in order[1:-1]
    assert order[-1] == f"{Part.SMS} back"


def test_nothing_else_happens_while_tables_or_queues_are_away():
    for part in (Part.TABLES, Part.QUEUES):
        strike = Strike(0.05, Blow.KILL_WORKER, 0.0)
        order = done(strikes=[strike], outages=[Outage(0.0, 0.1, 2.0, part, "killed")])
        assert order[-2:] == [f"{part} back", Blow.KILL_WORKER]
