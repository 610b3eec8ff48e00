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
