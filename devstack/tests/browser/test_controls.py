"""Faults, queues, people and metrics: what is pressed happens, and is seen."""

from playwright.sync_api import expect


def test_a_throttled_call_is_tried_again(visit):
    with visit.page("/faults") as page:
        page.get_by_role("button", name="Throttle the next call (429)").click()
        expect(page.get_by_role("row", name="acs.send status status 429")).to_be_visible()
        settings = {"subject": "After a pause", "body": "Text"}
        shipment = visit.order(
            {"recipientEmail": {"emailAddress": "throttled@example.no", "emailSettings": settings}}
        )
        expect(page.get_by_text("Everything behaves.")).to_be_visible()
        expect(page.get_by_role("row", name="acs.send").filter(has_text="status")).to_be_visible()
        assert visit.control.outbox("throttled@example.no")["emails"] == []
        page.goto(f"{visit.address}/orders/{shipment}")
        expect(page.get_by_role("heading", name="The order Processed")).to_be_visible()
        visit.control.advance_clock(40)
        expect(page.get_by_text("The provider reported Delivered")).to_be_visible()
        assert visit.control.stats()["requests"]["acs.send"] >= 2


def test_a_rule_of_ones_own_is_added_and_lifted(visit):
    with visit.page("/faults") as page:
        page.get_by_label("Part").fill("sms.submit")
        page.get_by_label("Does").select_option("refuse")
        page.get_by_label("Only for").fill("+4790000005")
        page.get_by_role("button", name="Add").click()
        rule = page.get_by_role("row", name="sms.submit refuse")
        expect(rule).to_contain_text("+4790000005")
        page.get_by_role("button", name="Lift sms.submit refuse").click()
        expect(rule).to_have_count(0)
        page.get_by_label("Part").fill("nothing.at.all")
        page.get_by_role("button", name="Add").click()
        expect(page.get_by_role("status")).to_contain_text("unknown target")


def test_queues_are_shown_and_wiped(visit):
    with visit.page("/queues") as page:
        page.get_by_role("link", name="pulse").click()
        expect(page.get_by_role("heading", name="pulse")).to_be_visible()
        page.get_by_role("button", name="Wipe email-send", exact=True).click()
        expect(page.get_by_role("status")).to_contain_text("The agenda brings the work back.")


def test_a_reserved_person_s_page_says_so_and_a_person_is_added(visit):
    with visit.page("/people") as page:
        page.get_by_role("link", name="LIE SIGRID").click()
        expect(page.get_by_text("Reserved against digital contact").first).to_be_visible()
        page.goto(visit.address + "/people")
        page.get_by_role("textbox", name="Number").fill("13923849900")
        page.get_by_role("textbox", name="Name").fill("NY NORA")
        page.get_by_role("textbox", name="Mobile").fill("+4790000006")
        page.get_by_role("button", name="Add").click()
        page.get_by_role("link", name="NY NORA").click()
        expect(page.get_by_text("+4790000006").first).to_be_visible()
        page.get_by_label("reserved").check()
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("Reserved against digital contact").first).to_be_visible()


def test_calls_are_counted(visit):
    visit.sms("+4790000007", "Counted")
    with visit.page("/metrics") as page:
        expect(page.get_by_role("row", name="sms.submit")).to_be_visible()
