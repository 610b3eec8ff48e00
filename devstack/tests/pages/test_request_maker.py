"""What the form makes of its fields."""

import pytest

from devstack.pages.orders.request_maker import make_request

PLATFORM = "http://127.0.0.1:1"


def body(**form: str) -> dict:
    return make_request(form, platform=PLATFORM).body


def test_the_form_of_the_recipient_chooses_how_it_is_addressed():
    assert "recipientEmail" in body(recipient="kari@example.no")["recipient"]
    assert "recipientSms" in body(recipient="+4790000001")["recipient"]
    assert "recipientPerson" in body(recipient="14818710098")["recipient"]
    assert "recipientOrganization" in body(recipient="310000019")["recipient"]
    assert "recipientExternalIdentity" in body(recipient="urn:altinn:party:username:selma")["recipient"]


def test_fields_stand_beside_the_texts_or_the_address_and_instant_messages_have_none():
    form, fields = {"fields": "who = Kari\n\nday=1=2"}, {"who": " Kari", "day": "1=2"}
    for recipient in ("kari@example.no", "+4790000001", "14818710098"):
        (member,) = body(recipient=recipient, reminderDays="7", **form)["recipient"].values()
        assert member["fields"] == fields
    assert body(kind="composed-email", recipient="a@x.no", **form)["recipient"]["fields"] == fields
    for kind in ("v1-order", "v1-email", "v1-sms"):
        assert body(kind=kind, recipient="a@x.no", **form)["recipients"][0]["fields"] == fields
    for kind in ("instant-sms", "instant-email"):
        assert "fields" not in str(body(kind=kind, recipient="a@x.no", **form))
    assert "fields" not in str(body(recipient="a@x.no"))


def test_conditions_are_those_of_the_simulated_senders():
    made = body(recipient="kari@example.no", condition="true", reminderDays="7", reminderCondition="false")
    assert made["conditionEndpoint"] == f"{PLATFORM}/conditions/true"
    assert made["reminders"][0]["conditionEndpoint"] == f"{PLATFORM}/conditions/false"


def test_json_of_ones_own_is_sent_as_it_is_and_curl_is_quoted():
    made = make_request({"org": "a b", "document": '{"text": "it\'s"}'}, platform=PLATFORM)
    assert made.body == {"text": "it's"}
    assert "--org 'a b'" in made.curl("http://here")
    assert "it'\"'\"'s" in made.curl("http://here")


@pytest.mark.parametrize("form", [{"kind": "letter"}, {"document": "{"}, {"document": "[]"}])
def test_what_cannot_be_sent_is_refused(form):
    with pytest.raises(ValueError, match=r"kind|JSON|Expecting"):
        make_request(form, platform=PLATFORM)
