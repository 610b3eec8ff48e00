from datetime import UTC, datetime

import pytest

from shared.contracts.requests.attachment_types import ACCEPTED_MIME_TYPES
from shared.contracts.requests.composed_request import read_composed_email
from shared.domain.orders.order import Attachment, ChannelSchema, EmailContentType, OrderType, Recipient
from tests.support.request_bodies import (
    COMPOSED_ORDER,
    DEFAULTS,
    FILE,
    FILE_LINK,
    LOCAL,
    NOW,
    changed,
    errors,
    read,
    refusal,
)

ITEM = "Recipient.Settings.Attachments[0]"
SETTINGS = "recipient.emailSettings"
ATTACHMENT = f"{SETTINGS}.attachments.0"


def link(query, host="konto.blob.core.windows.net", scheme="https"):
    return f"{scheme}://{host}/utboks/vedtak.pdf?{query}"


def test_reads_the_email_and_its_files():
    request = read(read_composed_email, COMPOSED_ORDER)
    main = request.main
    assert request.idempotency_id == "id-1"
    assert request.reminders == ()
    assert main.type is OrderType.COMPOSED
    assert main.channel_schema is ChannelSchema.EMAIL
    assert main.requested_send_at == datetime(2031, 3, 20, 10, 0, tzinfo=UTC)
    assert main.recipients == (Recipient(email_address="part@example.no"),)
    assert main.email.from_address == DEFAULTS.email_from
    assert main.email.subject == "Ved tak"
    assert main.email.content_type is EmailContentType.HTML
    assert main.email.attachments == (Attachment("vedtak.pdf", "application/pdf", FILE_LINK),)


def test_the_name_of_a_file_is_one_line():
    order = changed(COMPOSED_ORDER, f"{ATTACHMENT}.filename", "ved\u2028tak\x07.p\x01df\r\nx: y")
    (attachment,) = read(read_composed_email, order).main.email.attachments
    assert attachment.filename == "ved tak.pdf x: y"


def test_a_file_name_of_which_no_extension_is_left_is_refused():
    order = changed(COMPOSED_ORDER, f"{ATTACHMENT}.filename", "vedtak.\x07")
    assert list(errors(read_composed_email, order)) == [f"{ITEM}.Filename"]


@pytest.mark.parametrize("nothing", [None, [], ...])
def test_files_are_optional(nothing):
    assert (
        read(
            read_composed_email, changed(COMPOSED_ORDER, f"{SETTINGS}.attachments", nothing)
        ).main.email.attachments
        == ()
    )


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("idempotencyId", "$"),
        ("recipient", "$"),
        ("recipient.emailAddress", "$.recipient"),
        ("recipient.emailSettings", "$.recipient"),
        ("recipient.emailSettings.body", "$.recipient.emailSettings"),
        (f"{ATTACHMENT}.filename", "$.recipient.emailSettings.attachments[0]"),
        (f"{ATTACHMENT}.mimeType", "$.recipient.emailSettings.attachments[0]"),
        (f"{ATTACHMENT}.sasUrl", "$.recipient.emailSettings.attachments[0]"),
    ],
)
def test_what_has_to_be_in_the_json(path, key):
    found = errors(read_composed_email, changed(COMPOSED_ORDER, path, ...))
    assert set(found) == {key, "orderRequest"}
    assert found["orderRequest"] == ["The orderRequest field is required."]


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("recipient.emailAddress", "Recipient.EmailAddress"),
        (f"{SETTINGS}.subject", "Recipient.Settings.Subject"),
        (f"{ATTACHMENT}.filename", f"{ITEM}.Filename"),
        (f"{ATTACHMENT}.mimeType", f"{ITEM}.MimeType"),
        (f"{ATTACHMENT}.sasUrl", f"{ITEM}.SasUrl"),
    ],
)
def test_mandatory_text_that_says_nothing(path, key):
    name = key.rpartition(".")[2]
    for nothing in (None, "", " "):
        found = errors(read_composed_email, changed(COMPOSED_ORDER, path, nothing))
        assert found == {key: [f"The {name} field is required."]}


NO_URI = "sasUrl must be an absolute HTTPS URI."
OTHER_HOST = "sasUrl host must be within Azure Blob Storage (*.blob.core.windows.net)."
INCOMPLETE = "sasUrl is missing required SAS parameters (se, sig, sp, sr)."
NO_EXPIRY = "sasUrl has an invalid 'se' (signed expiry) value."
NO_READING = "sasUrl does not grant read permission ('r' must be present in 'sp')."
SHORT_LIVED = "sasUrl must be valid for at least 15 minutes after requestedSendTime."


@pytest.mark.parametrize(
    ("sas_url", "problems"),
    [
        ("/utboks/vedtak.pdf?se=2001-01-01&sp=r&sr=b&sig=x", [NO_URI]),
        ("utboks", [NO_URI]),
        (link("se=2031-04-01T12:00Z&sp=r&sr=b&sig=x", scheme="http"), [NO_URI]),
        ("https://[x/?se=1", [NO_URI]),
        (link("se=2031-04-01T12:00Z&sp=r&sr=b&sig=x", host="evil.no\\.blob.core.windows.net"), [NO_URI]),
        ("https://x..blob.core.windows.net/a.pdf", [NO_URI]),
        (link("se=2031-04-01T12:00Z&sp=r&sr=b&sig=x", host="evil.no"), [OTHER_HOST]),
        (link("se=2031-04-01T12:00Z&sp=r&sr=b&sig=x", host="x.blob.core.windows.net.evil.no"), [OTHER_HOST]),
        (link("se=2031-04-01T12:00Z&sp=r&sr=b&sig=x", host="x.blob.core.windows.net@evil.no"), [OTHER_HOST]),
        (link("se=2031-04-01T12:00Z&sp=r&sr=b&sig=x", host="blob.core.windows.net"), [OTHER_HOST]),
        (link("sp=r&sr=b&sig=x"), [INCOMPLETE]),
        (link("se=2031-04-01T12:00Z&sr=b&sig=x"), [INCOMPLETE]),
        (link("se=2031-04-01T12:00Z&sp=r&sr=b"), [INCOMPLETE]),
        (link("se=2031-04-01T12:00Z&sp=r&sr=b&sig=%20"), [INCOMPLETE]),
        (link("se=2031-04-01T12:00Z&sp=r&sr=c&sig=x"), [INCOMPLETE]),
        (link("se=soon&sp=r&sr=b&sig=x"), [NO_EXPIRY]),
        (link("se=2031-04-01T12:00Z&sp=w&sr=b&sig=x"), [NO_READING]),
        (link("se=2031-04-01T12:00Z&sp=R&sr=b&sig=x"), [NO_READING]),
        (link("se=soon&sp=w&sr=b&sig=x"), [NO_EXPIRY, NO_READING]),
    ],
)
def test_the_link_of_a_file(sas_url, problems):
    found = errors(read_composed_email, changed(COMPOSED_ORDER, f"{ATTACHMENT}.sasUrl", sas_url))
    expected = [f"Attachment 'vedtak.pdf': {problem}" for problem in problems]
    assert found[f"{ITEM}.SasUrl"] == expected
    # The lifetime is judged by itself wherever an expiry can be read.
    assert set(found) <= {f"{ITEM}.SasUrl", ITEM}
    assert sas_url not in str(found)


@pytest.mark.parametrize(
    "sas_url",
    [
        link("SE=2031-04-01T12%3A00%3A00Z&SP=rw&SR=B&Sig=x"),
        link("se=2031-04-01&sp=r&sr=b&sig=x", host="KONTO.Blob.Core.Windows.Net"),
    ],
)
def test_links_that_are_accepted(sas_url):
    document = changed(COMPOSED_ORDER, f"{ATTACHMENT}.sasUrl", sas_url)
    assert read(read_composed_email, document).main.email.attachments[0].sas_url == sas_url


@pytest.mark.parametrize(
    ("expiry", "is_accepted"), [("10:15:00", True), ("10:14:59", False)], ids=["15 minutes", "1 s less"]
)
def test_a_link_outlives_the_send_time_by_a_quarter_of_an_hour(expiry, is_accepted):
    document = changed(
        COMPOSED_ORDER, f"{ATTACHMENT}.sasUrl", link(f"se=2031-03-20T{expiry}Z&sp=r&sr=b&sig=x")
    )
    if is_accepted:
        assert read(read_composed_email, document)
    else:
        error = refusal(read_composed_email, document)
        assert error.errors == {ITEM: [f"Attachment 'vedtak.pdf': {SHORT_LIVED}"]}
        assert error.replayable is None


def test_without_a_send_time_the_lifetime_is_a_clock_rule_and_a_repeat_is_recognised():
    document = changed(COMPOSED_ORDER, "requestedSendTime", ...)
    document = changed(document, f"{ATTACHMENT}.sasUrl", link("se=2031-03-01T12:10:00Z&sp=r&sr=b&sig=x"))
    error = refusal(read_composed_email, document)
    assert list(error.errors) == [ITEM]
    assert error.replayable is not None


def test_a_repeat_after_the_send_time_is_recognised():
    error = refusal(read_composed_email, changed(COMPOSED_ORDER, "requestedSendTime", "2031-02-01T00:00:00Z"))
    assert list(error.errors) == ["RequestedSendTime"]
    assert error.replayable is not None


def test_the_last_day_of_the_calendar_is_refused():
    document = changed(COMPOSED_ORDER, "requestedSendTime", "9999-12-31T23:59:59Z")
    assert set(errors(read_composed_email, document)) == {"RequestedSendTime", ITEM}


def test_a_send_time_without_zone_is_told_and_the_lifetime_then_not_judged():
    assert errors(
        read_composed_email, changed(COMPOSED_ORDER, "requestedSendTime", "2031-03-20T10:00:00")
    ) == {"RequestedSendTime": ["The requested send time value must have specified a time zone."]}


def test_file_names_are_one_line():
    order = changed(COMPOSED_ORDER, f"{ATTACHMENT}.filename", "ved\r\ntak.pdf")
    (attachment,) = read(read_composed_email, order).main.email.attachments
    assert attachment.filename == "ved tak.pdf"


@pytest.mark.parametrize("filename", ["../vedtak.pdf", "a\\b.pdf", "vedtak", "vedtak."])
def test_file_names(filename):
    rule = "filename must not contain path separators, and must include a file extension."
    found = errors(read_composed_email, changed(COMPOSED_ORDER, f"{ATTACHMENT}.filename", filename))
    assert found == {f"{ITEM}.Filename": [f"Attachment '{filename}': {rule}"]}


@pytest.mark.parametrize("mime_type", ["application/x-msdownload", "pdf", "application/pdf; charset=utf-8"])
def test_types_that_are_not_let_through(mime_type):
    found = errors(read_composed_email, changed(COMPOSED_ORDER, f"{ATTACHMENT}.mimeType", mime_type))
    (message,) = found[f"{ITEM}.MimeType"]
    assert message.startswith("Attachment 'vedtak.pdf': mimeType is not supported.")


def test_types_are_matched_in_any_case():
    assert len(ACCEPTED_MIME_TYPES) == 28 + 8 + 4 + 8 + 4 + 8
    document = changed(
        COMPOSED_ORDER, f"{ATTACHMENT}.mimeType", "Application/vnd.ms-excel.sheet.macroEnabled.12"
    )
    assert read(read_composed_email, document)


def test_a_file_that_is_null_and_too_many_files():
    document = changed(COMPOSED_ORDER, f"{SETTINGS}.attachments", [None])
    assert errors(read_composed_email, document) == {ITEM: ["Attachment item must not be null."]}
    document = changed(COMPOSED_ORDER, f"{SETTINGS}.attachments", [FILE] * 51)
    assert errors(read_composed_email, document) == {
        "Recipient.Settings.Attachments": ["At most 50 attachments are allowed."]
    }


def test_the_rules_of_every_order_hold_as_well():
    document = changed(COMPOSED_ORDER, "conditionEndpoint", "http://example.no")
    document = changed(document, "recipient.emailAddress", "part")
    document = changed(document, f"{SETTINGS}.senderEmailAddress", "etat")
    document = changed(document, f"{SETTINGS}.sendingTimePolicy", "Daytime")
    assert errors(read_composed_email, document) == {
        "ConditionEndpoint": ["ConditionEndpoint must use http or https scheme."],
        "Recipient.EmailAddress": ["Invalid email address format."],
        "Recipient.Settings.SenderEmailAddress": ["The sender email address is not valid."],
        "Recipient.Settings.SendingTimePolicy": ["Email only supports send time anytime"],
    }


def test_the_time_without_send_time_is_now():
    assert (
        read(read_composed_email, changed(COMPOSED_ORDER, "requestedSendTime", ...)).main.requested_send_at
        == NOW
    )


QUERY = "se=2031-03-20T12:00:00Z&sp=r&sr=b&sig=x"


@pytest.mark.parametrize("host", ["http://127.0.0.1:8080", "http://localhost", "https://127.0.0.1"])
def test_a_local_cloud_keeps_its_files_on_this_machine(host):
    document = changed(COMPOSED_ORDER, f"{ATTACHMENT}.sasUrl", f"{host}/blobs/a.pdf?{QUERY}")
    (file,) = read(read_composed_email, document, defaults=LOCAL).main.email.attachments
    assert file.sas_url == f"{host}/blobs/a.pdf?{QUERY}"
    assert list(errors(read_composed_email, document)) == [f"{ITEM}.SasUrl"]


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://konto.blob.core.windows.net/a.pdf", NO_URI),
        ("https://example.no/a.pdf", OTHER_HOST),
        ("http://127.0.0.1.example.no/a.pdf", NO_URI),
    ],
)
def test_a_local_cloud_takes_no_other_liberties(url, message):
    document = changed(COMPOSED_ORDER, f"{ATTACHMENT}.sasUrl", f"{url}?{QUERY}")
    assert errors(read_composed_email, document, defaults=LOCAL) == {
        f"{ITEM}.SasUrl": [f"Attachment 'vedtak.pdf': {message}"]
    }
