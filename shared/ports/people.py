"""People who call the service themselves."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class EndUser:
    """A person who logged in: national identity number, user id of the platform, or both."""

    national_identity_number: str | None
    user_id: str | None


class DialogAccess(Protocol):
    """Decides whether a person may see what concerns a dialog."""

    async def may_read(self, user: EndUser, dialog_id: UUID) -> bool:
        """Return whether the person may; TransientError when that cannot be decided now."""
