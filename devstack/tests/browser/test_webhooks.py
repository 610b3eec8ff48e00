"""A webhook in the browser: signed calls arrive, a receiver that is down is tried again, a replay repeats."""

from playwright.sync_api import expect

SETTINGS = {"subject": "A letter", "body": "Log in to read it."}


def test_calls_are_seen_with_their_signatures_and_a_receiver_that_was_down_misses_nothing(visit):
    def order(name):
        to = {"recipientEmail": {"emailAddress": f"{name}@example.no", "emailSettings": SETTINGS}}
        return visit.order(to)

    with visit.page("/webhooks") as page:
        page.get_by_role("button", name="Register the receiver").click()
        expect(page.get_by_text("Active", exact=True)).to_be_visible()
        page.get_by_role("button", name="Send a test").click()
        expect(page.get_by_role("status")).to_contain_text("It answered: status 200.")
        calls = page.get_by_role("region", name="Calls")
        expect(calls.get_by_role("row", name="webhook.test")).to_contain_text("valid")

        order("told")
        expect(calls.get_by_role("row", name="shipment.completed").first).to_contain_text("taken")

        page.get_by_role("button", name="Down (503)").click()
        order("told-later")
        expect(page.get_by_text("1 call failed")).to_be_visible()
        page.get_by_role("button", name="As it should").click()
        page.get_by_role("button", name="Try at once").click()
        expect(page.get_by_role("heading", name="Calls")).to_contain_text("entries taken, in order")

        page.get_by_role("button", name="Gone (410)").click()
        order("gone")
        expect(page.get_by_text("Paused: Gone")).to_be_visible()
        page.get_by_role("button", name="As it should").click()
        page.get_by_role("button", name="Resume").click()
        expect(page.get_by_role("heading", name="Calls")).to_contain_text("3 entries taken, in order")

        page.get_by_role("button", name="New secret").click()
        expect(page.get_by_text("The former secret signs as well until")).to_be_visible()
        page.get_by_role("button", name="Replay all").click()
        expect(calls.get_by_text("taken again").first).to_be_visible()
        expect(calls.get_by_text("of 2").first).to_be_visible()
        page.get_by_role("button", name="Delete").click()
        expect(page.get_by_text("None so far.").first).to_be_visible()
