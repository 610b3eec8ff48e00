"""Fetches the files of e-mails from their senders' Blob Storage, at send time, through shared access links.

The sizes are asked for first, so that what is too large is never fetched and the memory for the rest is
accounted for before it is used. A link is a secret: it appears in no log and no error.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic

from shared.domain.orders.order import Attachment
from shared.domain.texts.written_url import host_of
from shared.lookups.bounded_answer import AnswerTooLargeError
from shared.lookups.byte_budget import ByteBudget
from shared.lookups.http_client import HttpAnswer, HttpClient, HttpRequest, NoAnswerError
from shared.lookups.http_session import DestinationRefusedError
from shared.ports.email import AttachmentProblem, EmailAttachment, FetchedFiles, FilesPutOff
from shared.runtime.fair_shares import FairShares

TOTAL_SECONDS = 30.0  # for all files of one e-mail, sizes included
MEMORY_BYTES = 160 * 1024 * 1024
EMAILS_AT_ONCE = 16  # whose files are fetched: half of those that are sent, so that others go on
FILES_AT_ONCE = 5  # of one e-mail
_COPIES = 4  # a file, its base64 and the request that holds it, all in memory while it is sent
_PATIENCE_SECONDS = 2.0  # then the work goes back to the queue, behind other work
_NO_HEAD = frozenset({405, 501})
_PASSING = frozenset({408, 429})
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Sized:
    """A file to fetch; `size` is in bytes, None when its storage does not give it."""

    attachment: Attachment
    size: int | None


class _NotFetchedError(Exception):
    def __init__(self, problem: AttachmentProblem) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass(slots=True, eq=False)
class HttpAttachments:
    """`AttachmentSource` over HTTP; the client given must reach public addresses only."""

    http: HttpClient
    total_seconds: float = TOTAL_SECONDS
    memory: ByteBudget = field(default_factory=lambda: ByteBudget(MEMORY_BYTES))
    _shares: FairShares = field(init=False, default_factory=lambda: FairShares(EMAILS_AT_ONCE, monotonic))

    @asynccontextmanager
    async def fetched(
        self, attachments: Sequence[Attachment], *, owner: str, max_bytes: int
    ) -> AsyncIterator[FetchedFiles]:
        """Fetch all files; their memory is held until the context ends."""
        if not attachments:
            yield ()
            return
        async with AsyncExitStack() as memory:
            with self._shares.held(owner, host_of(attachments[0].sas_url)) as is_held:
                files = await self._fetched(attachments, owner, max_bytes, memory) if is_held else None
            yield FilesPutOff(self._shares.pause(owner)) if files is None else files

    async def _fetched(
        self, attachments: Sequence[Attachment], owner: str, max_bytes: int, memory: AsyncExitStack
    ) -> tuple[EmailAttachment, ...] | AttachmentProblem | None:
        """Return the files, or the problem with one; None when there is no memory for them now."""
        deadline = asyncio.get_running_loop().time() + self.total_seconds
        sized = await _all(attachments, self._sized, FILES_AT_ONCE, deadline)
        if isinstance(sized, AttachmentProblem):
            return sized
        known = sum(file.size or 0 for file in sized)
        if known > max_bytes:
            return AttachmentProblem.TOO_LARGE
        all_known = all(file.size is not None for file in sized)
        taken = known if all_known else max_bytes
        held = self.memory.held(taken * _COPIES, owner=owner, patience=_PATIENCE_SECONDS)
        if not await memory.enter_async_context(held):
            return None
        room = _Room(max_bytes)
        # one at a time where sizes are unknown: the room that is left bounds each
        at_once = FILES_AT_ONCE if all_known else 1
        return await _all(sized, lambda file: self._file(file, room), at_once, deadline)

    async def _sized(self, attachment: Attachment) -> _Sized:
        answer = await self._ask("HEAD", attachment, 0)
        if answer.status in _NO_HEAD:
            return _Sized(attachment, None)
        _check(answer, attachment)
        length = answer.headers.get("Content-Length", "")
        return _Sized(attachment, int(length) if length.isascii() and length.isdigit() else None)

    async def _file(self, file: _Sized, room: "_Room") -> EmailAttachment:
        limit = room.left if file.size is None else file.size
        try:
            answer = await self._ask("GET", file.attachment, limit)
        except AnswerTooLargeError:
            # one that grew since it was measured is measured again at the next try
            grown = file.size is not None
            raise _NotFetchedError(
                AttachmentProblem.UNAVAILABLE if grown else AttachmentProblem.TOO_LARGE
            ) from None
        _check(answer, file.attachment)
        room.left -= len(answer.body)
        return EmailAttachment(file.attachment.filename, file.attachment.mime_type, answer.body)

    async def _ask(self, method: str, attachment: Attachment, max_bytes: int) -> HttpAnswer:
        request = HttpRequest(
            method=method,
            url=attachment.sas_url,
            total_seconds=self.total_seconds,
            max_answer_bytes=max_bytes,
        )
        try:
            return await self.http.send(request)
        except NoAnswerError as error:
            _note(attachment, str(error))
            raise _NotFetchedError(AttachmentProblem.UNAVAILABLE) from None
        except DestinationRefusedError as error:
            _note(attachment, str(error))
            raise _NotFetchedError(AttachmentProblem.LINK_INVALID) from None


@dataclass(slots=True)
class _Room:
    """How many bytes the files still to come may have together."""

    left: int


async def _all[In, Out](
    inputs: Sequence[In], call: Callable[[In], Awaitable[Out]], at_once: int, deadline: float
) -> tuple[Out, ...] | AttachmentProblem:
    """Return what all calls return, in order; the first problem ends the others."""
    gate = asyncio.Semaphore(at_once)

    async def one(value: In) -> Out:
        async with gate:
            return await call(value)

    problem = AttachmentProblem.UNAVAILABLE
    try:
        async with asyncio.timeout_at(deadline), asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(value)) for value in inputs]
        return tuple(task.result() for task in tasks)
    except TimeoutError:
        _log.warning("attachments took too long")
    except ExceptionGroup as failures:
        failed, unexpected = failures.split(_NotFetchedError)
        if unexpected is not None:
            raise unexpected from None
        if failed is not None and isinstance(first := failed.exceptions[0], _NotFetchedError):
            problem = first.problem
    return problem


def _check(answer: HttpAnswer, attachment: Attachment) -> None:
    if answer.ok:
        return
    _note(attachment, f"status {answer.status}")
    passing = answer.status in _PASSING or answer.status >= 500
    raise _NotFetchedError(AttachmentProblem.UNAVAILABLE if passing else AttachmentProblem.LINK_INVALID)


def _note(attachment: Attachment, reason: str) -> None:
    # the host shows whose storage it is; the rest of the link is a secret, and file names may be personal
    _log.warning(
        "an attachment was not fetched", extra={"reason": reason, "host": host_of(attachment.sas_url)}
    )
