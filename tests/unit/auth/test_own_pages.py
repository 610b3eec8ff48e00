"""A write by login cookie comes from a page of the API itself; nothing else is asked for that."""

import pytest

from shared.auth.own_pages import refuse_other_sites
from shared.runtime.errors import ForbiddenError

PUBLIC, INTERNAL = "https://platform.example.no", "http://10.0.0.4:8080/notifications/api/v1/metrics"
COOKIE = {"Cookie": "a=b; AltinnStudioRuntime=x.y.z"}


def refused(method="POST", **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        refuse_other_sites(method, INTERNAL, named, cookie_name="AltinnStudioRuntime", base_uri=PUBLIC)
    except ForbiddenError:
        return True
    return False


OTHERS = [
    {},
    {"Sec_Fetch_Site": "cross-site"},
    {"Sec_Fetch_Site": "same-site"},  # another page of the platform
    {"Sec_Fetch_Site": "none"},
    {"Sec_Fetch_Site": ""},
    {"Sec_Fetch_Site": "cross-site", "Origin": PUBLIC},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "https://evil.example"},
    {"Origin": "http://platform.example.no"},
    {"Origin": "https://platform.example.no:8443"},
    {"Origin": "https://platform.example.no.evil.example"},
    {"Origin": "https://evil.example/platform.example.no"},
    {"Origin": "https://[broken"},
    {"Origin": "https://platform.example.no:port"},
    {"Origin": "//platform.example.no"},
]
OWN = [
    {"Sec_Fetch_Site": "same-origin"},
    {"Sec_Fetch_Site": "same-origin", "Origin": "null"},  # what a page without referrers sends
    {"Origin": PUBLIC},
    {"Origin": "https://PLATFORM.example.no:443"},
    {"Origin": "http://10.0.0.4:8080"},
]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "post"])
@pytest.mark.parametrize("headers", OTHERS)
def test_writes_of_other_sites_are_refused(method, headers):
    assert refused(method, **COOKIE, **headers)
    # a browser adds credentials of this kind by itself, too
    assert refused(method, **COOKIE, **headers, Authorization="Basic YTpi")


@pytest.mark.parametrize("headers", OWN)
def test_writes_of_own_pages_are_not(headers):
    assert not refused(**COOKIE, **headers)


@pytest.mark.parametrize("headers", OTHERS)
def test_reads_bearer_tokens_and_requests_without_the_cookie_are_not(headers):
    assert not refused("GET", **COOKIE, **headers)
    assert not refused(**COOKIE, **headers, Authorization="Bearer x.y.z")
    assert not refused(**headers)
    assert not refused(**headers, Cookie="ARRAffinity=1; other=AltinnStudioRuntime")
