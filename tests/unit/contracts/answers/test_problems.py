import json
import re

import pytest

from shared.contracts.answers.problems import (
    JSON_CONTENT_TYPE,
    ProblemCode,
    bare_problem,
    coded_problem,
    empty_answer,
    forbidden,
    trace_id,
    unauthenticated,
    validation_problem,
)
from shared.runtime.errors import ForbiddenError, RequestInvalidError, UnauthenticatedError

TRACE = "7d1f0c9b2a6e4f3d8c5b1a0f9e8d7c6b"
TRACEPARENT = f"00-{TRACE}-1a2b3c4d5e6f7081-01"
ID = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


def link_to(section):
    return f'</notifications/api/v1/docs/errors#{section}>; rel="help"'


def body_of(answer):
    body = json.loads(answer.body)
    name = str(body.get("code", answer.status)).lower()
    assert answer.headers == {"Content-Type": JSON_CONTENT_TYPE, "Link": link_to(name)}
    assert ID.fullmatch(body.pop("traceId"))
    return body


def test_a_validation_problem_holds_every_key():
    errors = {"Recipients[1]": ["én", "to"], "": ["tom"]}
    answer = validation_problem(RequestInvalidError(errors))
    assert answer.status == 400
    assert "én".encode() in answer.body
    assert body_of(answer) == {
        "type": "https://tools.ietf.org/html/rfc9110#section-15.5.1",
        "title": "One or more validation errors occurred.",
        "status": 400,
        "errors": errors,
    }


@pytest.mark.parametrize(
    ("problem", "status", "code", "description"),
    [
        (ProblemCode.MISSING_CONTACT, 422, "NOT-00001", "Unprocessable Entity"),
        (ProblemCode.CLIENT_GONE, 499, "NOT-00002", None),
        (ProblemCode.SHIPMENT_NOT_FOUND, 404, "NOT-00003", "Not Found"),
        (ProblemCode.TEMPORARY_FAILURE, 503, "NOT-00004", "Service Unavailable"),
    ],
)
def test_a_problem_of_the_platform_names_its_code_twice(problem, status, code, description):
    answer = coded_problem(problem)
    assert answer.status == status
    body = body_of(answer)
    assert body.pop("statusDescription", None) == description
    assert body == {
        "type": f"urn:altinn:error:{code}",
        "title": problem.title,
        "status": status,
        "code": code,
        "errorCode": code,
    }


@pytest.mark.parametrize(
    ("status", "section", "title"),
    [
        (404, "15.5.5", "Not Found"),
        (409, "15.5.10", "Conflict"),
        (415, "15.5.16", "Unsupported Media Type"),
    ],
)
def test_a_bare_problem_says_what_the_status_says(status, section, title):
    assert body_of(bare_problem(status)) == {
        "type": f"https://tools.ietf.org/html/rfc9110#section-{section}",
        "title": title,
        "status": status,
    }


def test_an_empty_answer_is_empty():
    answer = empty_answer(401)
    assert (answer.status, answer.body, answer.headers) == (401, None, {"Link": link_to("401")})


def challenge(answer, status):
    assert (answer.status, answer.body, answer.headers["Link"]) == (status, None, link_to(status))
    return answer.headers["WWW-Authenticate"]


def test_challenge_without_a_token_names_the_scope_and_no_error():
    """RFC 6750, section 3.1."""
    error = UnauthenticatedError("There is no bearer token.", presented=False)
    error.scope = "altinn:x"
    assert challenge(unauthenticated(error), 401) == 'Bearer realm="notifications", scope="altinn:x"'


def test_challenge_to_a_token_that_does_not_hold_says_why():
    error = UnauthenticatedError("The token has expired.")
    assert challenge(unauthenticated(error), 401) == (
        'Bearer realm="notifications", error="invalid_token", error_description="The token has expired."'
    )


def test_challenge_to_a_token_that_does_not_suffice_names_what_is_missing():
    assert challenge(forbidden(ForbiddenError("Not enough.", "altinn:x")), 403) == (
        'Bearer realm="notifications", error="insufficient_scope", error_description="Not enough.",'
        ' scope="altinn:x"'
    )


def test_other_schemes_have_no_such_parts():
    error = UnauthenticatedError("User or password is wrong.", "Basic")
    assert challenge(unauthenticated(error), 401) == 'Basic realm="notifications"'


def test_the_trace_of_the_caller_goes_on_in_a_span_of_our_own():
    continued = trace_id(TRACEPARENT)
    assert continued.startswith(f"00-{TRACE}-")
    assert continued.endswith("-01")
    assert continued != TRACEPARENT


@pytest.mark.parametrize(
    "traceparent",
    [
        None,
        "",
        "x",
        TRACEPARENT.upper(),
        f"ff-{TRACE}-1a2b3c4d5e6f7081-01",
        f"00-{'0' * 32}-1a2b3c4d5e6f7081-01",
    ],
)
def test_an_unusable_trace_is_replaced(traceparent):
    made = trace_id(traceparent)
    assert ID.fullmatch(made)
    assert TRACE not in made
    assert made != trace_id(traceparent)
