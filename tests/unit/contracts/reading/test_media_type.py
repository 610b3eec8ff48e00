import pytest

from shared.contracts.reading.media_type import is_json, json_encoding


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "APPLICATION/JSON",
        " application/json",
        "application / json",
        "application/problem+json",
        "application/vnd.api+json",
        "Application/Vnd.Some.Thing-v1+JSON",
        "application/x+y+json",
        "application/json; charset=utf-8",
        "application/json;version=1;charset=UTF-8",
        "application/json;",
        "application/json; charset",
        "application/json, text/plain",
        "application/json,application/json",
        "application/problem+json; charset=iso-8859-1",
    ],
)
def test_json(content_type):
    assert is_json(content_type)


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        " ",
        "json",
        "application",
        "application/",
        "*/*",
        "text/json",
        "text/problem+json",
        "image/svg+json",
        "text/plain",
        "text/plain, application/json",
        "application/jsonp",
        "application/json+",
        "application/json+xml",
        "application/xml",
        "multipart/json",
    ],
)
def test_other_types(content_type):
    assert not is_json(content_type)


@pytest.mark.parametrize(
    ("parameters", "encoding"),
    [
        ("", "utf-8"),
        (";", "utf-8"),
        ("; charset", "utf-8"),
        ("; charset=utf-8", "utf-8"),
        (";CHARSET=UTF-8", "utf-8"),
        ('; charset="utf-8"', "utf-8"),
        ("; charset = utf-8 ; version=1", "utf-8"),
        ("; charset=unicode-1-1-utf-8", "utf-8"),
        ("; charset=utf-8, application/json", "utf-8"),
        ("; charset=utf-8; charset=utf-16", "utf-8"),
        ('; title="a;charset=utf-16"', "utf-8"),
        ("; charset=utf-16", "utf-16"),
        ('; version=1; charset="UTF-16"', "utf-16"),
        ("; charset=utf-16le", "utf-16"),
        ("; charset=ucs-2", "utf-16"),
        ("; charset=iso-8859-1", None),
        ("; charset=us-ascii", None),
        ("; charset=windows-1252", None),
        ("; charset=utf8", None),
        ("; charset=utf-7", None),
        ("; charset=utf-32", None),
        ("; charset=utf-16be", None),
        ("; charset='utf-8'", None),
        ("; charset=bogus", None),
        ("; charset=", None),
        ('; charset=""', None),
    ],
)
def test_encodings(parameters, encoding):
    assert json_encoding(f"application/json{parameters}") == encoding
