"""All scenarios by name, and how one is played."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from devstack.errors import DevstackError
from devstack.scenarios import first_uses, hard_days
from devstack.scenarios.stage import NotAsExpectedError, Stage, Step


@dataclass(frozen=True, slots=True)
class Play:
    """A scenario; `steps` is how many sentences it tells, `act` returns what it has shown."""

    title: str
    steps: int
    act: Callable[[Stage], str]

    @property
    def about(self) -> str:
        """What happens in it."""
        return (self.act.__doc__ or "").strip()


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a playing ended: as expected, or what was different."""

    good: bool
    text: str


PLAYS: Mapping[str, Play] = {
    "first-order": Play("A first order", 3, first_uses.first_order),
    "reserved-person": Play("A reserved person", 3, first_uses.reserved_person),
    "preferred-channel": Play("The preferred channel falls back", 2, first_uses.preferred_channel),
    "stopped-reminder": Play("A reminder is stopped by a condition", 3, first_uses.stopped_reminder),
    "night": Play("A night over the SMS window", 4, first_uses.night),
    "thousand-recipients": Play("A thousand recipients, 3 % bad", 3, hard_days.thousand_recipients),
    "email-outage": Play("The e-mail provider is away", 5, hard_days.email_outage),
    "sms-outage": Play("The SMS gateway is away", 5, hard_days.sms_outage),
    "register-outage": Play("The registers are away", 5, hard_days.register_outage),
    "three-weeks": Play("Three weeks in three minutes", 5, hard_days.three_weeks),
}


def play(name: str, *, api: str, control: str, tell: Callable[[Step], None]) -> Verdict:
    """Play a scenario in the local cloud at these addresses; DevstackError for an unknown name."""
    if name not in PLAYS:
        raise DevstackError(f"there is no scenario {name!r}: choose one of {', '.join(PLAYS)}")
    try:
        return Verdict(True, PLAYS[name].act(Stage(api, control, tell)))
    except (NotAsExpectedError, DevstackError, TimeoutError) as error:
        return Verdict(False, str(error))
