"""A message that is replayed starts anew: it was tried never, and knows nothing that may have become old."""

from dataclasses import replace

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.orders.ended_shipment import closed_shipment
from shared.domain.orders.ids import IdMaker
from shared.domain.orders.order import (
    ChannelSchema,
    EmailTemplate,
    OrderRequest,
    OrderStatus,
    OrderType,
    Recipient,
)
from shared.domain.orders.shipment import AgendaKey, ShipmentState, process
from shared.records import queues
from shared.records.agenda_entry import AgendaEntry
from shared.records.failures import FAILED, Failures, with_failures
from shared.records.messages import (
    FeedNews,
    SendWork,
    Wake,
    dump_feed_news,
    dump_send_work,
    dump_wake,
    load_feed_news,
    load_send_work,
    load_wake,
    renewed,
)
from shared.records.shipment_rows import StoredShipment
from tests.support.pipeline.world import start_of_day

NOW = start_of_day()
ITEM = IdMaker(b"0" * 32).random_chain().of_shipment(1)
KEY = AgendaKey("0a", f"20310505T120000.000000Z|{ITEM}|abcd")
WAKE = Wake(AgendaEntry(KEY, ITEM, 3, NOW, 1.5), page=2)
ORDER = OrderRequest(
    OrderType.NOTIFICATION,
    NOW,
    ChannelSchema.EMAIL,
    (Recipient(email_address="kari@example.no"),),
    email=EmailTemplate("from@example.no", "hei", "hei"),
)
STORED = StoredShipment(
    ITEM, "ttd", NOW, ORDER, process(ORDER, ShipmentState(OrderStatus.REGISTERED, NOW, KEY), NOW), "etag"
)
SECRET = "https://ttd.apps.example.no/ttd/app/x?code=geheim"
MEMBERS = ["id", "kind", "agenda", "visits", "entry", "owner", "etag", "order", "state"]
EVENT = b'{ "id": "1", "attempt": 4, "eventType": "Microsoft.Communication.EmailDeliveryReportReceived" }'


@pytest.mark.parametrize("queue", [queues.EMAIL_SEND, queues.SMS_SEND])
def test_no_message_carries_the_condition_endpoint_of_an_order(queue):
    order = replace(ORDER, condition_endpoint=SECRET)
    body = dump_send_work(SendWork(ITEM, 1, replace(STORED, order=order)))
    assert load_send_work(body).stored == STORED
    assert b"geheim" not in body
    assert "geheim" not in repr(order)


def tried(body, times=6):
    """Return the body as the last of several copies has it."""
    return with_failures(body, Failures(times, 2, NOW))


def test_wake_is_what_it_was():
    again = renewed(queues.ORDERS, tried(dump_wake(WAKE)))
    assert load_wake(again) == WAKE
    assert FAILED not in orjson.loads(again)


@pytest.mark.parametrize("bulk", [False, True])
@pytest.mark.parametrize(
    "queue", [queues.EMAIL_SEND, queues.SMS_SEND, queues.EMAIL_SEND_BULK, queues.SMS_SEND_BULK]
)
def test_send_work_is_at_its_first_attempt_and_reads_the_order(queue, bulk):
    work = SendWork(ITEM, 6, STORED, waited=True, bulk=bulk)
    assert load_send_work(dump_send_work(work)) == work
    assert load_send_work(tried(dump_send_work(work), 8)).attempt == 9
    again = renewed(queue, tried(dump_send_work(work)))
    assert load_send_work(again) == SendWork(ITEM, 1, None, bulk=bulk)
    assert b"kari" not in again
    assert FAILED not in orjson.loads(again)


def test_news_for_the_feed_never_failed_and_read_the_order():
    closed = closed_shipment(str(ITEM), ORDER, STORED.state)
    news = FeedNews(ITEM, "ttd", KEY, closed)
    again = renewed(queues.STATUS_FEED, tried(dump_feed_news(news)))
    assert load_feed_news(again) == FeedNews(ITEM, "ttd", KEY, None)
    assert FAILED not in orjson.loads(again)


def test_event_of_a_provider_is_as_it_was():
    assert renewed(queues.DELIVERY_REPORTS, EVENT) is EVENT
    assert orjson.loads(renewed(queues.DELIVERY_REPORTS, tried(EVENT))) == orjson.loads(EVENT)
    batch = b"[" + EVENT + b"]"
    assert renewed(queues.DELIVERY_REPORTS, batch) is batch


@pytest.mark.parametrize("queue", queues.QUEUES)
@given(
    body=st.binary(max_size=40)
    | st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(
                st.sampled_from(MEMBERS),
                inner,
            )
        ),
        max_leaves=8,
    ).map(orjson.dumps)
)
def test_what_nobody_can_read_stays_as_it_is(queue, body):
    assert renewed(queue, body) is body
