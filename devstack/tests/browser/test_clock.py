"""The clock moves, stands still and opens the window; what is held then leaves."""

from playwright.sync_api import expect

EVENING = "2031-05-05T20:00:00+02:00"


def test_an_sms_for_the_day_is_held_in_the_evening_and_leaves_at_the_next_window(visit):
    visit.control.set_clock(EVENING)
    settings = {"body": "Good morning.", "sendingTimePolicy": "Daytime"}
    order = visit.order({"recipientSms": {"phoneNumber": "+4790000003", "smsSettings": settings}})
    with visit.page(f"/orders/{order}") as page:
        expect(page.locator(".verdict")).to_contain_text("Held for the SMS window until 09:0")
        page.get_by_role("main").get_by_role("link", name="Clock").click()
        expect(page.get_by_text("closed").first).to_be_visible()
        expect(page.get_by_text("Tue 06 May 2031, 09:00").first).to_be_visible()
        assert visit.control.outbox()["sms"] == []
        page.get_by_role("button", name="Next window").click()
        expect(page.get_by_role("status")).to_contain_text("Tue 06 May 2031, 09:0")
        expect(page.get_by_text("open", exact=True)).to_be_visible()
        page.goto(visit.address + "/outbox")
        page.get_by_role("link", name="Good morning.").click()
        bubble = page.locator(".bubbles li")
        expect(bubble).to_contain_text("Good morning.")
        expect(bubble.get_by_text("DELIVRD")).to_be_visible()


def test_time_stands_still_and_goes_on(visit):
    with visit.page("/clock") as page:
        page.get_by_role("button", name="Freeze").click()
        expect(page.get_by_text("stands still").first).to_be_visible()
        frozen = visit.control.clock()
        assert frozen["frozen"]
        page.get_by_role("button", name="+1 h").click()
        expect(page.locator("#oslo")).to_contain_text("13:0")
        assert visit.control.clock()["now"] == visit.control.clock()["now"] != frozen["now"]
        page.get_by_role("button", name="Let it run").click()
        expect(page.get_by_role("button", name="Freeze")).to_be_visible()
        assert not visit.control.clock()["frozen"]


def test_it_goes_to_the_night_in_which_the_clocks_change(visit):
    with visit.page("/clock") as page:
        page.get_by_role("button", name="Go to an hour before Sun 26 Oct 2031").click()
        expect(page.locator("#oslo")).to_contain_text("Sun 26 Oct 2031, 02:0")


def test_it_is_set_by_hand(visit):
    with visit.page("/clock") as page:
        page.get_by_label("Set (Oslo)").fill("2032-02-29T08:59:00")
        visit.control.advance_clock(7200)
        expect(page.locator("#oslo")).to_contain_text("14:0")
        expect(page.get_by_label("Set (Oslo)")).to_have_value(
            "2032-02-29T08:59"
        )  # although all was shown anew
        page.get_by_role("button", name="Set", exact=True).click()
        expect(page.locator("#oslo")).to_contain_text("Sun 29 Feb 2032, 08:59")
        assert visit.control.clock()["now"].startswith("2032-02-29T07:59")
