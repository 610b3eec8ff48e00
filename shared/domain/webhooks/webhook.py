"""A webhook: an endpoint of an owner to which every entry of its feed is delivered, in order, at least once.

Its state says which entry was delivered last. What comes next is read from the feed, so there is nothing to
get lost in between. An entry that is not taken is tried again; those after it wait.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from shared.domain.orders.ids import ItemId
from shared.domain.webhooks.ladder import GIVE_UP_AFTER, pause_after

MOST_OF_OWNER = 5
FORMER_SECRET_LASTS = timedelta(hours=24)
VISIT_EVERY = timedelta(minutes=10)  # by the agenda, which finds what a lost message left undone


class Pause(StrEnum):
    """Why nothing is delivered."""

    OWNER = "Owner"  # its owner asked for it
    FAILING = "Failing"  # its endpoint took nothing for days
    GONE = "Gone"  # its endpoint answered 410
    SECRET = "SecretUnreadable"  # noqa: S105  its secret was sealed with another key; it needs a new one


@dataclass(frozen=True, slots=True)
class Attempt:
    """The latest call with an entry: of which number, and what it came to in a few words."""

    at: datetime
    number: int
    ok: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Lost:
    """Entries that were deleted before they were delivered: the numbers from `first` to `last`."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Lease:
    """The right of one process to deliver, until an instant of real time."""

    token: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A webhook as stored. Secrets are sealed; instants are business time, but for that of the lease.

    `delivered` is the number of the last entry that its endpoint took. `visit` marks its row on the agenda.
    `edition` is raised by changes after which the outcome of an earlier call counts no more.
    """

    item: ItemId
    owner: str
    url: str = field(repr=False)
    secret: bytes = field(repr=False)
    created_at: datetime
    delivered: int
    visit: str
    description: str | None = None
    former_secret: bytes | None = field(default=None, repr=False)
    former_until: datetime | None = None
    pause: Pause | None = None
    paused_at: datetime | None = None
    failures: int = 0
    failing_since: datetime | None = None
    again_at: datetime | None = None
    last_attempt: Attempt | None = None
    lost: Lost | None = None
    edition: int = 0
    lease: Lease | None = None

    def secrets(self, now: datetime) -> tuple[bytes, ...]:
        """Return the sealed secrets to sign with: two for a while after a rotation, the new one first."""
        has_former = self.former_until is not None and now < self.former_until
        return (self.secret, self.former_secret) if has_former and self.former_secret else (self.secret,)

    def waits(self, now: datetime) -> bool:
        """Whether its next call is not due yet."""
        return self.again_at is not None and now < self.again_at

    def is_leased(self, real_now: datetime) -> bool:
        """Whether a process is delivering."""
        return self.lease is not None and real_now < self.lease.until

    def changed(self, url: str, description: str | None) -> "Webhook":
        """Return it with another endpoint or description; another endpoint has not failed yet."""
        base = self if url == self.url else self._anew()
        return replace(base, url=url, description=description)

    def rotated(self, secret: bytes, now: datetime) -> "Webhook":
        """Return it with a new sealed secret; the former one signs as well for a day."""
        return replace(self, secret=secret, former_secret=self.secret, former_until=now + FORMER_SECRET_LASTS)

    def replayed(self, first: int) -> "Webhook":
        """Return it as it delivers from this number on."""
        return replace(self._anew(), delivered=first - 1, lost=None)

    def paused(self, why: Pause, now: datetime) -> "Webhook":
        """Return it paused; a pause keeps the reason that it has."""
        return self if self.pause else replace(self, pause=why, paused_at=now, again_at=None)

    def resumed(self, visit: str) -> "Webhook":
        """Return it active, with a row of its own on the agenda."""
        return replace(self._anew(), pause=None, paused_at=None, visit=visit)

    def claimed(self, token: str, until: datetime) -> "Webhook":
        """Return it leased to a process."""
        return replace(self, lease=Lease(token, until))

    def freed(self) -> "Webhook":
        """Return it leased to nobody."""
        return replace(self, lease=None)

    def took(self, number: int, reason: str, now: datetime) -> "Webhook":
        """Return it after its endpoint took the entry of a number; numbers left out were deleted before."""
        lost = Lost(self.delivered + 1, number - 1) if number > self.delivered + 1 else self.lost
        attempt = Attempt(now, number, ok=True, reason=reason)
        healthy = replace(self, failures=0, failing_since=None, again_at=None)
        return replace(healthy, delivered=number, last_attempt=attempt, lost=lost)

    def refused(
        self, number: int, reason: str, now: datetime, *, gone: bool = False, asked: float | None = None
    ) -> "Webhook":
        """Return it after a call failed: it waits for the next try, or is paused.

        `asked` is for how many seconds the endpoint asked to be left alone.
        """
        since = self.failing_since or now
        attempt = Attempt(now, number, ok=False, reason=reason)
        failed = replace(self, failures=self.failures + 1, failing_since=since, last_attempt=attempt)
        if gone:
            return failed.paused(Pause.GONE, now)
        give_up_at = since + GIVE_UP_AFTER
        if now >= give_up_at:
            return failed.paused(Pause.FAILING, now)
        return replace(failed, again_at=min(now + pause_after(failed.failures, asked), give_up_at))

    def with_progress(self, mine: "Webhook", token: str) -> "Webhook | None":
        """Return what is stored now with the progress of the process whose lease has this token, and free.

        Its owner may have changed it meanwhile: then the progress counts as far as it is about the same
        endpoint and the same place in the feed. None: the lease is over, or another's.
        """
        if self.lease is None or self.lease.token != token:
            return None
        if self.edition != mine.edition:
            return self.freed()
        return replace(
            mine.freed(),
            description=self.description,
            secret=self.secret,
            former_secret=self.former_secret,
            former_until=self.former_until,
            pause=self.pause or mine.pause,
            paused_at=self.paused_at or mine.paused_at,
        )

    def _anew(self) -> "Webhook":
        fresh = replace(self, failures=0, failing_since=None, again_at=None)
        return replace(fresh, edition=self.edition + 1)
