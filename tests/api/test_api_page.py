"""The API page of the local cloud: signed in, without errors in the console, and compressed."""

import gzip
import html
import re

import pytest
import requests

from shared.contracts.api_description.document import document
from tests.support.api.endpoints import CREATES, DASHBOARDS
from tests.support.scenarios.owner import API, CALL_SECONDS, personal

FILES = ("/openapi.json", "/docs/swagger-ui-bundle.js", "/docs/show-document.js", "/docs/swagger-ui.css")


def get(cloud, path, accepted):
    headers = {"Accept-Encoding": accepted}
    answer = requests.get(f"{cloud.api}{API}{path}", headers=headers, stream=True, timeout=CALL_SECONDS)
    return answer, answer.raw.read(decode_content=False)


def test_the_page_is_signed_in_and_its_token_suffices_for_everything(cloud, owner):
    page = requests.get(f"{cloud.api}{API}/docs", timeout=CALL_SECONDS)
    assert page.headers["Cache-Control"] == "no-store"
    token = personal(html.unescape(re.search(r'data-token="([^"]+)"', page.text)[1]))
    for endpoint in (*CREATES, *DASHBOARDS):
        assert endpoint.ask(owner, token=token).status_code == endpoint.success, endpoint.name
    log = requests.get(
        f"{cloud.api}{API}/future/enduser/log",
        params={"dialogId": "0196a1d2-7b4e-7c11-9d5e-3f0a4a9b7c55"},
        headers={"Authorization": f"Bearer {token}"},
        timeout=CALL_SECONDS,
    )
    assert log.status_code == 200


def test_nothing_that_a_browser_asks_for_by_itself_is_missing(cloud):
    page = requests.get(f"{cloud.api}{API}/docs", timeout=CALL_SECONDS)
    assert '<link rel="icon" href="data:,">' in page.text  # else it asks for /favicon.ico


@pytest.mark.parametrize("path", FILES)
def test_what_is_large_is_compressed_for_those_who_read_that(cloud, path):
    for accepted in ("gzip", "br, GZIP;q=0.5", "deflate, gzip"):
        answer, packed = get(cloud, path, accepted)
        assert answer.headers["Content-Encoding"] == "gzip"
        assert answer.headers["Vary"] == "Accept-Encoding"
        # the real host sends it in chunks, without a length
        assert answer.headers.get("Content-Length", str(len(packed))) == str(len(packed))
    for accepted in ("identity", "gzip;q=0", "gzip; q=0.0", "br", ""):
        answer, plain = get(cloud, path, accepted)
        assert "Content-Encoding" not in answer.headers
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert gzip.decompress(packed) == plain


def test_the_document_is_a_tenth_of_its_size(cloud):
    _, packed = get(cloud, "/openapi.json", "gzip")
    assert len(packed) < len(document()) / 10
