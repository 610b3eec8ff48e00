"""What is counted agrees with what happened, also after repeats."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.orders.notification import SmsResult
from shared.domain.orders.order import (
    ChainRequest,
    ChannelSchema,
    EmailTemplate,
    OrderRequest,
    OrderType,
    Recipient,
    SendingTimePolicy,
)
from shared.ports.sending import SendOutcome, SendStatus
from shared.records import queues
from shared.runtime.telemetry.meters import METERS
from shared.services.measures import count_trouble
from tests.support.pipeline import world as w
from tests.support.pipeline.orders import sms


@pytest.fixture(autouse=True)
def nothing_counted():
    METERS.taken()


def taken():
    values = {"sum", "count", "max", "last"}
    return {
        (one["name"], *(v for k, v in one.items() if k not in values | {"name"})): {
            k: one[k] for k in values & set(one)
        }
        for one in METERS.taken()
    }


def email(world, to="kari@example.no"):
    return OrderRequest(
        OrderType.NOTIFICATION,
        world.clock.now(),
        ChannelSchema.EMAIL,
        (Recipient(email_address=to),),
        email=EmailTemplate("from@example.no", "hei", "hei"),
    )


def later(world, seconds):
    world.clock.at += timedelta(seconds=seconds)
    world.real_time.at += timedelta(seconds=seconds)


async def test_an_order_is_counted_from_its_acceptance_to_the_feed(process, world):
    await process.place("ttd", ChainRequest(sms(world.clock.now())))
    later(world, 2)
    await process.carry_out()
    later(world, 3)
    (reference,) = world.references
    report = w.sms_report(reference, SmsResult.DELIVERED, world.clock.now())
    world.enqueue([report, report])
    later(world, 1)
    await process.carry_out()
    found = taken()
    assert found["accepted",] == {"sum": 1}
    assert found["sent", "sms"] == {"sum": 1}
    assert found["time_to_sent", "sms"] == {"count": 1, "sum": 2.0, "max": 2.0}
    assert found["delivered", "sms"] == {"sum": 1}, "the second report says nothing new"
    assert found["time_to_delivered", "sms"] == {"count": 1, "sum": 5.0, "max": 5.0}
    assert found["feed_lag",]["count"] == 1
    assert not [key for key in found if key[0] == "failed"]


async def test_failures_are_counted_by_channel_and_reason(process, world):
    await process.place("ttd", ChainRequest(sms(world.clock.now())))
    await process.carry_out()
    (reference,) = world.references
    world.enqueue([w.sms_report(reference, SmsResult.FAILED_BARRED_RECEIVER, world.clock.now())])
    await process.carry_out()
    assert taken()["failed", "sms", "Failed_BarredReceiver"] == {"sum": 1}


async def test_what_expires_is_a_failure(process, world):
    world.outages = dict.fromkeys(w.Channel, w.Outage.REFUSED)
    await process.place("ttd", ChainRequest(email(world)))
    await process.pass_hours(50)
    assert taken()["failed", "email", "Failed_TTL"] == {"sum": 1}


async def test_reminders_are_accepted_shipments_too(process, world):
    reminder = replace(sms(world.clock.now() + timedelta(days=1)), type=OrderType.REMINDER)
    await process.place("ttd", ChainRequest(sms(world.clock.now()), reminders=(reminder,)))
    assert taken()["accepted",] == {"sum": 2}


async def test_a_repeated_request_is_not_accepted_again(process, world):
    request = ChainRequest(sms(world.clock.now()), idempotency_id="once")
    for _ in range(3):
        await process.place("ttd", request)
    assert taken()["accepted",] == {"sum": 1}


async def test_held_sms_are_counted_and_their_time_begins_when_they_may_leave(process, world):
    later(world, 12 * 3600)  # the evening
    held = replace(sms(world.clock.now()), sending_time_policy=SendingTimePolicy.DAYTIME)
    await process.place("ttd", ChainRequest(held))
    await process.carry_out()
    assert taken()["held",] == {"sum": 1}
    world.real_time.at += timedelta(hours=14)
    await process.pass_hours(14)
    (sent,) = [v for k, v in taken().items() if k[0] == "time_to_sent"]
    assert sent["max"] <= 3600, "hours, not the night"


@pytest.mark.parametrize(
    ("outage", "kind", "is_doubtful"),
    [
        (w.Outage.REFUSED, "unanswered", False),
        (w.Outage.TIMEOUT, "unanswered", True),
        (w.Outage.SETTINGS, "settings", False),
    ],
)
async def test_trouble_at_a_provider_is_counted_by_kind(process, world, outage, kind, is_doubtful):
    world.outages = {w.Channel.EMAIL: outage}
    await process.place("ttd", ChainRequest(email(world)))
    await process.carry_out()
    found = taken()
    assert found["provider_trouble", "email", kind]["sum"] >= 1
    assert (("in_doubt", "email") in found) is is_doubtful


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        (SendOutcome(SendStatus.NOT_SENT, http_status=429), "throttled"),
        (SendOutcome(SendStatus.IN_DOUBT, http_status=500), "server_error"),
        (SendOutcome(SendStatus.NOT_SENT, http_status=503), "server_error"),
        (SendOutcome(SendStatus.NOT_SENT, http_status=401, wrong_settings="KEY"), "settings"),
        (SendOutcome(SendStatus.IN_DOUBT), "unanswered"),
        (SendOutcome(SendStatus.ACCEPTED), None),
        (SendOutcome(SendStatus.REFUSED, http_status=400), None),
    ],
)
def test_the_kind_of_trouble_is_what_the_provider_answered(outcome, kind):
    count_trouble("sms", outcome)
    kinds = [key[2] for key in taken() if key[0] == "provider_trouble"]
    assert kinds == ([] if kind is None else [kind])


async def test_lateness_is_a_level_of_the_agenda_and_of_each_queue(process, world):
    await process.place("ttd", ChainRequest(sms(world.clock.now())))
    later(world, 30)
    await process.release_due()
    assert taken()["oldest_due",]["max"] == 0
    later(world, 600)
    await process.release_due()
    found = taken()
    assert found["backlog_age", queues.SMS_SEND]["max"] == 630
    assert found["backlog_age", queues.STATUS_FEED]["max"] == 0


async def test_dead_letters_are_counted_by_queue(process, world):
    await process.app.handle_messages(queues.EMAIL_SEND, [b"unreadable"])
    assert taken()["dead_letters", queues.EMAIL_SEND] == {"sum": 1}


async def test_the_purge_tells_its_lag(process):
    await process.purge()
    assert taken()["purge_lag",]["last"] == 0
