"""Every error that an answer can have is explained, in both forms of the page."""

import json
import re

import pytest

from shared.contracts.answers.error_help import errors_page, explained_errors
from shared.contracts.answers.problems import (
    ProblemCode,
    api_key_refused,
    bare_problem,
    coded_problem,
    empty_answer,
    forbidden,
    too_many_requests,
    unauthenticated,
    unavailable,
    validation_problem,
)
from shared.contracts.api_description.document import document
from shared.runtime.errors import (
    ForbiddenError,
    RequestInvalidError,
    TransientError,
    UnauthenticatedError,
)

PAGE = errors_page().decode()
ANSWERS = [
    *(coded_problem(code) for code in ProblemCode),
    *(bare_problem(status) for status in (404, 409, 411, 413, 415)),
    *(empty_answer(status) for status in (404, 405, 500)),
    validation_problem(RequestInvalidError({"a": ["b"]})),
    unauthenticated(UnauthenticatedError("No.")),
    unauthenticated(UnauthenticatedError("No.", "Basic")),
    forbidden(ForbiddenError("No.")),
    api_key_refused("No."),
    too_many_requests(1.0),
    unavailable(TransientError("down")),
]


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: str(answer.status))
def test_link_of_an_error_leads_to_its_section(answer):
    section = re.fullmatch(r'</notifications/api/v1/docs/errors#(.*)>; rel="help"', answer.headers["Link"])[1]
    assert PAGE.count(f'<section id="{section}">') == 1
    if answer.body and b'"code"' in answer.body:
        assert section == json.loads(answer.body)["code"].lower()
    else:
        assert section == str(answer.status)


def test_every_described_status_is_explained():
    described = {
        status
        for path in json.loads(document())["paths"].values()
        for operation in path.values()
        for status in operation["responses"]
        if status >= "400"
    }
    explained = {error["name"] for error in explained_errors()}
    of_codes = {str(code.status) for code in ProblemCode}
    assert described <= explained | of_codes


def test_page_has_a_section_for_each_error():
    names = [error["name"].lower() for error in explained_errors()]
    assert len(names) == len(set(names))
    assert re.findall(r'<section id="([^"]+)">', PAGE) == names


def test_titles_are_those_of_the_answers():
    titles = {error["name"]: error["title"] for error in explained_errors()}
    for code in ProblemCode:
        assert titles[code.code] == f"{code.title} ({code.status})"


def test_page_marks_code_and_escapes_texts():
    assert "<code>Retry-After</code>" in PAGE
    assert "`" not in PAGE
