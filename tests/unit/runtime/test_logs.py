"""Nothing personal and no secret passes the log, whichever way it comes."""

import io
import logging
import re
import sys
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from shared.lookups.http_client import HttpClient, HttpRequest
from shared.runtime.logs import (
    CHATTY,
    INDISCREET,
    ExtraFormatter,
    RedactionFilter,
    configure_logging,
    mask_email,
    mask_phone,
    redact,
)
from tests.support.peer import in_turn, serving


def test_masks_show_just_enough():
    assert mask_email("kari.nordmann@example.no") == "ka***@example.no"
    assert mask_email("k@example.no") == "k***@example.no"
    assert mask_email("not an address") == "***"
    assert mask_phone("+4790000017") == "***17"
    assert mask_phone("911") == "***"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mail to kari.nordmann@example.no, now", "mail to ka***@example.no, now"),
        ("ola+x@sub.dømme.no", "ol***@sub.dømme.no"),
        ("RCV +4790000017.", "RCV ***17."),
        ("RCV 004790000017", "RCV ***17"),
        ("call +47 900 00 017 now", "call ***17 now"),
        ("to=4790000017", "to=***17"),
        ("ring 90000017", "ring ***17"),
        ("nin:01017012345", "nin:***********"),
        ("nin 010170 12345", "nin ***********"),
        ("identifier-no:01017012345;", "identifier-no:***********;"),
        ("Authorization: Bearer abc.def-ghi", "Authorization: Bearer ***"),
        ("eyJhbGciOi.eyJpc3Mi.c2ln sent", "*** sent"),
        ("old-eyJhbGciOi.eyJpc3Mi.c2ln sent", "*** sent"),
        ("kari@a.no'ola@b.no", "ka***@a.no'o***@b.no"),
        ("https://a.blob/x?sv=1&sig=ab%2Bc%3D&se=2", "https://a.blob/x?***"),
        ("GET https://a.no/c?code=geheim#x: 500", "GET https://a.no/c?*** 500"),
        ("HTTP://A.NO?code=geheim 'https://b.no/d?e=f'", "HTTP://A.NO?*** 'https://b.no/d?***'"),
        ("see https://a.no/docs or /x?y=z", "see https://a.no/docs or /x?y=z"),
        ("//a.blob/x?sv=1&sig=ab%2Bc%3D&se=2", "//a.blob/x?sv=1&sig=***&se=2"),
        ("host sak01017012345.blob.core.windows.net", "host sak***********.blob.core.windows.net"),
        ("abcdef01017012345.blob.core.windows.net", "abcdef***********.blob.core.windows.net"),
        ("fedcba987601017012345abc", "fedcba987601017012345abc"),  # a digest, by its length
        ("sak-010170-12345.example.no", "sak-***********.example.no"),
        ("x01017012345y", "x***********y"),
        ("POST /api/x?code=geheim&a=b", "POST /api/x?code=***&a=b"),
        ("grant: code=geheim", "grant: code=***"),
        ("SMS_GATEWAY_PASSWORD=geheim;x", "SMS_GATEWAY_PASSWORD=***;x"),
        ("{'password': 'geheim og mer', 'a': 1}", "{'password': ***, 'a': 1}"),
        ('{"client_secret":"geheim","a":1}', '{"client_secret":***,"a":1}'),
        ("x-api-key: geheim", "x-api-key: ***"),
        ("X-API-Key=geheim", "X-API-Key=***"),
        ("Ocp-Apim-Subscription-Key: geheim", "Ocp-Apim-Subscription-Key: ***"),
        ("x-functions-key: geheim", "x-functions-key: ***"),
        ("apikey=geheim token=geheim id_token=geheim", "apikey=*** token=*** id_token=***"),
        ('{"access_token": "geheim"}', '{"access_token": ***}'),
        ("signature=geheim", "signature=***"),
        ("amqps://bruker:geheim@host/q", "amqps://***@host/q"),
        ("AccountKey=Eby8vdM0==;Table=x", "AccountKey=***;Table=x"),
        ("SharedAccessKey=abc=", "SharedAccessKey=***"),
    ],
)
def test_i07_what_looks_personal_or_secret_is_hidden(text, expected):
    assert redact(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "41234567-89ab-4def-8123-456789012345",
        "2031-05-02T09:03:10.123456+00:00",
        "order 41b2 took 0.41234567 s",
        "0000000000000000042",
        "epoch 1893456000123",
        "orgnr 910000001",
        "41b24567-89ab-4def-8123-a12345678901",
        "00-ab12345678901cdef0123456789abcde-a12345678901bcde-01",
        "retry|ab12345678901cdef0123456",
        "status_code=500, error code: 404, no such token: expired",
        "the setting SMS_GATEWAY_PASSWORD is missing: set it",
    ],
)
def test_ids_times_and_counts_stay_readable(text):
    assert redact(text) == text


@pytest.mark.parametrize(
    "unit",
    ["a", "7", "a@", "@b-", "+1", "eyJ-", "eyJ.", "bearer ", "sig=", "password ", "token", "://", "a0"],
)
def test_time_stays_small_however_long_a_text_gets(unit):
    began = time.thread_time()
    redact(unit * 100_000)
    assert time.thread_time() - began < 5


@pytest.fixture
def output():
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(RedactionFilter())
    handler.setFormatter(ExtraFormatter(logging.Formatter("%(levelname)s %(message)s")))
    logger = logging.getLogger("test.observability")
    logger.addHandler(handler)
    yield logger, stream
    logger.removeHandler(handler)


def test_message_arguments_and_extra_are_redacted(output):
    logger, stream = output
    logger.warning("sent to %s", "kari@example.no", extra={
        "phone": "+4790000017", "nin": 12345678901, "count": 3, "nested": {"to": ["ola@example.no"]},
    })  # fmt: skip
    assert stream.getvalue() == (
        'WARNING sent to ka***@example.no {"phone": "***17", "nin": "***********", "count": 3,'
        ' "nested": {"to": ["ol***@example.no"]}}\n'
    )


UNSEEN = sorted(
    chr(code)
    for code in range(sys.maxunicode + 1)
    if unicodedata.category(chr(code)) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
    or unicodedata.bidirectional(chr(code)) in {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}
)


def test_no_text_of_others_breaks_or_turns_a_line(output):
    logger, stream = output
    for unseen in UNSEEN:
        logger.warning(
            "host %s", f"a{unseen}b", extra={"host": f"c{unseen}d", "many": [unseen], "by": {unseen: 1}}
        )
    text = stream.getvalue()
    text.encode()  # no lone surrogate either
    assert len(text.splitlines()) == len(UNSEEN) == text.count("\n")
    assert [unseen for unseen in UNSEEN if unseen != "\n" and unseen in text] == []
    assert text.startswith('WARNING host a<U+0000>b {"host": "c<U+0000>d"')


def test_letters_of_all_languages_stay_as_they_are(output):
    logger, stream = output
    logger.warning("Blåbærsyltetøy \u8868 \u0645\u0631\u062d\u0628\u0627 \U0001f600")
    assert stream.getvalue() == "WARNING Blåbærsyltetøy \u8868 \u0645\u0631\u062d\u0628\u0627 \U0001f600\n"


def test_no_line_of_a_traceback_looks_like_a_record(output):
    logger, stream = output
    try:
        try:
            raise ValueError("one\nWARNING forged\r\nERROR forged\u2028ERROR forged")
        except ValueError as error:
            error.add_note("note\nERROR forged")
            raise KeyError("two\nINFO forged") from error
    except KeyError:
        logger.exception("failed", stack_info=True)
    first, *others = stream.getvalue().splitlines()
    assert first == "ERROR failed"
    assert [line for line in others if line and not line.startswith("  ")] == []


def test_a_record_that_passes_two_handlers_is_the_same_in_both(output):
    logger, stream = output
    other = logging.StreamHandler(again := io.StringIO())
    other.addFilter(RedactionFilter())
    other.setFormatter(ExtraFormatter(logging.Formatter("%(levelname)s %(message)s")))
    logger.addHandler(other)
    try:
        raise ValueError("password=geheim\n01017012345")
    except ValueError:
        logger.exception("a\nb %s", "sig=geheim")
    finally:
        logger.removeHandler(other)
    assert stream.getvalue() == again.getvalue()
    assert "geheim" not in stream.getvalue()


def test_tracebacks_are_redacted(output):
    logger, stream = output
    try:
        raise ValueError("no such user kari@example.no")
    except ValueError:
        logger.exception("failed")
    assert "ValueError: no such user ka***@example.no" in stream.getvalue()
    assert "kari@" not in stream.getvalue()


@contextmanager
def untouched_logging() -> Iterator[logging.Logger]:
    """The root logger with one handler of ours; everything is put back afterwards."""
    root = logging.getLogger()
    loggers = [root, *(logging.getLogger(name) for name in CHATTY + INDISCREET)]
    handlers, levels = root.handlers[:], [logger.level for logger in loggers]
    root.handlers[:] = [logging.StreamHandler(io.StringIO())]
    try:
        yield root
    finally:
        root.handlers[:] = handlers
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def test_configuration_covers_the_hosts_handlers_once():
    with untouched_logging() as root:
        configure_logging()
        configure_logging()
        (handler,) = root.handlers
        assert sum(isinstance(present, RedactionFilter) for present in handler.filters) == 1
        logging.getLogger("shared.somewhere").info("to %s", "kari@example.no")
        assert handler.stream.getvalue() == "to ka***@example.no\n"


def test_a_line_begins_as_the_host_wants_it():
    with untouched_logging() as root:
        root.handlers[0].setFormatter(logging.Formatter("%(asctime)s [%(levelname)s] %(message)s", "year %Y"))
        configure_logging()
        try:
            raise ValueError("no such user")
        except ValueError:
            logging.getLogger("shared.somewhere").exception("failed", extra={"count": 3})
        line, traceback, *_ = root.handlers[0].stream.getvalue().splitlines()
        assert re.fullmatch(r'year \d{4} \[ERROR\] failed \{"count": 3\}', line)
        assert traceback == "  Traceback (most recent call last):"


def test_handler_is_added_where_the_host_has_none():
    with untouched_logging() as root:
        root.handlers.clear()
        configure_logging()
        (handler,) = root.handlers
        record = logging.makeLogRecord({"name": "shared.somewhere", "levelname": "INFO", "msg": "hello"})
        assert handler.format(record) == "INFO shared.somewhere hello"


def test_chatty_libraries_are_quiet():
    with untouched_logging():
        configure_logging()
        for name in (
            "azure.core.pipeline.policies.http_logging_policy",
            "azure.servicebus",
            "uamqp",
            "azure_functions_worker",
            "azure.functions",
        ):
            assert logging.getLogger(name).getEffectiveLevel() == logging.WARNING


async def test_an_answer_with_broken_headers_puts_no_address_into_the_log():
    broken = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nkari is no header\r\n\r\n{}"
    with untouched_logging() as root:
        configure_logging()
        client = HttpClient(public_only=True, insecure_local=True, threads=1)
        async with serving(in_turn(broken)) as peer:
            await client.send(HttpRequest(method="GET", url=f"{peer.url}/secret?to=%2B4790000017"))
        client.close()
        assert "secret" not in root.handlers[0].stream.getvalue()
        assert "kari" not in root.handlers[0].stream.getvalue()
