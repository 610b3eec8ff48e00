"""Every page can be used by everybody: axe-core finds nothing serious, no page is wider than a phone."""

import pytest
from playwright.sync_api import expect

from devstack.tests.support.browser import axe

PAGES = [
    "/", "/outbox", "/orders", "/compose", "/scenarios", "/clock", "/faults", "/queues?name=email-send",
    "/people", "/people/07899410100", "/webhooks", "/metrics", "/docs/local-cloud.md", "/orders/nothing",
]  # fmt: skip
LOOK = """async (rules) => (await axe.run(rules.length ? {runOnly: rules} : {})).violations
    .filter(found => ["serious", "critical"].includes(found.impact))
    .map(found => `${found.id}: ${found.nodes.map(node => node.target.join(" ")).join(", ")}`)"""


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_serious_is_found_on_any_page_light_or_dark(visit, width):
    program = axe()
    email = visit.email("kari@example.no", "A letter", "<p>Hello</p>", "Html")
    sms = visit.sms("+4790000004", "Ny melding “nå”")
    visit.control.add_fault({"target": "acs.send", "action": "status", "status": 429})
    messages = [f"/outbox?id={email}", f"/outbox?id={email}&as=source", f"/outbox?id={sms}"]
    found = {}
    with visit.window(width=width) as window:
        page = window.new_page()
        for path in [*PAGES, *messages, f"/orders/{email}"]:
            page.goto(visit.address + path)
            page.locator("#badge a").wait_for()
            if path == "/compose":
                page.locator("#preview .shown").first.wait_for()
            page.evaluate(program)
            barriers = page.evaluate(LOOK, [])
            page.emulate_media(color_scheme="dark")
            barriers += page.evaluate(LOOK, ["color-contrast"])
            page.emulate_media(color_scheme="light")
            if page.evaluate("document.documentElement.scrollWidth") > width:
                barriers.append("too wide")
            if barriers:
                found[path] = barriers
    assert found == {}


def test_on_a_phone_the_whole_menu_is_seen_and_numbers_stay_on_one_line(visit):
    with visit.page("/people", width=390) as page:
        links = page.get_by_role("navigation").get_by_role("link").all()
        boxes = [link.bounding_box() for link in links]
        assert boxes
        assert [box for box in boxes if box["x"] + box["width"] > 390] == []
        lines = """cell => { const range = document.createRange(); range.selectNodeContents(cell);
            return range.getClientRects().length; }"""
        assert page.get_by_role("cell", name="14818710098").evaluate(lines) == 1


def test_a_message_is_found_and_read_with_the_keyboard_alone(visit):
    visit.email("kari@example.no", "By keyboard", "Text")
    with visit.page("/") as page:
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Outbox 1")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page).to_have_title("Outbox · local cloud")
        page.get_by_label("Search messages").focus()
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="By keyboard")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="By keyboard")).to_be_visible()
