"""A person who logged in, as the claims of the verified token name them."""

from collections.abc import Mapping

from shared.auth.tokens import PID, USER, BearerVerifier
from shared.auth.verification import Claims
from shared.ports.people import EndUser
from shared.runtime.errors import ForbiddenError


class EndUserLogin:
    """Reads the person from the bearer token of a request."""

    def __init__(self, bearer: BearerVerifier) -> None:
        self._bearer = bearer

    async def authenticate(self, headers: Mapping[str, str]) -> EndUser:
        """Return who logged in; looking up `headers` must ignore case.

        UnauthenticatedError when no token holds, ForbiddenError when the token is not a person's.
        """
        claims = await self._bearer.verify_request(headers)
        pid, user_id = _text(claims, PID), _text(claims, USER)
        if pid is None and user_id is None:
            raise ForbiddenError("The token is not one of a person who logged in.")
        return EndUser(pid, user_id)


def _text(claims: Claims, name: str) -> str | None:
    value = claims.get(name)
    is_plain = isinstance(value, str | int) and not isinstance(value, bool)
    return str(value) if is_plain and str(value).strip() else None
