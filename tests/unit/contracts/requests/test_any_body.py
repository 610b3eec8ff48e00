"""Whatever is sent, the answer is an order that can be stored or a refusal that can be written."""

import json
from copy import deepcopy
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.answers.problems import validation_problem
from shared.contracts.requests.chain_request import read_order_chain
from shared.contracts.requests.composed_request import read_composed_email
from shared.contracts.requests.instant_request import (
    read_instant_deprecated,
    read_instant_email,
    read_instant_sms,
)
from shared.contracts.requests.v1_request import read_v1_email_order, read_v1_order, read_v1_sms_order
from shared.records import codec
from shared.runtime.errors import RequestInvalidError
from tests.support.request_bodies import (
    COMPOSED_ORDER,
    DEFAULTS,
    INSTANT_EMAIL,
    INSTANT_SMS,
    NOW,
    OLDER_INSTANT_SMS,
    RECIPIENT_EXTERNAL,
    RECIPIENT_PERSON,
    V1_EMAIL_ORDER,
    V1_ORDER,
    V1_SMS_ORDER,
    chain,
    reminder,
)

VALID = st.sampled_from(
    [
        (read_order_chain, chain(RECIPIENT_PERSON, reminders=[reminder(delayDays=2)], sendersReference="r")),
        (read_order_chain, chain(RECIPIENT_EXTERNAL, conditionEndpoint="https://example.no")),
        (read_instant_sms, INSTANT_SMS),
        (read_instant_email, INSTANT_EMAIL),
        (read_instant_deprecated, OLDER_INSTANT_SMS),
        (read_composed_email, COMPOSED_ORDER),
        (read_v1_order, V1_ORDER | {"requestedSendTime": "2031-03-04T09:15:00+01:00"}),
        (read_v1_email_order, V1_EMAIL_ORDER),
        (read_v1_sms_order, V1_SMS_ORDER),
    ]
)
NASTY = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=40),
    st.sampled_from(
        [
            [],
            {},
            [None],
            10**400,
            "\ud800",
            "\x00",
            "9999-12-31T23:59:59Z",
            "0001-01-01T00:00:00Z",
            "2031-05-01",
            "https://[",
            "https://a:x",
            "https://a.blob.core.windows.net/?se=9999-12-31&sp=r&sr=b&sig=x",
            "urn:altinn:party:username:%ff",
            "+47",
        ]
    ),
)


def places(value, path=()):
    children = value.items() if isinstance(value, dict) else enumerate(value)
    for key, child in children:
        yield (*path, key)
        if isinstance(child, dict | list):
            yield from places(child, (*path, key))


@given(VALID, st.data())
def test_one_nasty_value_anywhere(valid, data):
    reader, document = valid
    document = deepcopy(document)
    *parents, last = data.draw(st.sampled_from(sorted(places(document), key=str)))
    target = document
    for key in parents:
        target = target[key]
    target[last] = data.draw(NASTY)
    _answer(reader, json.dumps(document).encode())


@given(VALID, st.data())
def test_one_wrong_byte_anywhere(valid, data):
    reader, document = valid
    body = bytearray(json.dumps(document).encode())
    body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    _answer(reader, bytes(body))


def _answer(reader, body):
    try:
        request = reader(body, now=NOW, defaults=DEFAULTS)
    except RequestInvalidError as error:
        refused = error
    else:
        for order in (request.main, *request.reminders):
            assert codec.pack(codec.ORDER.dump(order))
            assert order.requested_send_at.utcoffset() == timedelta(0)
            assert order.recipients
        return
    assert refused.errors
    assert validation_problem(refused).status == 400
