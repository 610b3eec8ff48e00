"""Both linters run, and every finding of each is told."""

import json

import pytest

from checks.openapi.linters import LINTERS, findings
from devstack.errors import DevstackError


@pytest.fixture(scope="module", autouse=True)
def linters():
    try:
        LINTERS.install()
    except DevstackError as problem:
        pytest.skip(str(problem))


@pytest.fixture
def document():
    """A document without findings."""
    operation = {
        "operationId": "look",
        "summary": "Look",
        "description": "Looks.",
        "tags": ["Looking"],
        "security": [],
        "responses": {"200": {"description": "Seen."}, "400": {"description": "Not seen."}},
    }
    info = {"title": "T", "version": "1", "description": "D.", "contact": {"name": "N"}}
    return {
        "openapi": "3.1.0",
        "info": {**info, "license": {"name": "MIT", "identifier": "MIT"}},
        "servers": [{"url": "/"}],
        "tags": [{"name": "Looking", "description": "Looking."}],
        "paths": {"/look": {"get": operation}},
    }


def lint(document, tmp_path):
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(document))
    return findings(file)


def test_nothing_is_found_in_a_sound_document(document, tmp_path):
    assert lint(document, tmp_path) == []


def test_warnings_of_both_are_findings(document, tmp_path):
    del document["info"]["license"], document["info"]["contact"]
    found = lint(document, tmp_path)
    assert [line.partition(": Info")[0] for line in found] == [
        "Redocly: info-license",
        "Spectral: info-contact",
    ]


def test_examples_are_compared_with_their_schemas(document, tmp_path):
    wrong = {"schema": {"type": "integer"}, "example": "one"}
    document["paths"]["/look"]["get"]["responses"]["200"]["content"] = {"application/json": wrong}
    rules = {line.partition(": ")[2].partition(":")[0] for line in lint(document, tmp_path)}
    assert rules == {"no-invalid-media-type-examples", "oas3-valid-media-example"}


def test_what_is_no_document_is_told(tmp_path):
    file = tmp_path / "openapi.json"
    file.write_text("nothing")
    with pytest.raises(DevstackError, match="did not run"):
        findings(file)
