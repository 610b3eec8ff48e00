"""The pictures of the README: the scene is always set, and `make screenshots` keeps them in docs/images."""

import os
from pathlib import Path

from playwright.sync_api import expect

from devstack.project import ROOT

LETTER = """<h2>A decision in your case</h2>
<p>We have decided in case <b>2031/77</b>. Log in to read the letter.</p><p>Kind regards,<br>the agency</p>"""
MOST_BYTES = 150_000


def test_pictures_of_the_pages(visit, tmp_path):
    folder = ROOT / "docs" / "images" if os.environ.get("SCREENSHOTS") == "1" else tmp_path
    folder.mkdir(exist_ok=True)
    visit.email("bounce.ola@example.no", "An answer is missing", "Please answer.")
    visit.sms("+4791700001", "You have a new letter. Log in to read it.")
    sms = visit.sms("+4791700001", "Husk fristen på fredag. “Ny melding” venter i innboksen.")
    email = visit.email("kari.nordmann@example.no", "A decision in your case", LETTER, "Html")
    with visit.window() as window:
        page = window.new_page()
        page.goto(f"{visit.address}/outbox?id={email}")
        expect(page.frame_locator("iframe").get_by_role("heading")).to_be_visible()
        kept(page, folder / "outbox-email.png")
        page.goto(f"{visit.address}/outbox?id={sms}")
        page.emulate_media(color_scheme="dark")
        expect(page.locator(".bubbles li")).to_have_count(2)
        kept(page, folder / "outbox-sms.png")
        page.emulate_media(color_scheme="light")
        page.goto(visit.address + "/scenarios")
        page.get_by_role("button", name="Play: A reminder is stopped by a condition").click()
        story = page.locator("#play-stopped-reminder")
        expect(story.get_by_text("As expected:")).to_be_visible()
        story.get_by_role("link").last.click()
        expect(page.get_by_role("heading", name="Reminder 1")).to_be_visible()
        kept(page, folder / "order.png")


def kept(page, path: Path) -> None:
    page.locator("#badge a").wait_for()
    picture = page.screenshot(path=path, animations="disabled")
    assert len(picture) < MOST_BYTES
