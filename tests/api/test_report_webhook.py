"""The webhook that the gateway reports SMS to: credentials, content types, broken and hostile documents."""

import pytest

from tests.support.api.answers import assert_bare, assert_empty
from tests.support.scenarios.owner import (
    post_reports,
    report_document,
)


def test_webhook_asks_for_the_gateways_credentials(cloud):
    document = report_document(("1", "4790000001", "DELIVRD"))
    for auth in (None, ("wrong", "wrong")):
        answer = post_reports(cloud, document, auth=auth)
        assert_empty(answer, 401)
        assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")


@pytest.mark.parametrize("content_type", ["application/xml", "text/plain", None])
@pytest.mark.parametrize("state", ["DELIVRD", "EXPIRED", "UNDELIV", "BARREDA", "ZEROBAL", "NULL", "surprise"])
def test_webhook_acknowledges(cloud, content_type, state):
    """Quirk W1: a report alone is acknowledged as number 1."""
    headers = {} if content_type is None else {"Content-Type": content_type}
    answer = post_reports(cloud, report_document(("unknown-1", "4790000001", state)), headers=headers)
    assert answer.status_code == 200
    assert "<ID>1</ID><STATUS>OK</STATUS>" in answer.text


def test_webhook_acknowledges_every_report(cloud):
    """Quirk W2: none of several reports is lost."""
    document = report_document(("unknown-2", "4790000001", "DELIVRD"), ("unknown-3", "4790000002", "FAILED"))
    answer = post_reports(cloud, document)
    assert answer.status_code == 200
    assert answer.text.count("<STATUS>OK</STATUS>") == 2


def test_webhook_refuses_other_types(cloud):
    answer = post_reports(cloud, "{}", headers={"Content-Type": "application/json"})
    assert_bare(answer, 415, "Unsupported Media Type", "15.5.16")


@pytest.mark.parametrize(
    "document",
    [
        "",
        "nonsense",
        "<MSGLST>",
        "<MSGLST/>",
        "<MSGLST><MSG><ID>1</ID></MSG></MSGLST>",
        "<OTHER><MSG/></OTHER>",
    ],
)
def test_i05_webhook_says_why_it_cannot_read(cloud, document):
    answer = post_reports(cloud, document)
    assert answer.status_code == 400
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.text.strip()


def test_webhook_loads_no_entities(cloud):
    """A document type is tolerated; what it declares is not used."""
    tolerated = report_document(("unknown-4", "4790000001", "DELIVRD")).replace(
        "<MSGLST>", '<!DOCTYPE MSGLST SYSTEM "pswincom_report_request.dtd"><MSGLST>'
    )
    assert post_reports(cloud, tolerated).status_code == 200
    hostile = (
        '<?xml version="1.0"?><!DOCTYPE MSGLST [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
        "<MSGLST><MSG><ID>1</ID><REF>&x;</REF><RCV>1</RCV><STATE>DELIVRD</STATE></MSG></MSGLST>"
    )
    assert post_reports(cloud, hostile).status_code == 400
