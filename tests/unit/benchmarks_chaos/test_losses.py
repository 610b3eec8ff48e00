"""Losses lead to messages: by what the simulators noted, and by what was in a wiped queue."""

import json
from datetime import timedelta

import pytest

from benchmarks.chaos.losses import (
    KILLED,
    WIPED,
    WIPED_OUTCOME,
    LossBook,
    asked_without_token,
    cut_off_calls,
)
from devstack.simulators.acs.reports import delivery_report
from shared.domain.orders.ids import parse_id
from shared.domain.orders.notification import Outcome, SmsResult
from shared.domain.orders.order import Channel
from shared.records.messages import OutcomeNews, dump_outcome, dump_sms_report
from tests.support.chaos_evidence import NOON

EVENT = delivery_report(message_id="mail", status="Delivered", sender="a@b.no", recipient="c@d.no", at=NOON)
NOTIFICATION = parse_id("11111111-1111-4111-8111-111101000001")


def messages(*bodies):
    return [{"body": body if isinstance(body, str) else body.decode()} for body in bodies]


def outcome(result):
    assert NOTIFICATION is not None
    return dump_outcome(OutcomeNews(NOTIFICATION, Channel.SMS, Outcome(result, NOON, "told")))


def test_wiped_reports_are_those_of_their_messages():
    book = LossBook()
    queue = messages(json.dumps(EVENT), json.dumps([EVENT | {"data": {"messageId": "other"}}]))
    dead = messages(dump_sms_report("SMS1", Outcome(SmsResult.DELIVERED, NOON)))
    lost = {"delivery-reports": queue, "delivery-reports/$deadletterqueue": dead, "orders": messages("{}")}
    assert book.wiped(lost) == 3
    assert book.losses([]).reports == dict.fromkeys(["mail", "other", "SMS1"], WIPED)
    assert book.losses([]).answers == {}


def test_wiped_outcome_is_a_lost_answer_and_with_the_report_in_it_that_too():
    book = LossBook()
    book.wiped({"delivery-reports": messages(outcome(SmsResult.ACCEPTED))})
    assert book.losses([]).answers == {"told": WIPED_OUTCOME}
    assert book.losses([]).reports == {}
    book.wiped({"delivery-reports": messages(outcome(SmsResult.DELIVERED))})
    assert book.losses([]).reports == {"told": WIPED}


def test_what_nobody_can_read_explains_nothing():
    book = LossBook()
    lost = [*messages("<xml/>", "[1, null]", '{"data": {}}'), {"body": {"base64": "AA=="}}]
    assert book.wiped({"delivery-reports": lost}) == 0
    assert not book.losses([]).reports


def test_notes_of_the_simulators_become_losses():
    book = LossBook()
    book.killed(["SMS9"], ["one", "two"])
    book.killed([], ["one", "one"])
    notes = [
        {"target": "sms.submit", "mishap": "answer lost", "ids": ["SMS1", "SMS2"]},
        {"target": "acs.send", "mishap": "answer lost", "ids": ["mail"]},
        {"target": "acs.report", "mishap": "report dropped", "ids": ["mail"]},
        {"target": "sms.report", "mishap": "report given up", "ids": ["SMS3"]},
        {"target": "sms.submit", "mishap": "call failed", "ids": ["+4740000001"]},
        {"target": "sms.submit", "mishap": "call failed", "ids": ["+4740000001", "+4740000002"]},
        {"target": "acs.send", "mishap": "call failed", "ids": ["a@b.no"]},
        {"target": "profile.persons", "mishap": "call failed", "ids": ["14818710098"]},
        {"target": "condition.false", "mishap": "call failed", "ids": ["/conditions/false?order=e7"]},
    ]
    losses = book.losses(notes)
    assert set(losses.answers) == {"SMS1", "SMS2", "SMS9"}
    assert losses.answers["SMS9"] == KILLED
    assert losses.reports == {
        "mail": "report dropped by a fault rule",
        "SMS3": "report given up by the gateway",
    }
    assert losses.failed_calls == {"+4740000001": 2, "+4740000002": 1}
    assert losses.cut_off == {"one": 2, "two": 1}  # the times that their worker was killed
    assert losses.questions == {"e7"}


@pytest.mark.parametrize(
    ("reason", "minutes", "explains"),
    [("no token", 30, True), ("no token", 61, False), ("no token", -1, False), ("status 503", 30, False)],
)
def test_a_question_without_token_is_explained_while_maskinporten_was_away(reason, minutes, explains):
    asked = {"reason": reason, "lastAsked": (NOON + timedelta(minutes=minutes)).isoformat()}
    away = [(NOON, NOON + timedelta(hours=1))]
    assert asked_without_token({"sendCondition": asked}, away) is explains
    assert not asked_without_token({"sendCondition": asked}, [])


@pytest.mark.parametrize("shipment", [None, {}, {"sendCondition": None}])
def test_a_shipment_that_was_not_asked_about_is_not_explained(shipment):
    assert not asked_without_token(shipment, [(NOON, NOON + timedelta(hours=1))])


def trace_of(*events):
    return {
        "events": [{"type": kind, "at": (NOON + timedelta(minutes=at)).isoformat()} for kind, at in events]
    }


@pytest.mark.parametrize(
    ("events", "killed", "expected"),
    [
        ([("accepted", 0), ("attempt", 1), ("attempt", 7), ("inDoubt", 8)], [2], 1),
        ([("attempt", 1), ("putOff", 1), ("attempt", 7), ("inDoubt", 8)], [2], 0),
        ([("attempt", 1), ("attempt", 7), ("inDoubt", 8)], [20], 0),
        ([("attempt", 1), ("attempt", 7), ("attempt", 20), ("reported", 21)], [2, 8], 2),
        ([("attempt", 1), ("throttled", 2), ("attempt", 7)], [9], 1),
        ([("attempt", 1)], [], 0),
        ([("forwarded", 0), ("attempt", 1), ("forwarded", 5), ("throttled", 6), ("attempt", 7)], [2], 1),
        ([("forwarded", 0), ("attempt", 1), ("forwarded", 5), ("throttled", 6), ("inDoubt", 7)], [8], 0),
    ],
)
def test_a_call_without_an_end_was_cut_off_if_a_worker_was_killed_after_it_began(events, killed, expected):
    kills = [NOON + timedelta(minutes=at) for at in killed]
    assert cut_off_calls(trace_of(*events), kills) == expected


def test_a_shipment_that_could_not_be_asked_explains_nothing():
    assert cut_off_calls(None, [NOON]) == 0
