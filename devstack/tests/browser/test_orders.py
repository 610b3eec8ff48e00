"""Orders are placed with the form, and explain themselves on one page."""

from playwright.sync_api import expect


def test_the_form_places_an_order_and_shows_it_as_curl(visit):
    with visit.page("/compose") as page:
        page.get_by_label("Recipient").fill("14818710098")
        page.get_by_label("Subject").fill("Composed")
        page.get_by_label("Reminder after days").fill("7")
        expect(page.locator("#curl")).to_contain_text('"nationalIdentityNumber": "14818710098"')
        expect(page.locator("#curl")).to_contain_text('"delayDays": 7')
        page.get_by_role("button", name="Place the order").click()
        page.get_by_role("link", name="See the order").click()
        expect(page.get_by_role("heading", name="An order of ttd")).to_be_visible()
        expect(page.get_by_text("The provider took the e-mail to kari.nordmann@example.no")).to_be_visible()
        expect(page.get_by_text("The provider reported Delivered")).to_be_visible()
        expect(page.get_by_role("heading", name="Reminder 1")).to_be_visible()
        page.get_by_text("S01", exact=True).click()
        expect(page.locator("#row-S01 pre")).to_contain_text('"Creator": "ttd"')


def test_every_kind_of_order_can_be_placed(visit):
    to = {"order": "post@example.no", "v1-order": "14818710098", "instant-sms": "+4790000008"}
    to |= {"v1-sms": "+4790000008", "instant-email": "post@example.no"}
    to |= {"composed-email": "post@example.no", "v1-email": "post@example.no"}
    with visit.page("/compose") as page:
        for kind, recipient in to.items():
            page.get_by_label("Kind").select_option(kind)
            page.get_by_label("Recipient").fill(recipient)
            page.get_by_label("Idempotency id").fill(f"kind-{kind}")
            page.get_by_role("button", name="Place the order").click()
            expect(page.get_by_text("Accepted with").or_(page.get_by_text("Refused"))).to_be_visible()
            expect(page.locator("#answer .verdict")).to_contain_text("Accepted")


def test_a_refusal_is_shown(visit):
    with visit.page("/compose") as page:
        page.get_by_label("Recipient").fill("nobody@")
        page.get_by_role("button", name="Place the order").click()
        expect(page.get_by_text("Refused with 400.")).to_be_visible()


def test_the_list_names_an_order_by_its_owners_reference(visit):
    settings = {"subject": "A letter", "body": "Text"}
    recipient = {"recipientEmail": {"emailAddress": "list@example.no", "emailSettings": settings}}
    visit.order(recipient, sendersReference="case-4711")
    with visit.page("/orders") as page:
        page.get_by_role("row", name="case-4711").get_by_role("link").click()
        expect(page.get_by_role("heading", name="An order of ttd")).to_be_visible()


def test_an_sms_leads_to_its_order(visit):
    reference = visit.sms("+4790000009", "Where from?")
    with visit.page(f"/orders/{reference}") as page:
        expect(page.get_by_text("The provider took the SMS to +4790000009")).to_be_visible()


def test_a_scenario_is_played_and_ends_with_a_verdict(visit):
    with visit.page("/scenarios") as page:
        page.get_by_role("button", name="Play: A reserved person").click()
        card = page.locator("#play-reserved-person")
        expect(card.get_by_text("As expected:")).to_be_visible()
        expect(card.get_by_role("link")).to_have_count(3)
