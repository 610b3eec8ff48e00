"""Reports of the SMS gateway: every one of a document, in any encoding, from nobody's entities."""

import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.orders.notification import SmsResult
from shared.providers.link_reports import LinkReport, acknowledgement, parse_reports

HEAD = '<?xml version="1.0"?>\n<!DOCTYPE MSGLST SYSTEM "pswincom_report_request.dtd">\n'


def message(
    state: str = "DELIVRD", identifier: str = "1", reference: str = "A1", receiver: str = "4790000001"
):
    parts = {"ID": identifier, "REF": reference, "RCV": receiver, "STATE": state}
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in parts.items() if value is not None)
    return f"<MSG>{inner}<DELIVERYTIME>2031.05.02 09:03:10</DELIVERYTIME></MSG>"


def document(*messages: str) -> bytes:
    return f"{HEAD}<MSGLST>{''.join(messages)}</MSGLST>".encode()


def read(body, content_type):
    """Return the reports of a document with which nothing is wrong."""
    reports, problem = parse_reports(body, content_type)
    assert problem is None
    return reports


def refusal(body, content_type):
    """Return what is wrong with a document."""
    _, problem = parse_reports(body, content_type)
    return problem


@pytest.mark.parametrize(
    ("state", "result"),
    [
        ("DELIVRD", "Delivered"),
        ("EXPIRED", "Failed_Expired"),
        ("DELETED", "Failed_Deleted"),
        ("UNDELIV", "Failed_Undelivered"),
        ("REJECTD", "Failed_Rejected"),
        ("BARRED", "Failed_BarredReceiver"),
        *(
            (state, "Failed")
            for state in ("FAILED", "NULL", "UNKNOWN", "BARREDA", "ZEROBAL", "delivrd", "new")
        ),
    ],
)
def test_states(state, result):
    assert read(document(message(state)), "application/xml") == [
        LinkReport("1", "A1", SmsResult(result), state)
    ]


def test_w2_every_message_is_read_and_acknowledged():
    reports = read(document(message(identifier="7"), message("EXPIRED", "8", "B2")), None)
    assert [(report.reference, report.result) for report in reports] == [
        ("A1", SmsResult.DELIVERED),
        ("B2", SmsResult.FAILED_EXPIRED),
    ]
    assert acknowledgement(reports) == (
        b'<?xml version="1.0"?><MSGLST><MSG><ID>7</ID><STATUS>OK</STATUS></MSG>'
        b"<MSG><ID>8</ID><STATUS>OK</STATUS></MSG></MSGLST>"
    )


def test_w1_single_report_is_acknowledged_as_one():
    reports = read(document(message(identifier="42")), None)
    expected = b'<?xml version="1.0"?><MSGLST><MSG><ID>1</ID><STATUS>OK</STATUS></MSG></MSGLST>'
    assert acknowledgement(reports) == expected


@pytest.mark.parametrize(
    ("content_type", "declaration", "encoding"),
    [
        ("text/plain", "", "iso-8859-1"),
        (None, "", "iso-8859-1"),
        ("text/xml; charset=utf-8", "", "utf-8"),
        ('application/xml;charset="UTF-8"', '<?xml version="1.0" encoding="iso-8859-1"?>', "utf-8"),
        ("application/xml", '<?xml version="1.0" encoding="utf-8"?>', "utf-8"),
        (None, "", "utf-8-sig"),
    ],
)
def test_character_set(content_type, declaration, encoding):
    body = f"{declaration}<MSGLST>{message(reference='BLÅ')}</MSGLST>".encode(encoding)
    assert read(body, content_type)[0].reference == "BLÅ"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" \r\n",
        b"<MSGLST>",
        b"ping",
        b"<MSGLST/>",
        b"<OTHER>" + message().encode() + b"</OTHER>",
        *(document(message(**{name: value})) for name in ("state", "identifier", "reference", "receiver")
          for value in (None, "", " ")),
        document(message(), message(state="")),
    ],
)  # fmt: skip
def test_what_is_no_report_is_refused(body):
    assert refusal(body, "application/xml")


def test_a_message_that_is_no_report_takes_no_other_with_it():
    broken = document(message(), message(state=None, identifier="2"), message("EXPIRED", "3", "C3"))
    reports, problem = parse_reports(broken, None)
    assert [report.reference for report in reports] == ["A1", "C3"]
    assert problem == "A MSG lacks STATE."


def test_unknown_or_wrong_character_set_is_refused():
    for content_type in ("text/xml; charset=nonsense", "text/xml; charset=hex", "text/xml; charset=ascii"):
        assert refusal(document(message(reference="Å")), content_type)


def test_entities_are_never_expanded(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("A1")
    for entity in ('<!ENTITY e "A1">', f'<!ENTITY e SYSTEM "{secret.as_uri()}">'):
        body = f"<!DOCTYPE MSGLST [{entity}]><MSGLST>{message(reference='&e;')}</MSGLST>".encode()
        assert refusal(body, None)


@given(st.binary(max_size=200), st.sampled_from([None, "text/xml", "text/xml; charset=utf-16"]))
def test_any_bytes_are_read_or_refused(body, content_type):
    assert refusal(body, content_type)


@pytest.mark.parametrize(
    "charset",
    ["punycode", "PunyCode", "idna", "utf-7", "unicode_escape", "raw-unicode-escape", "hex", "zlib", "rot13"],
)
@pytest.mark.parametrize("declared", ["header", "document"])
def test_a_codec_that_is_no_charset_or_takes_square_time_is_refused_at_once(charset, declared):
    head = f'<?xml version="1.0" encoding="{charset}"?>' if declared == "document" else ""
    body = f"{head}<MSGLST>{message()}</MSGLST>".encode() + b"-" + b"a9" * 200_000
    content_type = f"text/xml; charset={charset}" if declared == "header" else "text/xml"
    began = time.thread_time()
    assert "character set" in refusal(body, content_type)
    assert time.thread_time() - began < 1


@pytest.mark.parametrize("unit", [b"<MSG/>", b"<a/>", b"<MSG><a/></MSG>", b"<MSG><ID/></MSG>", b"<a>"])
def test_elements_are_counted_before_they_are_kept(unit):
    body = b"<MSGLST>" + unit * 200_000 + b"</MSGLST>"
    tracemalloc.start()
    try:
        assert "more than 50000 elements" in refusal(body, "text/xml; charset=utf-8")
        assert tracemalloc.get_traced_memory()[1] < 16_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("part", ["&amp;", "a<!---->", "<![CDATA[x]]>"])
def test_a_text_in_many_parts_is_read_in_time_that_grows_with_its_length(part):
    body = document(message(reference=part * (900_000 // len(part))))
    began = time.thread_time()
    assert len(read(body, "text/xml")[0].reference) == 900_000 // len(part)
    assert time.thread_time() - began < 5


def test_the_first_of_several_fields_and_only_fields_of_messages_count():
    inner = "<REF>A1</REF><REF>B2</REF><x><STATE>EXPIRED</STATE></x><STATE>DELIVRD</STATE>"
    body = f"<MSGLST><a><MSG/></a><MSG><ID>1</ID><RCV>2</RCV>{inner}</MSG></MSGLST>".encode()
    assert read(body, None) == [LinkReport("1", "A1", SmsResult.DELIVERED, "DELIVRD")]


def test_declarations_within_a_document_are_refused():
    declared = f'<!ATTLIST a b CDATA "{"x" * 500_000}">'
    body = f"<!DOCTYPE MSGLST [{declared}]><MSGLST>{message()}{'<a/>' * 40_000}</MSGLST>".encode()
    began = time.thread_time()
    assert "not well-formed" in refusal(body, None)
    assert time.thread_time() - began < 1
    assert len(read(document(message()), None)) == 1  # a document type by reference is fine
