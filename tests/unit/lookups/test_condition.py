import asyncio
import logging

import pytest

from shared.domain.orders.condition import ConditionAnswer
from shared.lookups.condition import HttpConditionEndpoint
from shared.lookups.http_client import HttpClient
from shared.runtime.errors import UnavailableError
from tests.support.peer import always, dripping, in_turn, never, response, serving

YES, NO = b'{"sendNotification": true}', b'{"sendNotification": false}'
MET, NOT_MET = ConditionAnswer(met=True, reason="answered"), ConditionAnswer(met=False, reason="answered")
NO_BOOLEAN = "no boolean sendNotification"


def unclear(reason, *, silent=False):
    return ConditionAnswer(met=None, reason=reason, silent=silent)


def endpoint(http, tokens=None, *, total_seconds=10.0):
    return HttpConditionEndpoint(http, tokens, total_seconds=total_seconds)


class Tokens:
    """Hands out token-1, token-2, …; a replacement is the next one."""

    def __init__(self, error=None):
        self.issued = 1
        self.error = error

    async def token(self):
        if self.error is not None:
            raise self.error
        return f"token-{self.issued}"

    async def replacement(self, refused):
        assert refused == f"token-{self.issued}"
        self.issued += 1
        return await self.token()


@pytest.fixture
def http():
    client = HttpClient(public_only=True, insecure_local=True, threads=2)
    yield client
    client.close()


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, YES, MET),
        (200, NO, NOT_MET),
        (201, b'{"other": 1, "sendNotification": false}', NOT_MET),
        (200, b'\xef\xbb\xbf{"sendNotification": true}', MET),
        (200, b'{"sendNotification": "true"}', unclear(NO_BOOLEAN)),
        (200, b'{"sendNotification": "false"}', unclear(NO_BOOLEAN)),
        (200, b'{"sendNotification": 0}', unclear(NO_BOOLEAN)),
        (200, b'{"sendNotification": 1}', unclear(NO_BOOLEAN)),
        (200, b'{"sendNotification": null}', unclear(NO_BOOLEAN)),
        (200, b"{}", unclear(NO_BOOLEAN)),
        (200, b"true", unclear(NO_BOOLEAN)),
        (200, b"[true]", unclear(NO_BOOLEAN)),
        (200, b"", unclear("not JSON")),
        (200, b"{", unclear("not JSON")),
        (200, b"\xff\xfe\x00", unclear("not JSON")),
        (200, b"[" * 16_000, unclear("not JSON")),
        (200, b"[" * 1_000_000, unclear("not JSON")),
        (200, b" " * 1_048_550 + NO, unclear("answer too large")),
        (204, b"", unclear("not JSON")),
        (302, NO, unclear("status 302")),
        (400, NO, unclear("status 400")),
        (404, NO, unclear("status 404")),
        (500, NO, unclear("status 500")),
    ],
)
async def test_only_a_clear_boolean_in_a_success_decides(http, status, body, expected):
    async with serving(always(status, body)) as peer:
        assert await endpoint(http).ask(peer.url) == expected
    assert len(peer.received) == 1


LATIN = '{"note":"blåbær","sendNotification":false}'.encode("iso-8859-1")
HEADS = [
    "application/json",
    "application/json; charset=iso-8859-1",
    "application/json; charset=utf-8",
    'text/plain;charset="no-such-charset"',
    "application/json; charset=base64",
    "application/json; charset=punycode",
    "application/json; charset*=punycode''a",
    "application/json; charset=utf-7",
    "\u00e5",
    "",
]


@pytest.mark.parametrize("content_type", HEADS)
@pytest.mark.parametrize("body", [LATIN, NO, LATIN.decode("iso-8859-1").encode("cp865"), NO + b"\n\0"])
async def test_a_decision_among_letters_that_cannot_be_told_decides(http, content_type, body):
    async with serving(always(200, body, Content_Type=content_type)) as peer:
        assert await endpoint(http).ask(peer.url) == NOT_MET


@pytest.mark.parametrize("declared", ["", "; charset=utf-8", "; charset=utf-16", "; charset=iso-8859-1"])
@pytest.mark.parametrize(
    "charset", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
)
async def test_a_decision_in_any_form_of_unicode_decides_whatever_is_declared(http, charset, declared):
    body = ' {"note":"blåbær \U0001f600","sendNotification":false}'.encode(charset)
    async with serving(always(200, body, Content_Type=f"application/json{declared}")) as peer:
        assert await endpoint(http).ask(peer.url) == NOT_MET


@pytest.mark.parametrize("charset", ["cp037", "shift_jis", "gb18030", "utf-16", "koi8-r"])
async def test_a_decision_in_the_charset_that_is_declared_decides(http, charset):
    body = '{"note":"\u8868","sendNotification":false}' if charset == "shift_jis" else NO.decode()
    async with serving(always(200, body.encode(charset), Content_Type=f"x/y; charset={charset}")) as peer:
        assert await endpoint(http).ask(peer.url) == NOT_MET


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"SendNotification": true}', MET),
        (b'{"sendnotification": false}', NOT_MET),
        (b'{"SENDNOTIFICATION": false, "sendNotification": null}', NOT_MET),
        (b'{"SendNotification": true, "sendNotification": false}', NOT_MET),
        (b'{"SendNotification": true, "sendnotification": false}', unclear(NO_BOOLEAN)),
        (b'{"sendnotification": "no"}', unclear(NO_BOOLEAN)),
        (b'{"result": {"sendNotification": false}}', unclear(NO_BOOLEAN)),
        (b'{"sendNotification": false, "note": "two\nlines\tof text"}', NOT_MET),
        (b'{"sendNotification": false, "case": ' + b"1" * 5000 + b"}", NOT_MET),
        (b'{"log": "' + b"x" * 900_000 + b'", "sendNotification": false}', NOT_MET),
    ],
)
async def test_what_stands_around_a_decision_is_forgiven(http, body, expected):
    async with serving(always(200, body)) as peer:
        assert await endpoint(http).ask(peer.url) == expected


async def test_the_request_is_a_get_of_exactly_that_address_with_the_token(http):
    async with serving(always(200, YES)) as peer:
        await endpoint(http, Tokens()).ask(f"{peer.url}/ask/a%20b?order=%2F1&x=y+z")
        await endpoint(http).ask(peer.url)
    first, anonymous = peer.received
    assert (first.method, first.target, first.body) == ("GET", "/ask/a%20b?order=%2F1&x=y+z", b"")
    assert first.headers["authorization"] == "Bearer token-1"
    assert first.headers["content-type"] == "application/json"
    assert "authorization" not in anonymous.headers


async def test_a_refused_token_is_replaced_once(http):
    async with serving(in_turn(response(401), response(200, NO))) as peer:
        answer = await endpoint(http, Tokens()).ask(peer.url)
    assert answer == NOT_MET
    assert [received.headers["authorization"] for received in peer.received] == [
        "Bearer token-1",
        "Bearer token-2",
    ]

    async with serving(in_turn(response(401), response(401), response(200, YES))) as peer:
        assert await endpoint(http, Tokens()).ask(peer.url) == unclear("status 401")
    assert len(peer.received) == 2

    async with serving(in_turn(response(401), response(200, YES))) as peer:
        assert await endpoint(http).ask(peer.url) == unclear("status 401")
    assert len(peer.received) == 1


async def test_the_token_does_not_follow_a_redirect(http):
    async with serving(always(200, YES)) as target, serving(always(307, Location=target.url)) as peer:
        assert await endpoint(http, Tokens()).ask(peer.url) == unclear("status 307")
    assert target.received == []


async def test_without_a_token_the_endpoint_is_not_asked(http):
    async with serving(always(200, NO)) as peer:
        condition = endpoint(http, Tokens(UnavailableError("issuer down")))
        assert await condition.ask(peer.url) == unclear("no token")
    assert peer.received == []


@pytest.mark.parametrize("slow", [never, dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")])
async def test_a_slow_endpoint_is_inconclusive_in_time(http, slow):
    async with serving(slow) as peer:
        condition = endpoint(http, total_seconds=0.3)
        async with asyncio.timeout(5):
            assert await condition.ask(peer.url) == unclear("deadline", silent=True)


@pytest.mark.parametrize(
    "url",
    [
        *(
            "http://10.0.0.1/",
            "https://169.254.169.254/metadata",
            "gopher://x/",
            "",
            "//x",
            "http://[",
            "http://[::1",
        ),
        *(
            "http://a b/",
            "https://\u0000/",
            "https://xn--/",
            "https://" + "a" * 300 + "/",
            "http://127.0.0.1:99999/",
        ),
        *("https://é.ø" * 80, "http://127.0.0.1:1/"),
    ],
)
async def test_no_address_makes_it_raise(http, url):
    assert (await endpoint(http).ask(url)).met is None


@pytest.mark.parametrize(
    "url",
    ["http://10.0.0.1/", "https://169.254.169.254/metadata", "gopher://x/", "http://[::ffff:10.0.0.1]/"],
)
async def test_an_address_that_must_not_be_called_is_named_as_the_reason(http, url):
    assert await endpoint(http).ask(url) == unclear("address refused")


async def test_the_log_names_reason_and_host_and_nothing_of_the_rest(http, caplog):
    caplog.set_level(logging.DEBUG)
    async with serving(always(500, b"body-secret")) as peer:
        await endpoint(http, Tokens()).ask(f"http://me:pw-secret@127.0.0.1:{peer.port}/p-secret?q-secret=1")
    await endpoint(http).ask("http://127.0.0.1:1/p-secret?q-secret=1")
    ours = [record for record in caplog.records if record.name.startswith("shared.")]
    assert [(record.reason, record.host) for record in ours] == [
        ("status 500", "127.0.0.1"),
        ("ConnectionError", "127.0.0.1"),
    ]
    assert not any("secret" in str(vars(record)) or "token-1" in str(vars(record)) for record in ours)
