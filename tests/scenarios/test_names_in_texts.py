"""The names and numbers of recipients that texts ask for with `$recipientName$` and `$recipientNumber$`."""

import secrets

from tests.support.scenarios.recipients import ORGANIZATION, PERSON, order_to, told


def test_name_and_number_of_an_organisation_are_filled_in(cloud, owner, people):
    number, mark = people["org_with_both"]["orgNumber"], secrets.token_hex(4)
    text = f"Til $recipientName$ ($recipientNumber$) {mark}"
    order = order_to(ORGANIZATION, number, "EmailAndSms", text=text)
    order["recipient"][ORGANIZATION]["emailSettings"]["subject"] = "Til $recipientName$"
    told(owner, owner.send(order))
    email = cloud.wait_for_email("post@skog.example.no")
    assert (email["subject"], email["body"]) == ("Til BLAA SKOG SA", f"Til BLAA SKOG SA ({number}) {mark}")
    assert cloud.wait_for_sms("+4791700052")["text"] == f"Til BLAA SKOG SA ({number}) {mark}"


def test_number_of_a_person_is_never_shown(cloud, owner, people):
    person, mark = people["person_email_only"], secrets.token_hex(4)
    text = f"Hei $recipientName$, nr. [$recipientNumber$] {mark}"
    told(owner, owner.send(order_to(PERSON, person["nin"], "Email", text=text)))
    assert cloud.wait_for_email(person["email"])["body"] == f"Hei HANSEN OLA, nr. [] {mark}"
