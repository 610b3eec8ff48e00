"""Whether a person may see a dialog. The service that decides is not connected yet: all are refused."""

from uuid import UUID

from shared.ports.people import EndUser

_FORBIDDEN_PREFIX = "00000000"


class NoDialogAccess:
    """`DialogAccess` that refuses every person."""

    async def may_read(self, user: EndUser, dialog_id: UUID) -> bool:
        """Return False."""
        return False


class SimulatedDialogAccess:
    """`DialogAccess` for a local cloud: refuses dialogs whose id begins with eight zeros only."""

    async def may_read(self, user: EndUser, dialog_id: UUID) -> bool:
        """Return whether the id begins otherwise."""
        return not str(dialog_id).startswith(_FORBIDDEN_PREFIX)
