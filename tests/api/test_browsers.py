"""What a browser lets pages do: no write from another site, no stored answer, no foreign script or frame."""

import re

import pytest
import requests

from tests.support.api.answers import assert_empty
from tests.support.api.endpoints import ENDPOINTS, SUPPORT, Endpoint, names
from tests.support.scenarios.owner import API, CALL_SECONDS, personal, post_reports, report_document

METRICS = (
    Endpoint("GET", "/metrics", SUPPORT, needs_organization=False),
    Endpoint("POST", "/metrics", SUPPORT, query="month=5&year=2031", needs_organization=False),
)
WRITES = [endpoint for endpoint in (*ENDPOINTS, *METRICS) if endpoint.method != "GET"]
OTHER_SITES = [
    {},
    {"Origin": "https://evil.example", "Content-Type": "text/plain"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site", "Content-Type": "text/plain"},
    {"Sec-Fetch-Site": "same-site"},
]


def by_cookie(owner, endpoint, headers):
    token = personal(owner.cloud.token(org=owner.org, scope=endpoint.scope))
    cookie = {"Cookie": f"AltinnStudioRuntime={token}"}
    return endpoint.ask(owner, token="", headers=cookie | headers)


@pytest.mark.parametrize("endpoint", WRITES, ids=names(WRITES))
def test_a_page_of_another_site_cannot_write_with_the_cookie(owner, endpoint):
    for headers in OTHER_SITES:
        assert_empty(by_cookie(owner, endpoint, headers), 403)
    for headers in ({"Origin": owner.cloud.api}, {"Sec-Fetch-Site": "same-origin"}):
        assert by_cookie(owner, endpoint, headers).status_code not in (401, 403)


@pytest.mark.parametrize("endpoint", [*ENDPOINTS, *METRICS], ids=names((*ENDPOINTS, *METRICS)))
def test_no_answer_is_stored_or_taken_for_another_type(owner, endpoint):
    token = None if endpoint.scope != SUPPORT else personal(owner.cloud.token(scope=SUPPORT))
    for credential in (token, "", "x.y.z"):
        answer = endpoint.ask(owner, token=credential)
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_webhook_and_the_files_are_not_stored_either(cloud):
    key = personal(cloud.fixtures()["metrics_api_key"])
    report = post_reports(cloud, report_document(("1", "4790000001", "DELIVRD")))
    url = f"{cloud.api}{API}/metrics/sms"
    file = requests.post(url, headers={"X-API-Key": key}, timeout=CALL_SECONDS)
    for answer in (report, file):
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_pages_may_not_be_framed_and_run_no_script_within_themselves(cloud):
    key = personal(cloud.fixtures()["metrics_api_key"])
    for path in ("/metrics", "/docs"):
        page = requests.get(f"{cloud.api}{API}{path}", headers={"X-API-Key": key}, timeout=CALL_SECONDS)
        policy = dict(
            part.strip().split(" ", 1) for part in page.headers["Content-Security-Policy"].split(";")
        )
        assert policy["frame-ancestors"] == "'none'"
        assert policy["default-src"] == "'none'"
        assert "unsafe" not in policy.get("script-src", "")
        assert re.findall(r"<script(?![^>]*\bsrc=)|\son\w+=|javascript:", page.text) == []


def test_every_script_of_the_page_is_served(cloud):
    page = requests.get(f"{cloud.api}{API}/docs", timeout=CALL_SECONDS)
    scripts = re.findall(r'<script src="([^"]+)"', page.text)
    assert len(scripts) == 2
    for script in scripts:
        answer = requests.get(f"{cloud.api}{API}/{script}", timeout=CALL_SECONDS)
        assert answer.headers["Content-Type"].startswith("text/javascript")
        assert "SwaggerUIBundle" in answer.text
