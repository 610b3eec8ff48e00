"""The table store against scripted answers: retries, errors, continuation, counting."""

import asyncio
import json
import traceback
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError, ServiceRequestError, ServiceResponseError
from azure.core.pipeline.transport import AsyncHttpTransport
from azure.core.rest import HttpRequest
from multidict import CIMultiDict

from shared.ports.tables import Delete, Insert, Merge, RowOperationError
from shared.runtime.errors import ConflictError, PermanentError, ThrottledError, TransientError
from shared.runtime.http_transport import LeanResponse
from shared.storage.access.table_account import TableAccount
from shared.storage.access.tables import AzureTableStore
from tests.support.virtual_time import run_virtually

CONNECTION = "AccountName=acc;AccountKey=a2V5;TableEndpoint=http://h:1/acc"
ETAG = {"ETag": 'W/"1"'}


def error(code: str, message: str = "") -> bytes:
    return json.dumps({"odata.error": {"code": code, "message": {"value": message}}}).encode()


def batch_answer(*parts: str) -> tuple[int, dict[str, str], bytes]:
    body = "".join(f"--c\r\nContent-Type: application/http\r\n\r\n{part}\r\n" for part in parts)
    text = f"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n{body}--c--\r\n--b--\r\n"
    return 202, {"Content-Type": "multipart/mixed; boundary=b"}, text.encode()


ENTITY = {"odata.etag": 'W/"1"', "PartitionKey": "p", "RowKey": "r", "x": 1}
WRITTEN = batch_answer('HTTP/1.1 204 No Content\r\nETag: W/"7"\r\n\r\n', "HTTP/1.1 204 No Content\r\n\r\n")


class ScriptedTransport(AsyncHttpTransport):
    """Answers requests from a script; an exception in it is raised, a number of seconds is waited first."""

    def __init__(self, *script: Any) -> None:
        self.script = list(script)
        self.requests: list[HttpRequest] = []

    async def send(self, request: HttpRequest, **_options: Any) -> LeanResponse:
        self.requests.append(request)
        step = self.script.pop(0)
        if isinstance(step, float):
            await asyncio.sleep(step)
            step = self.script.pop(0)
        if isinstance(step, Exception):
            raise step
        status, headers, body = step
        return LeanResponse(request, status, "", CIMultiDict(headers), body)

    async def open(self) -> None: ...
    async def close(self) -> None: ...
    async def __aexit__(self, *args: object) -> None: ...


def run(transport: ScriptedTransport, use: Callable[[AzureTableStore], Any]) -> Any:
    store = AzureTableStore(TableAccount.from_connection_string(CONNECTION, transport))

    async def scenario() -> Any:
        return await use(store)

    return run_virtually(scenario())


def insert(store: AzureTableStore) -> Any:
    return store.insert("T", "p", "r", {"x": 1})


def merge(store: AzureTableStore) -> Any:
    return store.merge("T", "p", Merge("r", {"x": 1}, 'W/"0"'))


def get(store: AzureTableStore) -> Any:
    return store.get("T", "p", "r")


def transact(store: AzureTableStore) -> Any:
    return store.transact("T", "p", [Insert("a", {}), Delete("b")])


def delete_alone(store: AzureTableStore) -> Any:
    return store.transact("T", "p", [Delete("b")])


@pytest.mark.parametrize(
    "hiccup",
    [
        (500, {}, b""),
        (502, {}, b""),
        (503, {}, b""),
        (504, {}, b""),
        (408, {}, b""),
        ServiceRequestError("refused"),
        ServiceResponseError("reset"),
    ],
)
def test_a_hiccup_is_tried_again_with_a_fresh_signature(hiccup):
    for use, answer in (
        (insert, (204, ETAG, b"")),
        (merge, (204, ETAG, b"")),
        (get, (200, {}, json.dumps(ENTITY).encode())),
        (transact, WRITTEN),
        (delete_alone, (204, {}, b"")),
    ):
        transport = ScriptedTransport(hiccup, hiccup, hiccup, answer)
        assert run(transport, use)
        signatures = [request.headers["Authorization"] for request in transport.requests]
        assert [signature.startswith("SharedKeyLite acc:") for signature in signatures] == [True] * 4


def test_an_outage_is_transient_after_four_attempts():
    for use in (insert, get, transact):
        transport = ScriptedTransport(*[(500, {}, b"")] * 9)
        with pytest.raises(TransientError):
            run(transport, use)
        assert len(transport.requests) == 4


def test_a_silent_service_is_given_up_after_thirty_seconds():
    loop_times = []

    async def use(store: AzureTableStore) -> None:
        try:
            await insert(store)
        finally:
            loop_times.append(asyncio.get_running_loop().time())

    silence: Iterable[Any] = [9.0, ServiceResponseError("timeout")] * 4
    with pytest.raises(TransientError, match="in time"):
        run(ScriptedTransport(*silence), use)
    assert loop_times == [pytest.approx(30)]


@pytest.mark.parametrize(
    ("status", "headers", "pause"),
    [
        (429, {"Retry-After": "7"}, 7.0),
        (503, {"Retry-After": "2.5"}, 2.5),
        (429, {}, 1.0),
        (429, {"Retry-After": "soon"}, 1.0),
    ],
)
def test_being_asked_to_wait_is_reported_at_once(status, headers, pause):
    for use in (insert, get, transact):
        with pytest.raises(ThrottledError) as caught:
            run(ScriptedTransport((status, headers, b"")), use)
        assert caught.value.retry_after == pause


@pytest.mark.parametrize(
    ("use", "status"),
    [
        (insert, 409),
        (merge, 412),
        (merge, 404),
    ],
)
def test_a_refused_condition_is_a_conflict(use, status):
    with pytest.raises(ConflictError):
        run(ScriptedTransport((status, {}, error("Refused"))), use)


@pytest.mark.parametrize(
    "use",
    [
        insert,
        get,
        transact,
        merge,
        lambda store: store.query("T", "p", above="", below="z", limit=1),
    ],
)
@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((404, {}, error("TableNotFound")), HttpResponseError),
        ((403, {}, b"<not-json/>"), HttpResponseError),
        ((400, {}, error("InvalidInput")), PermanentError),
        ((413, {}, error("RequestBodyTooLarge")), PermanentError),
    ],
)
def test_other_refusals_are_not_mistaken_for_conflicts(use, answer, expected):
    with pytest.raises(expected):
        run(ScriptedTransport(answer), use)


def test_an_absent_row_is_none_to_read_and_fine_to_delete():
    absent = (404, {}, error("ResourceNotFound"))
    assert run(ScriptedTransport(absent), get) is None
    assert run(ScriptedTransport(absent), lambda store: store.delete("T", "p", "r")) is None


def page(*row_keys: str) -> bytes:
    rows = [{"odata.etag": 'W/"1"', "PartitionKey": "p", "RowKey": key} for key in row_keys]
    return json.dumps({"value": rows}).encode()


def test_a_query_follows_continuation_tokens_up_to_its_limit():
    more = {"x-ms-continuation-NextPartitionKey": "1!p", "x-ms-continuation-NextRowKey": "1!a b"}
    transport = ScriptedTransport(
        (200, more, page("a")), (200, more, page()), (200, more, page("b", "c")), (200, {}, page("unwanted"))
    )
    rows = run(transport, lambda store: store.query("T", "p", above="", below="z", limit=3, select=["x"]))
    assert [row.row_key for row in rows] == ["a", "b", "c"]
    queries = [dict(parse_qsl(urlsplit(request.url).query)) for request in transport.requests]
    assert [query["$top"] for query in queries] == ["3"] * 3
    assert queries[1]["NextPartitionKey"] == "1!p"
    assert queries[1]["NextRowKey"] == "1!a b"
    assert queries[0]["$select"] == "PartitionKey,RowKey,x"


def refused(status: int, code: str, message: str) -> tuple[int, dict[str, str], bytes]:
    return batch_answer(f"HTTP/1.1 {status} X\r\n\r\n{error(code, message).decode()}")


def test_a_transaction_returns_the_new_etags():
    transport = ScriptedTransport(WRITTEN)
    assert run(transport, transact) == ['W/"7"', ""]
    assert len(transport.requests) == 1


def test_a_transaction_of_one_operation_is_a_request_of_its_own():
    transport = ScriptedTransport((204, ETAG, b""), (204, {}, b""))

    async def use(store: AzureTableStore) -> list[list[str]]:
        changes = Merge("a", {}, 'W/"0"'), Delete("b")
        return [await store.transact("T", "p", [change]) for change in changes]

    assert run(transport, use) == [['W/"1"'], [""]]
    assert [request.method for request in transport.requests] == ["PATCH", "DELETE"]
    assert [request.headers["If-Match"] for request in transport.requests] == ['W/"0"', "*"]


@pytest.mark.parametrize("status", [404, 409, 412])
def test_an_operation_that_is_refused_alone_is_named_as_the_first(status):
    with pytest.raises(RowOperationError) as caught:
        run(
            ScriptedTransport((status, {}, error("Refused"))),
            lambda store: store.transact("T", "p", [Delete("b", 'W/"0"')]),
        )
    assert (caught.value.index, caught.value.status) == (0, status)


def test_an_empty_transaction_is_no_call():
    assert run(ScriptedTransport(), lambda store: store.transact("T", "p", [])) == []


@pytest.mark.parametrize("status", [400, 404, 409, 412])
def test_a_refused_operation_is_named(status):
    with pytest.raises(RowOperationError) as caught:
        run(ScriptedTransport(refused(status, "Refused", "1:Refused.\nRequestId:1")), transact)
    assert (caught.value.index, caught.value.status) == (1, status)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (refused(503, "ServerBusy", "0:busy"), ThrottledError),
        (refused(500, "OperationTimedOut", "0:slow"), TransientError),
        (refused(400, "InvalidInput", "nothing named"), PermanentError),
        (refused(404, "TableNotFound", "0:no table"), HttpResponseError),
        (batch_answer("HTTP/1.1 204 No Content\r\n\r\n"), TransientError),
        ((202, {"Content-Type": "multipart/mixed; boundary=b"}, b"nonsense"), TransientError),
    ],
)
def test_a_transaction_that_failed_as_a_whole(answer, expected):
    with pytest.raises(expected):
        run(ScriptedTransport(answer), transact)


@pytest.mark.parametrize(
    ("connection_string", "url"),
    [
        ("UseDevelopmentStorage=true", "http://127.0.0.1:10002/devstoreaccount1"),
        (CONNECTION, "http://h:1/acc"),
        (
            "DefaultEndpointsProtocol=https;AccountName=acc;AccountKey=a2V5==;EndpointSuffix=core.windows.net",
            "https://acc.table.core.windows.net",
        ),
    ],
)
def test_the_address_of_an_account(connection_string, url):
    assert TableAccount.from_connection_string(connection_string, ScriptedTransport()).url == url


@pytest.mark.parametrize("secret", ["", "SharedAccessSignature=sv=2019&sig=x"])
def test_a_connection_string_without_a_key_is_refused(secret):
    with pytest.raises(ValueError, match=r"missing required|AccountKey"):
        TableAccount.from_connection_string(f"TableEndpoint=http://h;{secret}", ScriptedTransport())


async def test_an_identity_authenticates_with_a_bearer_token():
    class Credential:
        async def get_token(self, *scopes: str, **_options: Any) -> AccessToken:
            assert scopes == ("https://storage.azure.com/.default",)
            return AccessToken("the-token", 4_000_000_000)

        async def close(self) -> None: ...
        async def __aenter__(self): ...
        async def __aexit__(self, *args: object) -> None: ...

    transport = ScriptedTransport((204, ETAG, b""), WRITTEN)
    account = TableAccount.with_identity("https://acc.table.core.windows.net/", Credential(), transport)
    store = AzureTableStore(account)
    await insert(store)
    await transact(store)
    assert [request.headers["Authorization"] for request in transport.requests] == ["Bearer the-token"] * 2
    assert [request.url for request in transport.requests] == [
        "https://acc.table.core.windows.net/T",
        "https://acc.table.core.windows.net/$batch",
    ]


def test_an_answer_that_cannot_be_read_is_transient():
    for body in (b"{", b"<html>"):
        with pytest.raises(TransientError):
            run(ScriptedTransport((200, {"Content-Type": "application/json"}, body)), get)


def test_messages_of_the_service_are_not_passed_on():
    answer = (400, {}, error("InvalidInput", "key 01017012345 is bad"))
    with pytest.raises(PermanentError) as caught:
        run(ScriptedTransport(answer), insert)
    told = "".join(traceback.format_exception(caught.value))
    assert "InvalidInput" in told
    assert "01017012345" not in told
