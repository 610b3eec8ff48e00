"""Who can be registered in the simulated Altinn: people, organisations and self-identified users."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody the simulated registers know; `mobile` is as the register has it, mostly E.164.

    `shows` says in a sentence what can be tried with the fixture.
    """

    nin: str
    name: str
    user_id: int
    email: str | None = None
    mobile: str | None = None
    reserved: bool = False
    stale: bool = False  # not confirmed for 18 months: shown only to those who ask for stale data
    shows: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the person as the control API shows it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation with its official addresses and the people who registered their own for it.

    A sub-unit without addresses names its `main` unit, whose addresses are answered in their place.
    """

    number: str
    name: str
    party_id: int
    emails: tuple[str, ...] = ()
    mobiles: tuple[str, ...] = ()
    users: tuple[Person, ...] = ()
    main: str | None = None
    shows: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the organisation as the control API shows it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class ExternalIdentity:
    """A self-identified user."""

    urn: str
    email: str
    mobile: str = ""
    shows: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the user as the control API shows it."""
        return asdict(self)
