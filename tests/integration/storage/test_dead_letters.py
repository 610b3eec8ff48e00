from datetime import UTC, datetime, timedelta

from shared.messaging import queues
from shared.services.record_dead_letter import RecordDeadLetter
from shared.storage.dead_letters import DeadLetters
from shared.storage.keys import DEAD_LETTERS

AT = datetime(2031, 5, 5, 12, tzinfo=UTC)


class Clock:
    at = AT

    def now(self):
        return self.at


async def test_old_dead_letters_go_and_young_ones_stay(store):
    await store.ensure_tables([DEAD_LETTERS])
    clock = Clock()
    record = RecordDeadLetter(store=store, clock=clock)
    for number in range(130):
        await record(queues.SMS_SEND, b"%d" % number, "poison")
    clock.at = AT + timedelta(days=1)
    await record(queues.SMS_SEND, b"young", "poison")
    await record(queues.ORDERS, b"young", "poison")
    await DeadLetters(store).purge_before(AT + timedelta(hours=1))
    for queue in (queues.SMS_SEND, queues.ORDERS):
        rows = await store.query(DEAD_LETTERS, queue, above="", below="~", limit=1000)
        assert [row.properties["Body"] for row in rows] == [b"young"]
