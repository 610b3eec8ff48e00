"""What a queue or timer trigger tells the Functions host when it fails.

The host logs the text and the traceback of every exception that reaches it, past our own masking. So it gets
an error of ours: masked, and without the exception that it stands for. A foreign one is logged here first.
"""

import logging
from collections.abc import Awaitable

from shared.app.running_app import tell
from shared.runtime.errors import NotificationsError
from shared.runtime.logs import redact
from shared.runtime.telemetry.operations import new_operation, working_on

_log = logging.getLogger(__name__)


class InvocationFailedError(NotificationsError):
    """An invocation failed; the host gives its messages back, or notes the failure of a timer."""


async def masked_failures(function: str, work: Awaitable[None]) -> None:
    """Do the work; raise InvocationFailedError for whatever fails, without any other exception attached."""
    with working_on(new_operation()):
        try:
            await _masked(function, work)
        finally:
            tell()


async def _masked(function: str, work: Awaitable[None]) -> None:
    try:
        await work
        return
    except NotificationsError as error:
        failure = f"{type(error).__name__}: {error}"
    except Exception as error:  # noqa: BLE001  the text of a foreign error may hold anything
        _log.error("%s failed", function, exc_info=error)
        failure = type(error).__name__
    # raised out here, since Python attaches the exception that is being handled
    raise InvocationFailedError(redact(f"{function} failed: {failure}"))
