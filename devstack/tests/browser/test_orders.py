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


def test_one_character_makes_three_parts_and_the_outbox_agrees(visit):
    text = "It's " + "a" * 145
    with visit.page("/compose") as page:
        said = []
        page.on("console", lambda message: said.append(message.text))
        preview = page.locator("#preview")
        page.get_by_label("Recipient").fill("+4790000010")
        page.get_by_label("Text; with HTML tags").fill(text)
        expect(preview).to_contain_text("1 part, 150 characters in GSM-7.")
        expect(preview).to_contain_text("0.45 NOK")
        page.get_by_label("Text; with HTML tags").focus()
        page.keyboard.press("Control+Home")
        for _ in range(2):
            page.keyboard.press("ArrowRight")
        page.keyboard.press("Delete")
        page.keyboard.type("\u2019")
        expect(preview).to_contain_text("1 → 3 parts, 150 characters in UCS-2.")
        expect(preview.locator(".char")).to_have_text("\u2019")
        expect(preview).to_contain_text("(U+2019, right single quotation mark) once, at 3")
        expect(preview).to_contain_text("1.35 NOK")
        expect(preview).to_contain_text("Mon 05 May 2031, 12:0")
        expect(page.locator("#preview-said")).to_contain_text("1 → 3 parts")
        assert page.locator("#preview-said").get_attribute("aria-live") == "polite"
        page.keyboard.press("Enter")  # a line break is typed, and nothing is placed
        page.keyboard.press("Backspace")
        page.get_by_role("button", name="Place the order").press("Enter")
        expect(page.locator("#answer .verdict")).to_contain_text("Accepted")
        expect(preview).to_contain_text("the idempotency id is known")
        assert said == []
    reference = visit.control.wait_for_sms("+4790000010")["reference"]
    with visit.page(f"/outbox?id={reference}") as page:
        expect(page.locator(".bubbles li")).to_contain_text("3 parts · UCS-2, because of \u2019 (U+2019)")


def test_the_preview_warns_and_tells_what_placing_would_refuse(visit):
    with visit.page("/compose") as page:
        preview = page.locator("#preview")
        page.get_by_label("Text; with HTML tags").fill("Hi $recipientName$, see https://bit.ly/x")
        page.get_by_label("Recipient").fill("+4790000011")
        expect(preview.get_by_text("Links of bit.ly hide where they lead")).to_be_visible()
        expect(preview.get_by_text("$recipientName$ is left out for one recipient")).to_be_visible()
        page.get_by_label("Recipient").fill("14818710098")
        expect(preview.get_by_text("a register has a contact")).to_be_visible()
        expect(preview).to_contain_text("Ola Nordmann")
        page.get_by_label("Recipient").fill("nobody@")
        expect(preview.get_by_text("Placing would be refused.")).to_be_visible()


def test_every_kind_of_order_can_be_placed(visit):
    to = {"order": "post@example.no", "v1-order": "14818710098", "instant-sms": "+4790000008"}
    to |= {"v1-sms": "+4790000008", "instant-email": "post@example.no"}
    to |= {"composed-email": "post@example.no", "v1-email": "post@example.no"}
    with visit.page("/compose") as page:
        for kind, recipient in to.items():
            page.get_by_label("Kind").select_option(kind)
            page.get_by_label("Recipient").fill(recipient)
            page.get_by_label("Idempotency id").fill(f"kind-{kind}")
            expect(page.locator("#preview .verdict")).to_have_text("Placing would be accepted.")
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
