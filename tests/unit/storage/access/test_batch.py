"""The multipart dialect of entity group transactions."""

import re

import pytest

from shared.ports.tables import Delete, Insert, Merge
from shared.storage.access.batch import MalformedAnswerError, PartAnswer, decode_batch, encode_batch
from shared.storage.access.odata import row_request

ACCOUNT = "https://a.table.core.windows.net"


def encoded(*operations) -> tuple[str, str]:
    content_type, body = encode_batch(ACCOUNT, [row_request("T", "p", operation) for operation in operations])
    return content_type, body.decode()


def test_a_batch_is_one_changeset_of_requests():
    content_type, body = encoded(Insert("a", {"x": "æ"}), Merge("b", {}, 'W/"1"'), Delete("c'"))
    batch = re.fullmatch(r"multipart/mixed; boundary=(batch_\w+)", content_type)[1]
    changeset = re.search(r"boundary=(changeset_\w+)\r\n", body)[1]
    head, *parts, end = body.split(f"--{changeset}")
    assert head == f"--{batch}\r\nContent-Type: multipart/mixed; boundary={changeset}\r\n\r\n"
    assert end == f"--\r\n--{batch}--\r\n"
    wrapper = "\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    common = "Accept: application/json;odata=minimalmetadata\r\nDataServiceVersion: 3.0\r\n"
    with_body = "Content-Type: application/json\r\nPrefer: return-no-content\r\n"
    insert, merge, delete = parts
    assert insert == (
        f"{wrapper}POST {ACCOUNT}/T HTTP/1.1\r\n{common}{with_body}Content-Length: 42\r\n\r\n"
        '{"PartitionKey":"p","RowKey":"a","x":"æ"}\r\n'
    )
    assert merge == (
        f"{wrapper}PATCH {ACCOUNT}/T(PartitionKey='p',RowKey='b') HTTP/1.1\r\n{common}"
        f'If-Match: W/"1"\r\n{with_body}Content-Length: 33\r\n\r\n'
        '{"PartitionKey":"p","RowKey":"b"}\r\n'
    )
    address = f"{ACCOUNT}/T(PartitionKey='p',RowKey='c''')"
    assert delete == f"{wrapper}DELETE {address} HTTP/1.1\r\n{common}If-Match: *\r\n\r\n"


def test_boundaries_differ_from_batch_to_batch():
    assert encoded(Delete("a"))[0] != encoded(Delete("a"))[0]


def answer(*parts: str) -> tuple[str, bytes]:
    body = "".join(f"--changesetresponse_1\r\n{part}\r\n" for part in parts)
    return "multipart/mixed; boundary=batchresponse_1", (
        "--batchresponse_1\r\nContent-Type: multipart/mixed; boundary=changesetresponse_1\r\n\r\n"
        f"{body}--changesetresponse_1--\r\n--batchresponse_1--\r\n"
    ).encode()


HTTP = "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"


def test_answers_are_read_in_order_with_their_etags():
    written = f'{HTTP}HTTP/1.1 204 No Content\r\nDataServiceVersion: 3.0;\r\nETag: W/"a:b"\r\n\r\n'
    deleted = f"{HTTP}HTTP/1.1 204 No Content\r\nCache-Control: no-cache\r\n\r\n"
    assert decode_batch(*answer(written, deleted)) == [
        PartAnswer(204, 'W/"a:b"', b""),
        PartAnswer(204, "", b""),
    ]


def test_the_answer_of_a_refused_request_comes_with_its_body():
    refused = (
        f'{HTTP}HTTP/1.1 409 Conflict\r\nContent-Type: application/json\r\n\r\n{{"odata.error":{{}}}}\r\n'
    )
    assert decode_batch(*answer(refused)) == [PartAnswer(409, "", b'{"odata.error":{}}')]


def test_an_answer_without_a_changeset_is_read_too():
    body = f"--b\r\n{HTTP}HTTP/1.1 400 Bad Request\r\n\r\nno\r\n--b--\r\n".encode()
    assert decode_batch('multipart/mixed; boundary="b"', body) == [PartAnswer(400, "", b"no")]


@pytest.mark.parametrize(
    "body", [b"", b"--b--", b"--b\r\n\r\nno status\r\n--b--", b"--b\r\n\r\nHTTP/1.1 ok\r\n--b--"]
)
def test_an_unreadable_answer_is_named_so(body):
    with pytest.raises(MalformedAnswerError):
        decode_batch("multipart/mixed; boundary=b", body)
