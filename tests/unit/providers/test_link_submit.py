"""The gateway's XML: no text breaks it, and nothing unclear is taken for an answer."""

from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from shared.ports.sending import SendOutcome, SendStatus
from shared.ports.sms import OutgoingSms
from shared.providers.link_submit import compose_submission, parse_answer

DOUBT = SendOutcome(SendStatus.IN_DOUBT)


def sms(text: str = "Hei", to: str = "+4790000001", sender: str = "Altinn") -> OutgoingSms:
    return OutgoingSms(to, sender, text, 2880)


def submitted(*messages: OutgoingSms) -> list[dict[str, str]]:
    document = compose_submission("bruker", "p<&>ø", messages)
    root = fromstring(document)
    assert (root.findtext("CLIENT"), root.findtext("PW")) == ("bruker", "p<&>ø")
    return [{child.tag: child.text or "" for child in message} for message in root.findall("MSGLST/MSG")]


def test_messages_are_numbered_and_addressed_as_the_gateway_wants():
    first, second, third = submitted(
        sms(), sms(to="004791111111", sender="+4798765432"), sms(to="4792222222", sender="+1 Shop")
    )
    assert first == {"ID": "1", "TEXT": "Hei", "SND": "Altinn", "RCV": "4790000001", "TTL": "2880"}
    assert (second["ID"], second["RCV"], second["SND"]) == ("2", "4791111111", "4798765432")
    assert (third["RCV"], third["SND"]) == ("4792222222", "+1 Shop")


def test_declared_encoding_is_the_one_used():
    document = compose_submission("u", "p", [sms("æøåÆØÅ€")])
    assert document.startswith(b'<?xml version="1.0" encoding="UTF-8"?>')
    assert "æøåÆØÅ€" in document.decode("utf-8")


def test_text_beyond_gsm7_is_sent_as_hex_of_utf16():
    (message,) = submitted(sms("Hei 🎉\x00"))
    assert message["OP"] == "9"
    assert bytes.fromhex(message["TEXT"]).decode("utf-16-be") == "Hei 🎉"


@given(st.lists(st.text(st.characters(codec=None, exclude_categories=())), min_size=1, max_size=3))
def test_any_text_gives_a_readable_document(texts):
    for sent, message in zip(texts, submitted(*map(sms, texts)), strict=True):
        text = bytes.fromhex(message["TEXT"]).decode("utf-16-be") if "OP" in message else message["TEXT"]
        kept = [c for c in sent if c in "\t\n\r" or " " <= c < "\ud800" or "\udfff" < c not in "\ufffe\uffff"]
        assert text == "".join(kept)


def answer(*messages: str, logon: str = "<LOGON>OK</LOGON>") -> bytes:
    inner = "".join(f"<MSG>{message}</MSG>" for message in messages)
    head = '<?xml version="1.0"?><!DOCTYPE SESSION SYSTEM "x.dtd">'
    return f"{head}<SESSION>{logon}<MSGLST>{inner}</MSGLST></SESSION>".encode()


def test_each_message_gets_its_own_outcome_by_number():
    parsed = parse_answer(
        answer(
            "<ID>3</ID><STATUS>FAIL</STATUS><INFO>Invalid RCV: 47</INFO>",
            "<ID>1</ID><REF>A1</REF><STATUS>OK</STATUS><INFO/>",
            "<ID>2</ID><STATUS>OK</STATUS>",
            "<ID>4</ID><STATUS>FAIL</STATUS>",
            "<ID>5</ID><REF>A5</REF>",
            "<ID>7</ID><STATUS>OK</STATUS>",
            "<ID>x</ID><STATUS>OK</STATUS>",
        ),
        [sms()] * 6,
        "Altinn",
    )
    assert parsed.outcomes == [
        SendOutcome(SendStatus.ACCEPTED, reference="A1"),
        SendOutcome(SendStatus.ACCEPTED),
        SendOutcome(SendStatus.REFUSED, result="Failed_InvalidRecipient"),
        SendOutcome(SendStatus.REFUSED, result="Failed"),
        DOUBT,
        DOUBT,
    ]
    assert parsed.refusals == ("Invalid RCV: 47", "")


def test_logon_not_ok_means_nothing_was_sent():
    for reason, settings in (
        ("no", "SMS_GATEWAY_USERNAME and SMS_GATEWAY_PASSWORD"),
        ("", "SMS_GATEWAY_USERNAME and SMS_GATEWAY_PASSWORD"),
        ("Account belongs to another Platform", "SMS_GATEWAY_ENDPOINT"),
    ):
        document = answer(logon=f"<LOGON>FAIL</LOGON><REASON>{reason}</REASON>")
        refused = parse_answer(document, [sms()] * 2, "Altinn")
        assert refused.outcomes == [SendOutcome(SendStatus.NOT_SENT, wrong_settings=settings)] * 2


def test_an_unknown_sender_is_our_mistake_or_that_of_the_order():
    infos = ("Invalid SND", "Unsupported SND: x", "Invalid RCV", "SNDX")
    document = answer(
        *(f"<ID>{n}</ID><STATUS>FAIL</STATUS><INFO>{info}</INFO>" for n, info in enumerate(infos, 1))
    )
    ours = parse_answer(document, [sms(sender="Altinn")] * 4, "Altinn").outcomes
    wrong = SendOutcome(SendStatus.NOT_SENT, wrong_settings="DEFAULT_SMS_SENDER")
    assert ours[:2] == [wrong, wrong]
    theirs = parse_answer(document, [sms(sender="Etat")] * 4, "Altinn").outcomes
    assert [outcome.result for outcome in theirs] == [
        "Failed_UnknownSender",
        "Failed_UnknownSender",
        "Failed_InvalidRecipient",
        "Failed",
    ]
    assert {outcome.status for outcome in (*theirs, *ours[2:])} == {SendStatus.REFUSED}


def test_unreadable_answers_are_in_doubt():
    bomb = b'<?xml version="1.0"?><!DOCTYPE S [<!ENTITY a "OK">]><SESSION><LOGON>&a;</LOGON></SESSION>'
    bad = (
        b"",
        b"<SESSION>",
        b"OK",
        answer(logon=""),
        answer(),
        bomb,
        b'<?xml version="1.0" encoding="no"?><a/>',
    )
    for body in bad:
        assert parse_answer(body, [sms()], "Altinn").outcomes == [DOUBT]
