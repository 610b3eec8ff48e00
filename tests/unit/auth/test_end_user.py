from uuid import uuid4

import pytest

from shared.auth.end_user import EndUserLogin
from shared.lookups.platform.dialog_access import NoDialogAccess
from shared.ports.people import EndUser
from shared.runtime.errors import ForbiddenError, UnauthenticatedError


class Bearer:
    """A verifier that finds these claims, or none."""

    def __init__(self, claims):
        self._claims = claims

    async def verify_request(self, headers):
        if self._claims is None:
            raise UnauthenticatedError("no bearer token")
        return self._claims


async def test_person_is_read_from_the_token():
    claims = {"pid": "14818710098", "urn:altinn:userid": 20001, "scope": "openid"}
    assert await EndUserLogin(Bearer(claims)).authenticate({}) == EndUser("14818710098", "20001")
    assert await EndUserLogin(Bearer({"pid": "14818710098"})).authenticate({}) == EndUser("14818710098", None)


@pytest.mark.parametrize(
    ("claims", "error"),
    [
        (None, UnauthenticatedError),
        ({}, ForbiddenError),
        ({"urn:altinn:org": "ttd"}, ForbiddenError),
        ({"pid": " "}, ForbiddenError),
        ({"pid": ["14818710098"]}, ForbiddenError),
    ],
)
async def test_others_are_refused(claims, error):
    with pytest.raises(error):
        await EndUserLogin(Bearer(claims)).authenticate({})


async def test_nobody_may_see_a_dialog_where_no_decision_can_be_asked_for():
    assert not await NoDialogAccess().may_read(EndUser("14818710098", None), uuid4())
