"""People, organisations and external identities: whom an order reaches, through the simulated registers."""

import pytest

from tests.support.scenarios.recipients import EXTERNAL, ORGANIZATION, PERSON, URN, order_to, told, v1_email


def test_external_identities_are_reached_and_see_no_placeholder(cloud, owner, people):
    identity = people["external_identity_email"]
    order = order_to(EXTERNAL, identity["urn"], "Email", text="Hei $recipientName$!")
    assert told(owner, owner.send(order)) == [(identity["email"], "Email_Delivered")]
    assert cloud.wait_for_email(identity["email"])["body"] == "Hei!"


def test_username_falls_back_to_the_channel_it_has(owner, people):
    order = order_to(EXTERNAL, people["external_identity_username"]["urn"], "SmsPreferred")
    assert told(owner, owner.send(order)) == [("+4791700061", "SMS_Delivered")]


def test_reminder_to_nobody_refuses_the_whole_chain(owner, people):
    reminder = {
        "delayDays": 1,
        "recipient": order_to(ORGANIZATION, people["org_unknown"]["orgNumber"], "Email")["recipient"],
    }
    order = order_to(PERSON, people["person_email_only"]["nin"], "Email", reminders=[reminder])
    answer = owner.request_order(order)
    assert (answer.status_code, answer.json()["code"]) == (422, "NOT-00001")


def test_register_down_at_placement_is_told_and_a_known_order_is_answered(cloud, owner, people):
    known = order_to(PERSON, people["person_email_only"]["nin"], "Email")
    receipt = owner.place(known)
    cloud.add_fault({"target": "profile.*", "action": "status", "status": 503})
    refused = owner.request_order(order_to(PERSON, people["person_email_only"]["nin"], "Email"))
    assert (refused.status_code, refused.json()["code"]) == (503, "NOT-00004")
    repeated = owner.request_order(known)
    assert (repeated.status_code, repeated.json()) == (200, receipt)


def test_register_down_at_send_time_delays_the_message(cloud, owner, people):
    person = people["person_mobile_only"]
    at = (cloud.now().replace(microsecond=0)).isoformat().replace("+00:00", "Z")
    order = order_to(PERSON, person["nin"], "Sms")
    cloud.advance_clock(-3600)
    order["requestedSendTime"] = at
    shipment_id = owner.send(order)
    fault = cloud.add_fault({"target": "profile.*", "action": "status", "status": 500})
    cloud.advance_clock(3600)
    owner.wait_for(shipment_id, "Order_Processing")
    assert cloud.outbox(person["mobile"])["sms"] == []
    cloud.clear_faults()
    assert fault["id"]
    cloud.advance_clock(40)
    assert told(owner, shipment_id) == [(person["mobile"], "SMS_Delivered")]


def test_v1_tells_who_is_reserved_and_who_is_missing(owner, people):
    recipients = [
        {"nationalIdentityNumber": people["person_email_only"]["nin"]},
        {"nationalIdentityNumber": people["person_reserved"]["nin"]},
        {"organizationNumber": people["org_unknown"]["orgNumber"]},
        {"organizationNumber": people["org_unknown"]["orgNumber"]},
    ]
    lookup = owner.ask("POST", "/orders/email", json=v1_email(recipients)).json()["recipientLookup"]
    assert lookup == {
        "status": "PartialSuccess",
        "isReserved": [people["person_reserved"]["nin"]],
        "missingContact": [people["org_unknown"]["orgNumber"]],
    }
    nobody = owner.ask("POST", "/orders/email", json=v1_email(recipients[2:])).json()["recipientLookup"]
    assert nobody["status"] == "Failed", "equal recipients count once"
    direct = owner.ask("POST", "/orders/email", json=v1_email([{"emailAddress": "a@example.no"}])).json()
    assert "recipientLookup" not in direct


def test_w03_large_order_asks_each_register_once_per_page(cloud, owner, people):
    several = [people[name]["nin"] for name in ("person_email_only", "person_with_email_and_mobile")]
    recipients = [{"emailAddress": f"mange{number}@example.no"} for number in range(248)]
    recipients += [{"nationalIdentityNumber": nin} for nin in several]
    before = cloud.stats()["requests"].get("profile.persons", 0)
    answer = owner.ask("POST", "/orders/email", json=v1_email(recipients, body="Hei $recipientName$!"))
    entry = owner.wait_for_feed_entry(answer.json()["orderId"], within=60)
    assert len(entry["recipients"]) == 250
    assert {recipient["status"] for recipient in entry["recipients"]} == {"Email_Delivered"}
    assert cloud.stats()["requests"]["profile.persons"] - before == 2, "once at placement, once for its page"
    assert cloud.wait_for_email(people["person_email_only"]["email"])["body"] == "Hei HANSEN OLA!"
    assert cloud.wait_for_email("mange7@example.no")["body"] == "Hei!"


def test_w10_organisation_with_users_only_is_reached_for_the_resource_and_refused_without(owner, people):
    number = people["org_with_twins"]["orgNumber"]
    assert owner.request_order(order_to(ORGANIZATION, number, "Email")).status_code == 422
    assert owner.request_order(order_to(ORGANIZATION, number, "Email", resourceId=URN)).status_code == 201


def test_resource_that_does_not_exist_is_told_instead_of_writing_to_too_few(cloud, owner, people):
    number = people["org_with_email"]["orgNumber"]
    order = order_to(ORGANIZATION, number, "Email", resourceId="urn:altinn:resource:unknown-service")
    answer = owner.request_order(order)
    assert (answer.status_code, set(answer.json()["errors"])) == (400, {"ResourceId"})
    recipients = [{"organizationNumber": number}]
    v1 = v1_email(recipients) | {"resourceId": "unknown-service"}
    assert set(owner.ask("POST", "/orders/email", json=v1).json()["errors"]) == {"ResourceId"}

    cloud.add_fault({"target": "resourceregistry.*", "action": "status", "status": 500})
    assert owner.request_order(order).status_code == 201, "a registry that is down is no reason to refuse"


@pytest.mark.parametrize("resource", ["urn:altinn:resource:x", "urn:altinn:resource", "urn:altinn:app:x"])
def test_resource_ids_of_any_form_are_looked_up_like_others(owner, people, resource):
    organization = people["org_with_users"]["orgNumber"]
    recipients = [{"organizationNumber": organization}]
    order = order_to(ORGANIZATION, organization, "Email", resourceId=f"urn:altinn:resource:{resource}")
    v1 = owner.ask("POST", "/orders/email", json=v1_email(recipients) | {"resourceId": resource}).json()
    for shipment_id in (owner.send(order), v1["orderId"]):
        destinations = {destination for destination, _ in told(owner, shipment_id)}
        assert "post@vann.example.no" in destinations


@pytest.mark.parametrize("target", ["profile.units", "authorization.decision", "register.names"])
def test_lookup_that_refuses_what_a_sender_wrote_leaves_the_official_addresses(cloud, owner, people, target):
    cloud.add_fault({"target": target, "action": "status", "status": 400})
    organization = people["org_with_users"]
    order = order_to(
        ORGANIZATION,
        organization["orgNumber"],
        "Email",
        text="Hei $recipientName$!",
        resourceId=URN,
        resourceAction=f"les, med feil i {target}",
    )
    destinations = {destination for destination, _ in told(owner, owner.send(order))}
    users = set() if target != "register.names" else {organization["permittedEmail"]}
    assert destinations == {"post@vann.example.no"} | users


def test_resource_that_the_registry_refuses_is_told_to_the_sender(cloud, owner, people):
    cloud.add_fault({"target": "resourceregistry.*", "action": "status", "status": 400})
    number, resource = people["org_with_email"]["orgNumber"], "urn:altinn:resource:not asked for before"
    order = order_to(ORGANIZATION, number, "Email", resourceId=resource)
    answer = owner.request_order(order)
    assert (answer.status_code, set(answer.json()["errors"])) == (400, {"ResourceId"})


def test_person_whom_a_register_refuses_is_missing_and_the_others_of_the_page_are_told(cloud, owner, people):
    refused, other = people["person_with_email_and_mobile"], people["person_email_only"]
    fault = {"target": "profile.persons", "action": "status", "status": 422, "match": {"to": refused["nin"]}}
    cloud.add_fault(fault)
    assert owner.request_order(order_to(PERSON, refused["nin"], "Email")).status_code == 422
    recipients = [{"nationalIdentityNumber": person["nin"]} for person in (refused, other)]
    placed = owner.ask("POST", "/orders/email", json=v1_email(recipients)).json()
    assert placed["recipientLookup"]["missingContact"] == [refused["nin"]]
    assert told(owner, placed["orderId"]) == [
        ("", "Email_Failed_RecipientNotIdentified"),
        (other["email"], "Email_Delivered"),
    ]


def test_stale_contact_points_are_used_when_asked_for(owner, people):
    person = people["person_stale"]
    assert owner.request_order(order_to(PERSON, person["nin"], "Email")).status_code == 422
    order = order_to(PERSON, person["nin"], "Email", useStaleContactInformation=True)
    assert told(owner, owner.send(order)) == [(person["email"], "Email_Delivered")]


def test_sub_unit_without_addresses_is_told_at_those_of_its_main_unit_once(cloud, owner, people):
    main, unit = people["org_with_both"]["orgNumber"], people["org_sub_unit"]
    order = order_to(ORGANIZATION, unit["orgNumber"], "Email")
    assert told(owner, owner.send(order)) == [(unit["email"], "Email_Delivered")]
    both = [{"organizationNumber": number} for number in (main, unit["orgNumber"])]
    order_id = owner.ask("POST", "/orders/email", json=v1_email(both)).json()["orderId"]
    assert told(owner, order_id) == [(unit["email"], "Email_Delivered")]


def test_w12_organisations_that_share_an_address_are_told_once_across_the_pages_of_an_order(
    cloud, owner, people
):
    main, unit = people["org_with_both"]["orgNumber"], people["org_sub_unit"]
    others = [{"emailAddress": f"side{number}@example.no"} for number in range(199)]
    recipients = [
        {"organizationNumber": main},
        *others,
        {"emailAddress": unit["email"].upper()},
        {"organizationNumber": unit["orgNumber"]},
        {"organizationNumber": main},
    ]
    before = len(cloud.outbox(unit["email"])["emails"])
    order_id = owner.ask("POST", "/orders/email", json=v1_email(recipients)).json()["orderId"]
    entry = owner.wait_for_feed_entry(order_id, within=60)
    told_there = [to["destination"] for to in entry["recipients"] if not to["destination"].startswith("side")]
    assert [address.casefold() for address in told_there] == [unit["email"]]
    assert len(entry["recipients"]) == 200
    assert len(cloud.outbox(unit["email"])["emails"]) == before + 1
    assert owner.ask("GET", f"/orders/{order_id}").json()["recipients"] == recipients, "not as submitted"


@pytest.mark.parametrize("schema", ["Email", "Sms", "EmailPreferred", "SmsPreferred", "EmailAndSms"])
def test_one_recipient_named_twice_who_cannot_be_reached_is_one_failure_everywhere(owner, people, schema):
    nobody = [{"nationalIdentityNumber": people["person_no_contact"]["nin"]}] * 2
    nobody += [{"organizationNumber": people["org_unknown"]["orgNumber"]}] * 2
    text = {"emailTemplate": {"subject": "Varsel", "body": "Hei"}, "smsTemplate": {"body": "Hei"}}
    order = {"notificationChannel": schema, "recipients": nobody, **text}
    order_id = owner.ask("POST", "/orders", json=order).json()["orderId"]
    kinds = {"Email": {"Email"}, "Sms": {"SMS"}, "EmailAndSms": {"Email", "SMS"}}.get(
        schema, {"SMS" if schema == "SmsPreferred" else "Email"}
    )
    expected = sorted(("", f"{kind}_Failed_RecipientNotIdentified") for kind in kinds for _ in range(2))
    assert told(owner, order_id) == expected
    seen = owner.shipment(order_id)["recipients"]
    assert sorted((to["destination"], to["status"]) for to in seen) == expected
    for kind in ("email", "sms"):
        listed = owner.ask("GET", f"/orders/{order_id}/notifications/{kind}").json()
        wanted = 2 if any(kind == each.lower() for each in kinds) else 0
        assert (listed["generated"], len(listed["notifications"])) == (wanted, wanted)
    summary = owner.ask("GET", f"/orders/{order_id}/status").json()["notificationsStatusSummary"]
    assert {kind: each["generated"] for kind, each in summary.items()} == {each.lower(): 2 for each in kinds}


def test_recipient_named_on_several_pages_who_cannot_be_reached_is_one_failure(owner, people):
    nobody = {"nationalIdentityNumber": people["person_no_contact"]["nin"]}
    others = [{"emailAddress": f"utenom{number}@example.no"} for number in range(210)]
    recipients = [nobody, *others, nobody, nobody]
    order_id = owner.ask("POST", "/orders/email", json=v1_email(recipients)).json()["orderId"]
    entry = owner.wait_for_feed_entry(order_id, within=60)
    failed = [to for to in entry["recipients"] if to["status"] != "Email_Delivered"]
    assert [to["status"] for to in failed] == ["Email_Failed_RecipientNotIdentified"]
    assert len(entry["recipients"]) == 211


def test_permitted_users_of_an_organisation_are_told_and_others_not(cloud, owner, people):
    organization = people["org_with_users"]
    order = order_to(ORGANIZATION, organization["orgNumber"], "EmailPreferred", resourceId=URN)
    addresses = {destination for destination, _ in told(owner, owner.send(order))}
    assert addresses == {"post@vann.example.no", organization["permittedEmail"]}
    assert cloud.outbox(organization["deniedEmail"])["emails"] == []


def test_without_a_resource_only_official_addresses_are_used(owner, people):
    order = order_to(ORGANIZATION, people["org_with_users"]["orgNumber"], "EmailAndSms")
    assert told(owner, owner.send(order)) == [
        ("", "SMS_Failed_RecipientNotIdentified"),
        ("post@vann.example.no", "Email_Delivered"),
    ]
