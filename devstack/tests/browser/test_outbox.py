"""What people received is seen in the outbox, and nothing in a mail does anything."""

from playwright.sync_api import expect

from devstack.tests.support.browser import trap

HOSTILE = """
<html><head>
<meta http-equiv="refresh" content="0; url={trap}/refresh">
<base href="{trap}/base/">
<link rel="stylesheet" href="{trap}/style.css">
<link rel="icon" href="{trap}/icon"><link rel="prefetch" href="{trap}/prefetch">
<link rel="preload" as="image" href="{trap}/preload"><link rel="preconnect" href="{trap}">
<style>@import url("{trap}/import.css"); @font-face {{ font-family: x; src: url("{trap}/font") }}
body {{ background: url("{trap}/background"); font-family: x }}</style>
<script>window.top.document.title = "taken"; fetch("{trap}/script")</script>
<script src="{trap}/script.js"></script>
</head><body>
<h1>A letter</h1>
<img src="{trap}/pixel.png" onerror="parent.document.title = 'taken'">
<img srcset="{trap}/set.png 1x" alt=""><svg onload="parent.document.title = 'taken'"></svg>
<iframe src="{trap}/frame"></iframe><object data="{trap}/object"></object><embed src="{trap}/embed">
<video src="{trap}/video" poster="{trap}/poster" autoplay></video>
<form action="{trap}/form" method="post"><input name="pin" autofocus><button id="send">Send</button></form>
<a id="out" href="{trap}/link" target="_top">Out</a> <a id="here" href="{trap}/here">Here</a>
<a id="self" href="{trap}/self" target="_self">Self</a>
<a id="script" href="javascript:parent.document.title='taken'">Script</a>
</body></html>
"""


def test_a_sent_email_is_seen_as_its_reader_sees_it(visit):
    visit.email("kari@example.no", "A new letter", "<h1>Hello</h1><p>Log in to <b>read</b> it.</p>", "Html")
    with visit.page("/outbox") as page:
        page.get_by_role("link", name="A new letter").click()
        frame = page.frame_locator("iframe")
        expect(frame.get_by_role("heading", name="Hello")).to_be_visible()
        expect(page.get_by_label("The chosen message").get_by_text("Delivered").first).to_be_visible()
        page.get_by_role("link", name="Source").click()
        expect(page.get_by_text("<h1>Hello</h1>")).to_be_visible()
        page.get_by_role("link", name="Text", exact=True).click()
        expect(page.locator("pre.body")).to_contain_text("Log in to read it.")


def test_a_sent_sms_is_a_bubble_with_its_parts_and_what_forces_the_encoding(visit):
    visit.sms("+4790000001", "You have a new letter.")
    visit.sms("+4790000001", "Ny melding “i dag” " * 8)
    with visit.page("/outbox") as page:
        page.get_by_role("link", name="You have a new letter.").click()
        bubbles = page.locator(".bubbles li")
        expect(bubbles).to_have_count(2)
        expect(bubbles.first).to_contain_text("You have a new letter.")
        expect(bubbles.first).to_contain_text("1 part · GSM-7")
        expect(bubbles.last).to_contain_text("3 parts · UCS-2, because of “ (U+201C)")
        expect(bubbles.first.get_by_text("DELIVRD")).to_be_visible()


def test_the_list_follows_what_is_sent_and_can_be_searched(visit):
    with visit.page("/outbox") as page:
        expect(page.get_by_text("Nothing was sent yet.")).to_be_visible()
        visit.email("ola@example.no", "First letter", "Text")
        expect(page.get_by_role("link", name="First letter")).to_be_visible()
        visit.email("liv@example.no", "Second letter", "Text")
        page.get_by_label("Search messages").fill("LIV@")
        page.get_by_role("button", name="Search").click()
        expect(page.get_by_role("link", name="Second letter")).to_be_visible()
        expect(page.get_by_role("link", name="First letter")).to_have_count(0)


def test_the_next_message_bounces_if_it_is_told_to(visit):
    first = visit.email("per@example.no", "Before", "Text")
    with visit.page(f"/outbox?id={first}") as page:
        page.get_by_role("button", name="bounce", exact=True).click()
        expect(page.get_by_text("A fault waits for per@example.no")).to_be_visible()
        visit.email("per@example.no", "After", "Text")
        after = page.get_by_role("link", name="After")
        expect(after.get_by_text("Bounced")).to_be_visible()


def test_a_report_can_be_made_by_hand(visit):
    visit.control.add_fault({"target": "sms.report", "action": "drop"})
    reference = visit.sms("+4790000002", "Code 4711")
    with visit.page(f"/outbox?id={reference}") as page:
        bubble = page.locator(".bubbles li")
        expect(bubble.get_by_text("no report")).to_be_visible()
        page.get_by_role("button", name="Undelivered", exact=True).click()
        expect(bubble.get_by_text("UNDELIV")).to_be_visible()


def test_nothing_in_a_hostile_mail_runs_loads_or_leads_away(visit):
    with trap() as (address, called):
        visit.email("eve@example.no", "Harmless", HOSTILE.format(trap=address), "Html")
        with visit.page("/outbox") as page:
            page.get_by_role("link", name="Harmless").click()
            mail = page.frame_locator("iframe")
            expect(mail.get_by_role("heading", name="A letter")).to_be_visible()
            where = page.url
            for name in ("send", "script", "out", "here", "self"):
                mail.locator(f"#{name}").click()
            page.get_by_role("link", name="Source").click()
            expect(page.locator("pre.body")).to_contain_text("A letter")
            assert "taken" not in page.title()
            assert page.url.startswith(where)
        with visit.page(f"/outbox/mail/{visit.control.outbox()['emails'][0]['id']}") as page:
            expect(page.get_by_role("heading", name="A letter")).to_be_visible()
            assert "taken" not in page.title()
        assert called == []


def test_a_thousand_messages_make_no_long_page(visit):
    recipients = [{"mobileNumber": f"+47400{number:05d}"} for number in range(1000)]
    visit.v1_order("sms", {"body": "No water at noon.", "recipients": recipients})
    visit.control.wait_for_sms("+4740000999")
    with visit.page("/outbox") as page:
        expect(page.get_by_text("1000 messages")).to_be_visible()
        expect(page.locator(".list li")).to_have_count(40)
        assert len(page.content()) < 100_000
        page.get_by_role("link", name="Older").click()
        expect(page.locator(".list li")).to_have_count(40)
