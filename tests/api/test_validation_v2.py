"""What is wrong with a version 2 order, key by key and word by word."""

import pytest

from tests.support.api.answers import errors_of, json_of
from tests.support.api.bodies import (
    LEFT_OUT,
    chain,
    changed,
    composed,
    identity_chain,
    person_chain,
    reminder,
    sms_chain,
)
from tests.support.api.endpoints import V2_CREATES
from tests.support.api.validation_cases_v2 import (
    BAD_ATTACHMENTS,
    COMPOSED,
    GOOD_ATTACHMENTS,
    LATER,
    NIN,
    ONE_RECIPIENT,
    ONE_TIME,
    ORDERS,
    SETTINGS_BY_CHANNEL,
    TOO_EARLY,
    broken_rules,
    identity,
    mandatory,
    mandatory_in_json,
    organization,
    person,
    with_reminders,
)

ENDPOINTS = {endpoint.path: endpoint for endpoint in V2_CREATES}
BLANKABLE = ("idempotencyId", "subject", "body", "emailAddress", "phoneNumber")
BLANK_ACTION = "ResourceAction cannot be blank or whitespace."
_EMAIL = "recipient.recipientEmail"


def refused(owner, endpoint, body):
    return errors_of(ENDPOINTS[endpoint].ask(owner, json=body))


@pytest.mark.parametrize(("endpoint", "build", "path", "value", "key", "message"), [*broken_rules()])
def test_broken_rule_is_told(owner, endpoint, build, path, value, key, message):
    assert refused(owner, endpoint, changed(build(), path, value)) == {key: [message]}


@pytest.mark.parametrize(("endpoint", "build", "path", "key"), [*mandatory()])
def test_null_or_blank_mandatory_property_is_told(owner, endpoint, build, path, key):
    name = key.rpartition(".")[2]
    place = changed(build(), path, None)
    assert refused(owner, endpoint, place) == {key: [f"The {name} field is required."]}
    if path.rpartition(".")[2] in BLANKABLE:
        assert refused(owner, endpoint, changed(build(), path, " \t\n")) == {
            key: [f"The {name} field is required."]
        }


@pytest.mark.parametrize(("endpoint", "build", "path"), [*mandatory_in_json()])
def test_absent_mandatory_property_is_told_by_its_json_path(owner, endpoint, build, path):
    errors = refused(owner, endpoint, changed(build(), path, LEFT_OUT))
    parameter = ENDPOINTS[endpoint].parameter
    (json_path,) = set(errors) - {parameter}
    assert json_path.startswith("$")
    assert errors[parameter] == [f"The {parameter} field is required."]
    assert path.rpartition(".")[2] in errors[json_path][0]


@pytest.mark.parametrize("build", [person, organization, identity])
@pytest.mark.parametrize(("channel", "given", "missing"), SETTINGS_BY_CHANNEL)
def test_channel_decides_which_settings_are_needed(owner, build, channel, given, missing):
    body = build() | {"requestedSendTime": LATER}
    ((member, recipient),) = body["recipient"].items()
    kept = {k: v for k, v in recipient.items() if not k.endswith("Settings") or k == given}
    answer = owner.request_order(body | {"recipient": {member: kept | {"channelSchema": channel}}})
    if missing:
        prefix = f"Recipient.{member[0].upper()}{member[1:]}."
        assert errors_of(answer) == {prefix + key: [message] for key, message in missing.items()}
    else:
        assert answer.status_code in (201, 422)


@pytest.mark.parametrize(
    "recipient", [chain()["recipient"] | sms_chain()["recipient"], {}, {"recipientSms": None}]
)
def test_exactly_one_recipient(owner, recipient):
    assert refused(owner, ORDERS, chain() | {"recipient": recipient}) == {"Recipient": [ONE_RECIPIENT]}


def test_reminder_with_two_times_gets_three_errors(owner):
    body = chain() | {"reminders": [reminder(delayDays=1, requestedSendTime=LATER)]}
    assert refused(owner, ORDERS, body) == {
        "Reminders[0]": [ONE_TIME],
        "Reminders[0].DelayDays": ["DelayDays must be null when RequestedSendTime is set."],
        "Reminders[0].RequestedSendTime": ["RequestedSendTime must be null when DelayDays is set."],
    }


def test_action_of_white_space_is_refused(owner):
    body = person_chain(NIN, resourceId="urn:altinn:resource:x", resourceAction=" ")
    assert refused(owner, ORDERS, body) == {"Recipient.RecipientPerson.ResourceAction": [BLANK_ACTION]}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (f"{_EMAIL}.emailSettings.contentType", "Pigeon"),
        (f"{_EMAIL}.emailSettings.sendingTimePolicy", "Sometimes"),
        (f"{_EMAIL}.emailSettings.subject", 17),
        (f"{_EMAIL}.emailAddress", {"a": 1}),
        ("reminders", {}),
        ("dialogportenAssociation", "x"),
        (f"{_EMAIL}.emailSettings", []),
    ],
)
def test_value_of_another_type_is_told_by_its_json_path(owner, path, value):
    errors = refused(owner, ORDERS, changed(chain(), path, value))
    assert set(errors) == {f"$.{path}", "notificationOrderRequest"}


def test_type_of_a_listed_value_is_told_by_its_position(owner):
    body = changed(with_reminders(), "reminders.1.delayDays", "one")
    assert set(refused(owner, ORDERS, body)) == {"$.reminders[1].delayDays", "notificationOrderRequest"}


@pytest.mark.parametrize(("file", "key", "message"), BAD_ATTACHMENTS)
def test_attachment_that_breaks_a_rule_is_refused(owner, file, key, message):
    body = changed(composed(requestedSendTime=LATER), "recipient.emailSettings.attachments", [file])
    errors = refused(owner, COMPOSED, body)
    assert errors == {f"Recipient.Settings.Attachments[0]{key}": [message]}
    assert "sig=" not in str(errors)


@pytest.mark.parametrize("file", GOOD_ATTACHMENTS)
def test_attachment_that_keeps_the_rules_is_accepted(owner, file):
    body = changed(composed(requestedSendTime=LATER), "recipient.emailSettings.attachments", [file])
    answer = ENDPOINTS[COMPOSED].ask(owner, json=body)
    json_of(answer, 201)
    assert "sig=" not in answer.text


@pytest.mark.parametrize("attachments", [None, []])
def test_composed_email_needs_no_files(owner, attachments):
    body = changed(composed(requestedSendTime=LATER), "recipient.emailSettings.attachments", attachments)
    json_of(ENDPOINTS[COMPOSED].ask(owner, json=body), 201)


@pytest.mark.parametrize(
    "urn",
    [
        "urn:altinn:person:idporten-email:nobody%2Bx%40example.no",
        "urn:altinn:username:nobody",
        "urn:altinn:person:legacy-selfidentified:nobody",
        "urn:altinn:party:username:nobody",
    ],
)
def test_external_identities_of_every_kind_are_understood(owner, urn):
    """Quirk U1: an address with a plus sign is written `%2B`."""
    assert owner.request_order(identity_chain(urn)).status_code == 422


@pytest.mark.parametrize(
    "value", ["https://example.no/a%20b", "HTTPS://EXAMPLE.NO/x", "https://example.no:8443/x?y=1"]
)
def test_condition_endpoints(owner, value):
    """Quirk C2: escaped blanks are no reason to refuse an address."""
    json_of(owner.request_order(chain() | {"conditionEndpoint": value, "requestedSendTime": LATER}), 201)


@pytest.mark.parametrize("delay", [1, 7, 365])
def test_reminders_may_wait_as_long_as_they_like(owner, delay):
    body = chain() | {"requestedSendTime": LATER, "reminders": [reminder(delayDays=delay)]}
    json_of(owner.request_order(body), 201)


def test_drifting_clocks_are_forgiven_a_few_seconds(owner):
    """Quirk T3: version 2 tolerates seconds where version 1 tolerates five minutes."""
    now = owner.cloud.now()
    json_of(owner.request_order(chain() | {"requestedSendTime": now.isoformat()}), 201)


def test_instants_are_compared_whatever_their_zone(owner):
    """Quirk T2: an offset is part of the instant."""
    now = owner.cloud.now()
    past_by_the_clock = f"{now:%Y-%m-%d}T{now.hour - 3:02d}:{now:%M:%S}-05:00"  # two hours ahead
    json_of(owner.request_order(chain() | {"requestedSendTime": past_by_the_clock}), 201)
    future_by_the_clock = f"{now:%Y-%m-%d}T{now.hour + 3:02d}:{now:%M:%S}+05:00"  # two hours ago
    errors = refused(owner, ORDERS, chain() | {"requestedSendTime": future_by_the_clock})
    assert errors == {"RequestedSendTime": [TOO_EARLY]}
